"""A store as the contract sees it: plain calls, whichever of the store's two faces answers them."""

from collections.abc import Callable, Coroutine
from hashlib import sha256
from typing import Any

import pytest

from sessiontable import AsyncStore, Change, Outcome, Record, Store
from sessiontable.logic.inline import settled
from sessiontable.store import Iterates, ListsByUser, Sweeps

NOW = 1_000_000.0
PLENTY = 10**6
"""A limit that no test reaches by accident, in bytes."""

type Run = Callable[[Coroutine[Any, Any, Any]], Any]


def key(name: str) -> bytes:
    """The key of a session that a test calls by this name."""
    return sha256(name.encode()).digest()


def record(user: str | None = None, lives: float = 100, **values: str) -> Record:
    """A session that begins NOW and lives for so many seconds."""
    return Record(NOW, NOW + lives, user, values)


class Face:
    """The six methods of a store, and its abilities; a test that needs one which the store lacks is skipped."""

    def __init__(self, store: Store, face: AsyncStore, run: Run) -> None:
        self.store, self.face, self.run = store, face, run

    def create(self, key: bytes, record: Record, now: float = NOW) -> None:
        self.run(self.face.create(key, record, now))

    def read(self, key: bytes, now: float = NOW) -> Record | None:
        found: Record | None = self.run(self.face.read(key, now))
        return found

    def write(self, key: bytes, change: Change, now: float = NOW) -> Outcome:
        outcome: Outcome = self.run(self.face.write(key, change, now))
        return outcome

    def set(self, key: bytes, name: str, value: str | None, now: float = NOW) -> Outcome:
        """A write that nothing but absence can refuse."""
        return self.write(key, Change(name, value, PLENTY), now)

    def touch(self, key: bytes, expires_at: float, now: float = NOW) -> bool:
        done: bool = self.run(self.face.touch(key, expires_at, now))
        return done

    def move(
        self, old: bytes, new: bytes, record: Record, now: float = NOW, trail_until: float = NOW + 10
    ) -> Record | None:
        moved: Record | None = self.run(self.face.move(old, new, record, now, trail_until))
        return moved

    def delete(self, key: bytes) -> bool:
        ended: bool = self.run(self.face.delete(key))
        return ended

    def values(self, key: bytes, now: float = NOW) -> dict[str, str]:
        """What a session that must be there holds."""
        found = self.read(key, now)
        assert found is not None
        return dict(found.values)

    def sessions_of(self, user: str, now: float = NOW) -> dict[bytes, Record]:
        """The sessions of a user by key, each of which must be listed once."""
        for face in (self.face, self.store):
            if isinstance(face, ListsByUser):
                return _once(self.run(settled(face.sessions_of(user, now))))
        pytest.skip(f"{type(self.store).__name__} does not list by user")

    def sessions(self, now: float = NOW) -> dict[bytes, Record]:
        """All sessions by key, each of which must come once."""
        for face in (self.face, self.store):
            if isinstance(face, Iterates):
                return _once(self.run(settled(face.sessions(now))))
        pytest.skip(f"{type(self.store).__name__} does not iterate")

    def sweep(self, now: float, limit: int = 1000) -> int:
        """How many expired sessions and trails were thrown away."""
        for face in (self.face, self.store):
            if isinstance(face, Sweeps):
                swept: int = self.run(settled(face.sweep(now, limit)))
                return swept
        pytest.skip(f"{type(self.store).__name__} has no need of sweeping")


def _once(found: Any) -> dict[bytes, Record]:
    items = list(found)
    assert len(dict(items)) == len(items)
    return dict(items)
