"""Sessions in the memory of this process: the store for one server that may forget all when it stops."""

from collections import OrderedDict
from threading import Lock

from .store import Change, Outcome, Record, size_of

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
        self._trails: dict[bytes, tuple[bytes, float]] = {}
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

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        with self._lock:
            entry = self._alive(key, now)
            if entry is None:
                return Outcome.ABSENT
            if change.checked and entry.values.get(change.name) != change.before:
                return Outcome.CHANGED
            if change.value is None:
                entry.values.pop(change.name, None)
            elif size_of(entry.values | {change.name: change.value}) > change.limit:
                return Outcome.TOO_LARGE
            else:
                entry.values[change.name] = change.value
            return Outcome.DONE

    def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        with self._lock:
            entry = self._alive(key, now)
            if entry is None:
                return False
            entry.expires_at = max(entry.expires_at, expires_at)
            return True

    def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        with self._lock:
            before = self._alive(old, now)
            if before is None:
                trail = self._trails.pop(old, None)
                old = trail[0] if trail and trail[1] > now else old
                before = self._alive(old, now) if trail else None
                if before is None or before.user != record.user or record.user is None:
                    return None
            del self._entries[old]
            self._trails[old] = (new, trail_until)
            after = self._entries[new] = _Entry(record)
            if before.user in (None, record.user):
                after.values = before.values | after.values
            return Record(after.created_at, after.expires_at, after.user, dict(after.values))

    def delete(self, key: bytes) -> bool:
        with self._lock:
            self._trails.pop(key, None)
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
