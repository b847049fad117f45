"""Which connections are given up after which error, so that one request pays at the most.

A name (DNS, a balancer, a Kubernetes service) may lead to another server than it did, while the connections of before
stay where they are; a firewall may have forgotten all that were idle. What one of them shows holds for all that were made
before that: they are not used again, and the next call connects anew, by name.
"""

import time

import redis

from .faults import word_of

MOST_IDLE = 30.0
"""Seconds after which an idle connection is not used again: nobody has seen lately that it leads anywhere."""

_ELSEWHERE = {"CLUSTERDOWN", "LOADING", "MASTERDOWN", "READONLY"}
"""What a server says that was the master, or is not it yet."""

_AILING = {"MISCONF", "NOREPLICAS", "OOM"}
"""What the old master may say, but also the right one, for long: then readers need their connections."""

_AILING_PAUSE = 1.0  # seconds

KEEP_ALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""Options of a socket, as far as the machine knows them."""


class Trust:
    """Shared by all connections to one host, of threads and event loops. `age` goes up when they are given up: one that
    was made at a lower age takes no command any more.
    """

    def __init__(self) -> None:
        self.age = 0
        self._ailing_at = -_AILING_PAUSE

    def lost(self, age: int, error: BaseException) -> bool:
        """What an error on a connection of this age means for the others. True: nothing was done, and it is worth to ask
        once more, on a connection that is made now.
        """
        word = word_of(error)
        if word in _ELSEWHERE:
            self._give_up(age)
            return True
        if word in _AILING:
            now = time.monotonic()
            if age == self.age and now - self._ailing_at < _AILING_PAUSE:
                return False
            self._ailing_at = now
            self._give_up(age)
            return True
        if isinstance(error, redis.ConnectionError | redis.TimeoutError | OSError) and word != "NOAUTH":
            self._give_up(age)
        return False

    def give_up(self) -> None:
        """All that were made so far."""
        self.age += 1

    def _give_up(self, age: int) -> None:
        if age == self.age:  # otherwise a call beside this one has done it, and there are new connections already
            self.age += 1
