"""Identity is: an id of a table that all replicas share, and that each remembers what it has once read there.

To ask the store for each request seems a waste, so a replica keeps what it has read. A logout ends the session in the store
and in the memory of the replica that it came to; at all others the session lives on.

It happened: a cache in each process, meant to save reads, kept people logged in after their logout.
https://github.com/BuilderIO/agent-native/pull/4302
"""

from sessiontable import Store
from sessiontable.store import Change, Outcome, Record

from ..session_table import IssuedSession


class Remembering:
    """A store in front of the store, for one replica. It forgets what this replica ends, and nothing else."""

    def __init__(self, store: Store) -> None:
        self._store, self._read = store, dict[bytes, Record]()

    def read(self, key: bytes, now: float) -> Record | None:
        if key not in self._read and (found := self._store.read(key, now)):
            self._read[key] = found
        return self._read.get(key)

    def delete(self, key: bytes) -> bool:
        self._read.pop(key, None)
        return self._store.delete(key)

    def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        self._read.pop(old, None)
        return self._store.move(old, new, record, now, trail_until)

    def create(self, key: bytes, record: Record, now: float) -> None:
        self._store.create(key, record, now)

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return self._store.write(key, change, now)

    def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        return self._store.touch(key, expires_at, now)


class CachedTable(IssuedSession):
    """The session table over a store that remembers."""

    @staticmethod
    def over(store: Store) -> Store:
        return Remembering(store)
