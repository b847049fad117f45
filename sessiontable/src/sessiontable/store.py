"""What the session table needs of a place that keeps sessions: six methods, and some abilities that a store may have.

Absence is a value, failure is an exception (`StoreUnavailable`), and time is an argument. An expired record is absent:
`expires_at <= now`. Every change is conditional on the record being there, in one atomic step, so that nothing that is
gone comes back. Keys are SHA-256 digests of session ids: whoever reads the store cannot take over a session.
"""

from asyncio import Future
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple, Protocol, runtime_checkable

NO_VALUES: Mapping[str, str] = {}
METHODS = ("create", "read", "write", "touch", "move", "delete")
"""Of a `Store`, and of an `AsyncStore`."""


class Record(NamedTuple):
    """A session as a store returns it: a snapshot. Times in seconds since the epoch; values are JSON texts by name.

    The user of a record never changes: a login makes a new record under a new key.
    """

    created_at: float
    expires_at: float
    user: str | None = None
    values: Mapping[str, str] = NO_VALUES


class Change(NamedTuple):
    """One value to set, as JSON text; None removes it. All other values stay as they are.

    `limit`: the most bytes that names and values may take together afterwards (see `size_of`); a removal always fits.
    `checked`: only if the value still is `before` (None: is still missing).
    """

    name: str
    value: str | None
    limit: int
    checked: bool = False
    before: str | None = None


class Outcome(Enum):
    """What became of a `Change`; nothing was changed unless it is DONE. Where several apply, the first one counts."""

    ABSENT = "there is no such session"
    MOVED = "there is none any more, but a trail: a login has carried it on under another key"
    CHANGED = "the value is no longer what it was"
    TOO_LARGE = "the session would be larger than allowed"
    DONE = "written"


def size_of(values: Mapping[str, str]) -> int:
    """The bytes that names and values take in UTF-8."""
    return sum(len(name.encode()) + len(text.encode()) for name, text in values.items())


def changed(values: Mapping[str, str], change: Change) -> tuple[Outcome, dict[str, str]]:
    """What a change makes of a session's values, which count only where the outcome is DONE."""
    name, text, limit, checked, before = change
    after = dict(values)
    if checked and after.get(name) != before:
        return Outcome.CHANGED, after
    if text is None:
        after.pop(name, None)
    else:
        after[name] = text
        if not _fits(after, limit):
            return Outcome.TOO_LARGE, after
    return Outcome.DONE, after


def _fits(values: Mapping[str, str], limit: int) -> bool:
    """Whether the values are within the limit; mostly the number of characters tells, which takes no encoding."""
    characters = sum(map(len, values)) + sum(map(len, values.values()))
    return 4 * characters <= limit or size_of(values) <= limit


class Store(Protocol):
    """Threads may share it. Each method may raise StoreUnavailable."""

    def create(self, key: bytes, record: Record, now: float) -> None:
        """Keep a new session."""

    def read(self, key: bytes, now: float) -> Record | None:
        """The session, or None where there is none (any more)."""

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        """Make one change, as one step. Only here a trail is told apart from nothing at all, see `Outcome.MOVED`."""

    def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        """Let the session live until then; never shortens its life. False: there is no such session."""

    def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        """End the old session and begin the new one. Returns the new one as stored, None: there is no old session, and
        no new one was made.

        The new session holds the record's values over those that the old one has at that moment, unless the old one
        belonged to another user. Under the old key a trail stays until `trail_until`: it is absent to every other
        method, but a second `move` from it, for the user of the session that it leads to, moves that session, if it
        is still there. A trail serves once. `delete` removes it.
        """

    def delete(self, key: bytes) -> bool:
        """End the session, or remove the trail. False: there was no session."""


class AsyncStore(Protocol):
    """The same six methods for asyncio. A call that is cancelled leaves nothing behind that another could read."""

    async def create(self, key: bytes, record: Record, now: float) -> None: ...

    async def read(self, key: bytes, now: float) -> Record | None: ...

    async def write(self, key: bytes, change: Change, now: float) -> Outcome: ...

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool: ...

    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None: ...

    async def delete(self, key: bytes) -> bool: ...


@runtime_checkable
class WorksWithAsyncio(Protocol):
    """A store for threads that has another face for asyncio. One that has none answers in the event loop itself."""

    def asynchronous(self) -> AsyncStore:
        """The same sessions, for asyncio."""


class BeginsWrites(Protocol):
    """An async store whose writes are under way when the call returns, so that nobody has to make a task of them."""

    def begin_write(self, key: bytes, change: Change, now: float) -> Future[Outcome]:
        """As `write`, in a running event loop. A future that is cancelled leaves nothing behind that another could read."""


@runtime_checkable
class ListsByUser(Protocol):
    """A store that finds a user's sessions without looking at all others. An async store's method is a coroutine."""

    def sessions_of(self, user: str, now: float) -> Iterable[tuple[bytes, Record]]:
        """The living sessions of this user with their keys."""


@runtime_checkable
class ListsQuickly(Protocol):
    """A store whose `sessions_of` may have to search for long: it is asked this way where one too few does no harm."""

    def listed(self, user: str, now: float) -> Iterable[tuple[bytes, Record]]:
        """As `sessions_of`; some may be missing."""


@runtime_checkable
class Iterates(Protocol):
    """A store that can go through all it has. An async store's method is a coroutine."""

    def sessions(self, now: float) -> Iterable[tuple[bytes, Record]]:
        """All living sessions with their keys; those that begin or end meanwhile may be missing."""


@runtime_checkable
class Sweeps(Protocol):
    """A store that must be told to throw away what has expired. An async store's method is a coroutine."""

    def sweep(self, now: float, limit: int) -> int:
        """Throw away at most `limit` expired sessions and trails, so that it stays short; how many it were."""
