"""Sessions in the memory of this process: the store for one server that may forget all when it stops."""

from collections import OrderedDict
from threading import Lock

from .store import Record

_LOOKED_AT = 2


class _Entry:
    __slots__ = ("created_at", "expires_at", "user", "values")

    def __init__(self, record: Record) -> None:
        self.created_at, self.expires_at, self.user = record.created_at, record.expires_at, record.user
        self.values = dict(record.values)


class MemoryStore:
    """A `Store` for threads.

    Each new session looks at two old ones and drops what has expired, so dead ones cannot pile up.
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def create(self, key: bytes, record: Record, now: float) -> None:
        with self._lock:
            self._tidy(now)
            self._entries[key] = _Entry(record)

    def read(self, key: bytes, now: float) -> Record | None:
        with self._lock:
            entry = self._alive(key, now)
            if entry is None:
                return None
            return Record(entry.created_at, entry.expires_at, entry.user, dict(entry.values))

    def write(self, key: bytes, name: str, value: str | None, now: float) -> bool:
        with self._lock:
            entry = self._alive(key, now)
            if entry is None:
                return False
            if value is None:
                entry.values.pop(name, None)
            else:
                entry.values[name] = value
            return True

    def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        with self._lock:
            entry = self._alive(key, now)
            if entry is None:
                return False
            entry.expires_at = max(entry.expires_at, expires_at)
            return True

    def move(self, old: bytes, new: bytes, record: Record, now: float) -> bool:
        with self._lock:
            before = self._alive(old, now)
            if before is None:
                return False
            del self._entries[old]
            after = self._entries[new] = _Entry(record)
            if before.user in (None, record.user):
                after.values = before.values | after.values
            return True

    def delete(self, key: bytes) -> bool:
        with self._lock:
            return self._entries.pop(key, None) is not None

    def _alive(self, key: bytes, now: float) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is None or entry.expires_at > now:
            return entry
        del self._entries[key]
        return None

    def _tidy(self, now: float) -> None:
        """Goes round through all entries, a few at a time: no call is ever slow."""
        for _ in range(min(_LOOKED_AT, len(self._entries))):
            key = next(iter(self._entries))
            if self._alive(key, now):
                self._entries.move_to_end(key)
