"""Sessions in the memory of this process: the store for one server that may forget all when it stops."""

from collections import OrderedDict
from collections.abc import Iterator
from time import monotonic, sleep

from ..basics.settings import whole_number
from ..errors import StoreUnavailable
from ..store import Change, Outcome, Record, changed
from .due import Due
from .forks import KnowsForks
from .owners import Owners
from .weight import Weights, difference, weight

_SESSIONS, _BYTES = 100_000, 256_000_000  # of which a store keeps so many, if nothing else is said
_DROPPED = 2  # expired ones for each new one, so that they become fewer
_STEP = 200  # expired ones, a fraction of a millisecond, before others have their turn


class MemoryStore(KnowsForks):
    """A `Store` for threads and for asyncio, bounded by `max_sessions`, which trails count among, and by `max_bytes`.

    `max_bytes`: what names and values may take in memory, 256 MB if nothing else is said, and more in proportion where
    `max_sessions` is larger than 100,000; sessions of nobody who is logged in may take an eighth of it together. A
    session takes some 600 bytes besides: 100,000 small ones take about 65 MB.

    Where the store is full, a new session, or a value, takes the place of an expired one (found up to a second late),
    else of the anonymous one that was not used for the longest time, else of the oldest trail. A logged-in user's session
    is never pushed out: nobody is logged out by what others do. Where there are only those, what is new is refused with
    StoreUnavailable. A login takes the place of the session that it ends, so it is refused only where it brings more
    bytes than there are; it may go without a trail.

    A call takes a few microseconds, but for the moments when Python enlarges a dict or looks for garbage: 10 ms at
    100,000 sessions, some 0.3 s at a million, where a store of another kind is the better choice.

    "Used" means begun, written or touched; reading leaves no mark, and the table touches a session that is only read
    at most once a minute. Nothing waits for anything: a read takes no lock.

    It is for one process. In a child whose parent is still there all calls raise SessionError; a server that becomes a
    daemon takes its sessions along.
    """

    def __init__(self, max_sessions: int = _SESSIONS, max_bytes: int | None = None) -> None:
        self.max_sessions = whole_number("max_sessions", max_sessions, 1, "the number of sessions to keep")
        self.max_bytes = max(_BYTES, max_sessions * (_BYTES // _SESSIONS))
        if max_bytes is not None:
            self.max_bytes = whole_number("max_bytes", max_bytes, 1, "the bytes that values may take")
        super().__init__()
        self._weights = Weights(self.max_bytes)
        self.clear()

    def clear(self) -> None:
        """Forget all sessions."""
        self._records: dict[bytes, Record] = {}  # a change replaces the record: whoever has read it has a snapshot
        self._trails: OrderedDict[bytes, tuple[bytes, float]] = OrderedDict()  # where a moved session is, until when
        self._anonymous: OrderedDict[bytes, None] = OrderedDict()  # the least recently used one first
        self._owners, self._due = Owners(), Due()
        self._weights.clear()

    def __len__(self) -> int:
        return len(self._records)

    def create(self, key: bytes, record: Record, now: float) -> None:
        if self._parent:
            self._check_parent()
        with self._lock:
            self._drop_expired(now, _DROPPED)
            self._remove(key)
            values = dict(record.values)
            if not self._room_for(1, weight(values), record.user, now):
                raise self._full(weight(values), record.user)
            self._add(key, Record(record.created_at, record.expires_at, record.user, values))

    def read(self, key: bytes, now: float) -> Record | None:
        if self._parent:
            self._check_parent()
        record = self._records.get(key)
        return record if record is not None and record[1] > now else None

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        with self._lock:
            record = self.read(key, now)
            if record is None:
                return Outcome.MOVED if self._trails.get(key, (b"", now))[1] > now else Outcome.ABSENT
            before = record[3]
            outcome, values = changed(before, change)
            if outcome is Outcome.DONE:
                self._keep(key, record, values, difference(before, change), now)
                if self._due.earliest <= now:
                    self._drop_expired(now, _DROPPED)
            return outcome

    def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        with self._lock:
            record = self.read(key, now)
            if record is None:
                return False
            later = max(record.expires_at, expires_at)
            self._due.postpone(key, record.expires_at, later)
            self._replace(key, Record(record.created_at, later, record.user, record.values))
            self._drop_expired(now, _DROPPED)
            return True

    def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        with self._lock:
            self._drop_expired(now, _DROPPED)
            found = self._to_move(old, record.user, now)
            if found is None:
                return None
            at, before = found
            kept = before.values if before.user in (None, record.user) else {}
            after = Record(record.created_at, record.expires_at, record.user, {**kept, **record.values})
            self._remove(at)
            if not self._room_for(0, weight(after.values), after.user, now):
                self._add(at, before)
                raise self._full(weight(after.values), after.user)
            if at != old:
                self._remove(old)  # a trail serves once
            if trail_until > now and self._room_for(2, weight(after.values), after.user, now):
                self._trails[at] = (new, trail_until)
                self._due.add(at, trail_until)
            self._remove(new)
            self._add(new, after)
            return after

    def _to_move(self, old: bytes, user: str | None, now: float) -> tuple[bytes, Record] | None:
        """The session under a key, or, for the same user, the one that a trail there leads to; and where it is."""
        before = self.read(old, now)
        if before is not None or user is None:
            return before and (old, before)
        led_to, until = self._trails.get(old, (b"", now))
        before = self.read(led_to, now) if until > now else None
        return (led_to, before) if before and before.user == user else None

    def delete(self, key: bytes) -> bool:
        if self._parent:
            self._check_parent()
        with self._lock:
            return self._remove(key)

    def sessions_of(self, user: str, now: float) -> list[tuple[bytes, Record]]:
        """The living sessions of this user with their keys, the oldest first."""
        if self._parent:
            self._check_parent()
        with self._lock:  # for the records, too: a session that moves meanwhile is there under one of its keys
            return [(key, record) for key in self._owners.of(user) if (record := self.read(key, now))]

    def sessions(self, now: float) -> Iterator[tuple[bytes, Record]]:
        """All living sessions with their keys. Others may begin and end meanwhile."""
        if self._parent:
            self._check_parent()
        return ((key, record) for key in list(self._records) if (record := self.read(key, now)))

    def sweep(self, now: float, limit: int) -> int:
        """Throw away at most `limit` expired sessions and trails; how many it were. New ones do that, too."""
        if self._parent:
            self._check_parent()
        gone = 0
        while gone < limit:
            began, step = monotonic(), min(_STEP, limit - gone)
            with self._lock:
                dropped = self._drop_expired(now, step)
            gone += dropped
            if dropped < step:
                break
            sleep(monotonic() - began)  # a lock is not fair: whoever takes it again at once keeps others waiting
        return gone

    def _room_for(self, more: int, bytes_: int, user: str | None, now: float) -> bool:
        """Make room for so many records, and for so many bytes of this user, as the rule in the class docstring says."""
        while not self._weights.may_fit(bytes_, user):
            if not self._drop_expired(now, 1):
                return False
        while not (fits := self._weights.fits(bytes_, user)) or self._kept() + more > self.max_sessions:
            if self._drop_expired(now, 1):
                continue
            oldest = next(iter(self._anonymous or (self._trails if fits else ())), None)
            if oldest is None:
                return False
            self._remove(oldest)
        return True

    def _full(self, bytes_: int, user: str | None) -> StoreUnavailable:
        if self._weights.may_fit(bytes_, user):
            return StoreUnavailable(
                f"the memory store is full: max_sessions={self.max_sessions}, and all belong to users who are "
                "logged in; raise max_sessions, shorten the timeouts, or use SQLiteStore"
            )
        return StoreUnavailable(
            f"the memory store is full: max_bytes={self.max_bytes}, which the values of users who are logged in take, or "
            "an eighth of it one anonymous session; raise max_bytes, keep large things elsewhere, or use SQLiteStore"
        )

    def _kept(self) -> int:
        return len(self._records) + len(self._trails)

    def _keep(self, key: bytes, record: Record, values: dict[str, str], more: int, now: float) -> None:
        """Give a session other values, so many bytes more. Where there is no room for them it keeps those that it has."""
        created_at, expires_at, user, _ = record
        after = Record(created_at, expires_at, user, values)
        if more <= 0 or self._weights.fits(more, user):
            if more:
                self._weights.add(more, user)
            self._replace(key, after)
            return
        self._remove(key)
        fits = self._room_for(1, weight(values), record.user, now)
        self._add(key, after if fits else record)
        if not fits:
            raise self._full(weight(values), record.user)

    def _add(self, key: bytes, record: Record) -> None:
        self._records[key] = record
        self._due.add(key, record.expires_at)
        self._weights.add(weight(record.values), record.user)
        if record.user is None:
            self._anonymous[key] = None
        else:
            self._owners.add(record.user, key)

    def _replace(self, key: bytes, record: Record) -> None:
        self._records[key] = record
        if record[2] is None:
            self._anonymous.move_to_end(key)

    def _remove(self, key: bytes) -> bool:
        """Throw away what stands under a key; whether it was a session."""
        record, trail = self._records.get(key), self._trails.get(key)
        if record is not None:
            self._due.remove(key, record.expires_at)
        elif trail is not None:
            self._due.remove(key, trail[1])
        self._forget(key)
        return record is not None

    def _drop_expired(self, now: float, most: int) -> int:
        for dropped in range(most):
            key = self._due.take(now)
            if key is None:
                return dropped
            self._forget(key)
        return most

    def _forget(self, key: bytes) -> None:
        """Throw away what is no longer due."""
        record = self._records.pop(key, None)
        if record is None:
            self._trails.pop(key, None)
            return
        self._weights.add(-weight(record.values), record.user)
        if record.user is None:
            del self._anonymous[key]
        else:
            self._owners.remove(record.user, key)
