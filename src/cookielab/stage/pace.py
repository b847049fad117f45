"""How fast a subject is asked, and how many log in at a time: the limits of its profile, for all people of a play together."""

import threading
import time
from contextlib import AbstractContextManager, nullcontext

from ..subjects.profile import Limits


class Pace:
    """Shared by everybody who asks one subject. Without limits nobody ever waits."""

    def __init__(self, limits: Limits) -> None:
        self._gap = 1 / limits.requests_per_second if limits.requests_per_second else 0.0
        self._next = 0.0
        self._lock = threading.Lock()
        self.login: AbstractContextManager[object] = (
            threading.BoundedSemaphore(limits.logins_at_once) if limits.logins_at_once else nullcontext()
        )
        """Hold it while somebody logs in: hashing passwords is slow on purpose, and many at a time may be too much."""

    def wait(self, requests: int = 1) -> None:
        """Returns when so many requests may be sent; they may go out together, and the next ones wait the longer."""
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            begin = max(now, self._next)
            self._next = begin + requests * self._gap
        time.sleep(begin - now)
