"""Where several requests wait for each other, so that they go out in one go; but not for one that does not come."""

import threading
import time
from collections.abc import Callable

STILL = 0.5
"""Seconds without anybody coming, after which those who are there go on without the others."""


class Gate:
    """Opens once all have come, or once nobody else comes; whoever opens it does what is to be done then.

    A server that has one thread and a short queue lets nobody else connect before those who have are served, and they
    are served only once they have sent something.
    """

    def __init__(self, many: int, opened: Callable[[], None]) -> None:
        self._missing, self._opened = many, opened
        self._last = 0.0
        self._open = False
        self._changed = threading.Condition()

    def wait(self) -> bool:
        """Come to the gate and wait until it opens; whether it was open before."""
        with self._changed:
            if self._open:
                return True
            self._missing -= 1
            self._last = time.monotonic()
            while not self._open and self._missing and (left := self._last + STILL - time.monotonic()) > 0:
                self._changed.wait(left)
            if not self._open:
                self._open = True
                self._opened()
                self._changed.notify_all()
            return False
