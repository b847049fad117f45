"""Threads that run only when they are told to, up to where they stop again: before a COMMIT, and where they have to wait."""

import threading
from collections.abc import Callable
from typing import Any

from ..verdicts import broken


class Abandoned(BaseException):
    """The play is over."""


class Strand:
    """A thread. `where` it has stopped, `may_go`: whether it could go on from there."""

    _here = threading.local()

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work, self._go, self._stopped = work, threading.Lock(), threading.Lock()
        self._go.acquire()
        self._stopped.acquire()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._abandoned = self.over = False
        self.where: list[str] = []
        self.may_go: Callable[[], bool] = lambda: True
        self.result: Any = None
        self.error: BaseException | None = None

    @classmethod
    def here(cls) -> "Strand | None":
        """The one that calls; None in the thread of the event loops."""
        return getattr(cls._here, "strand", None)

    def _run(self) -> None:
        self._here.strand = self
        try:
            self.result = self._work()
        except BaseException as error:
            self.error = error
        self.over = True
        self._stopped.release()

    def go(self) -> None:
        """On to where it stops next, or to its end."""
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._go.release()
        self._stopped.acquire()
        if self.over:
            self._thread.join()

    def stop(self, where: str, may_go: Callable[[], bool] = lambda: True) -> None:
        """Called by the thread itself."""
        self.where.append(where)
        self.may_go = may_go
        self._stopped.release()
        self._go.acquire()
        if self._abandoned:
            raise Abandoned

    def abandon(self) -> None:
        """End it, wherever it is."""
        self._abandoned = True
        while not self.over and self._thread.ident is not None:
            self.go()


class Gate:
    """A lock that only strands wait for. `too_long`: whether whoever waits gives up."""

    def __init__(self, too_long: Callable[[], bool]) -> None:
        self.held, self._too_long = False, too_long

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self.held and blocking:
            strand = Strand.here()
            if strand is None:
                broken("steadiness", "an event loop waits for a lock")
            strand.stop("lock", lambda: not self.held or self._too_long())
        if self.held:
            return False
        self.held = True
        return True

    def release(self) -> None:
        self.held = False
