"""A memory store in a process that was forked from the one that made it.

Both have the sessions of that moment, and from there on each its own: a logout in one would be none in the other.
"""

import os
from threading import Lock
from weakref import WeakSet

from ..errors import SessionError


class KnowsForks:
    """What a store needs that only one process at a time may use: its maker, or a child whose parent has ended, as a daemon's has."""

    _parent = 0
    """In a child: the process that had the store before."""

    def __init__(self) -> None:
        self._lock, self._process = Lock(), os.getpid()
        _stores.add(self)

    def clear(self) -> None:
        """Forget all sessions."""
        raise NotImplementedError

    def _forked(self) -> None:
        if self._lock.locked():  # by a thread that is not here, in the middle of a change
            self.clear()
        self._lock, self._parent, self._process = Lock(), self._process, os.getpid()

    def _check_parent(self) -> None:
        """Raises SessionError where the process that had the store before is still there."""
        if os.getppid() == self._parent:
            raise SessionError(
                f"this MemoryStore was made before a fork: process {os.getpid()} and its parent {self._parent} would each "
                "have sessions of their own; make the store after the fork and serve with one process (gunicorn: "
                "--workers 1 without --preload), or use SQLiteStore"
            )
        self._parent = 0


_stores: WeakSet[KnowsForks] = WeakSet()


def _after_fork() -> None:
    for store in list(_stores):
        store._forked()


if hasattr(os, "register_at_fork"):  # else there are no forks
    os.register_at_fork(after_in_child=_after_fork)
