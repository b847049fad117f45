"""The write-ahead log of an SQLite file: moved into the file now and then, and begun anew before it is too long.

Moving waits for the disk, which no request does: a thread does it. The log can only begin anew at a moment when all of
it has been moved; where writers leave no such moment, they have to wait for one, once in tens of thousands of writes.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread

from ..errors import StoreUnavailable

_MOVED = 1000  # writes of this process until the log is moved
_LONGEST = 8192  # pages, 32 MiB
_ROUNDS = 2  # what comes while a long log is moved is moved as well, before the writers have to wait for the rest


class Log:
    """`move`: moves what it can beside the writers; how many pages the log has, 0 where somebody else is at it.

    `sync`: waits until the disk has what was moved. `move_alone`: `move` while all writers wait.
    """

    def __init__(self, move: Callable[[], int], sync: Callable[[], object], move_alone: Callable[[], object]) -> None:
        self._move, self._sync, self._move_alone = move, sync, move_alone
        self._written = 0
        self._one = Lock()
        self._thread: Thread | None = None

    def count(self, writes: int = 1) -> None:
        """So many writes more; a thread is set to work when it is time."""
        self._written += writes
        if self._written >= _MOVED and not (self._thread and self._thread.is_alive()):
            self._written = 0
            self._thread = Thread(target=self.tidy, name="sessiontable-checkpoint", daemon=True)
            with suppress(RuntimeError):  # this process is ending
                self._thread.start()

    def tidy(self) -> None:
        """Move the log into the file, and see that a long one begins anew."""
        if not self._one.acquire(blocking=False):
            return
        try:
            if self._move() > _LONGEST:
                for _ in range(_ROUNDS):
                    self._sync()
                    self._move()
                self._sync()
                with suppress(StoreUnavailable):  # the next one will do it
                    self._move_alone()  # little is left
        finally:
            self._one.release()

    def wait(self) -> None:
        """Until the thread is done."""
        if self._thread and self._thread.is_alive():
            self._thread.join()
