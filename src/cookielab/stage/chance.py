"""What the lab chooses by chance: ids that it makes up, notes, passwords. A seed decides them, so a check can be repeated.

Each play has a source of its own, so that it chooses the same whatever was played before it. Values that several people
ask for at once are made from their names, not from the order in which they came. Ports and times are the kernel's.
"""

import hashlib
import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random, SystemRandom

LARGEST = 1 << 32
"""Seeds are smaller."""


class _Source:
    """`fresh`: what notes and passwords are made from on top: at a server that keeps them they must not come twice."""

    def __init__(self, seed: str, fresh: str) -> None:
        self.random = Random(seed)  # noqa: S311 - to be repeated is what it is for; the lab's own secrets are not from here
        self._seed, self._fresh = seed, fresh
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._lock = threading.Lock()

    def token(self, *about: str) -> str:
        with self._lock:
            self._counts[about] += 1
            count = self._counts[about]
        return hashlib.sha256("\0".join((self._seed, self._fresh, *about, str(count))).encode()).hexdigest()


_sources: list[_Source] = []


def any_seed() -> int:
    """A seed that nobody has asked for."""
    return secrets.randbelow(LARGEST)


@contextmanager
def seeded(seed: int, play: str, fresh: str = "") -> Iterator[None]:
    """While the block runs all is chosen by the seed and by what the play is called."""
    _sources.append(_Source(f"{seed}/{play}", fresh))
    try:
        yield
    finally:
        _sources.pop()


def source() -> Random:
    """What choices are made with."""
    return _sources[-1].random if _sources else SystemRandom()


def token(*about: str) -> str:
    """64 hexadecimal digits that nobody else could know. `about`: whose they are and what for."""
    return _sources[-1].token(*about) if _sources else secrets.token_hex(32)
