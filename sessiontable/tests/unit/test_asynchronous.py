"""The table for asyncio: the same table, and it never waits where it need not."""

import asyncio
from collections.abc import Callable

import pytest

from sessiontable import (
    AsyncSessionTable,
    Change,
    Event,
    Hooks,
    MemoryStore,
    Outcome,
    Record,
    SessionError,
    SessionGone,
    SessionTable,
    StoreUnavailable,
)
from sessiontable.logic.inline import Inline
from tests.plain import SID

from .conftest import Clock, Counting


class Remote(Inline):
    """A store that answers in the next turn of the event loop, as one across a network does."""

    async def read(self, key: bytes, now: float) -> Record | None:
        await asyncio.sleep(0)
        return await super().read(key, now)

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        await asyncio.sleep(0)
        return await super().write(key, change, now)

    async def delete(self, key: bytes) -> bool:
        await asyncio.sleep(0)
        return await super().delete(key)


@pytest.mark.parametrize("wrap", [lambda store: store, Remote])
def test_a_life(clock: Clock, wrap: Callable[[MemoryStore], MemoryStore]) -> None:
    """Visit, write, login, list, logout, with a store for threads and with one that is awaited."""
    store = MemoryStore()

    async def life() -> None:
        table = AsyncSessionTable(wrap(store), clock=clock, cookie=SID)
        visit = await table.open([])
        await visit.write("x", [1])
        assert await visit.update("n", lambda n: 1 if n is None else 2) == 1
        login = await table.open([visit.set_cookies[0].partition(";")[0]])
        assert login.known
        await login.rotate("alice")
        header = login.set_cookies[0].partition(";")[0]
        session = await table.open([header])
        assert (session.user, session.read("x"), session.read("n")) == ("alice", [1], 1)
        await session.revoke()
        assert not (await table.open([header])).known
        assert await table.sweep() == 0

    asyncio.run(life())


def test_lists_and_revocations(clock: Clock) -> None:
    async def story() -> None:
        table = AsyncSessionTable(MemoryStore(), clock=clock, cookie=SID)
        sessions = [await table.open([]) for _ in range(3)]
        for session in sessions:
            await session.rotate("alice")
        label = sessions[0].label
        assert label
        assert {item.label for item in await table.sessions_of("alice", sessions[1]) if not item.current} == {
            label,
            sessions[2].label,
        }
        assert await table.revoke_one("alice", label)
        assert await table.revoke_all("alice", but=sessions[1]) == 1
        assert len(await table.sessions_of("alice")) == 1

    asyncio.run(story())


def test_updates_at_once_are_all_counted(clock: Clock) -> None:
    """Fifty requests of one session add one each; the store answers late, so that all have read before any writes."""

    async def story() -> object:
        table = AsyncSessionTable(Remote(MemoryStore()), clock=clock, cookie=SID)
        first = await table.open([])
        await first.write("n", 0)
        header = first.set_cookies[0].partition(";")[0]
        sessions = [await table.open([header]) for _ in range(50)]
        await asyncio.gather(*(session.update("n", lambda n: n + 1) for session in sessions))
        return (await table.open([header])).read("n")

    assert asyncio.run(story()) == 50


class Decorated:
    """What measures or retries the calls of an async store: no coroutine functions, but awaitables all the same."""

    def __init__(self, inner: Inline) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Callable[..., object]:
        def timed(*given: object) -> object:
            return getattr(self.inner, name)(*given)

        return timed


def test_an_async_store_in_a_wrapper_is_known_as_one(clock: Clock) -> None:
    async def story() -> None:
        table = AsyncSessionTable(Decorated(Remote(MemoryStore())), clock=clock, cookie=SID)  # type: ignore[arg-type]
        session = await table.open([])
        await session.rotate("alice")
        assert (await table.open([session.set_cookies[0].partition(";")[0]])).user == "alice"

    asyncio.run(story())
    with pytest.raises(SessionError, match="Decorated is a store for asyncio"):
        SessionTable(Decorated(Remote(MemoryStore())), cookie=SID)  # type: ignore[arg-type]


def test_a_table_for_threads_takes_no_store_for_asyncio() -> None:
    with pytest.raises(SessionError, match="Remote is a store for asyncio: use it with AsyncSessionTable"):
        SessionTable(Remote(MemoryStore()), cookie=SID)


def test_a_write_that_is_done_on_the_spot(clock: Clock) -> None:
    """1. it is stored, and the reply depends on it 2. it counts as use 3. and has limits 4. a failure is kept for the
    adapter, and one of a session that is gone, too.
    """

    async def story() -> None:
        store = Counting()
        table = AsyncSessionTable(store, idle_timeout=100, absolute_timeout=1000, max_bytes=9, clock=clock, cookie=SID)
        first = await table.open([])
        await first.rotate("alice")
        header = first.set_cookies[0].partition(";")[0]
        session = table.session([header])
        step = session.write("a", 1)
        assert (await table.open([header])).read("a") == 1
        await step
        assert session.headers() == [("Cache-Control", "no-store"), ("Vary", "Cookie")]
        for number in range(4):
            clock.now += 60
            await session.write("a", number)
        assert (await table.open([header])).read("a") == 3
        with pytest.raises(SessionError, match=r"^session value 'b' does not fit: .* more than max_bytes=9;"):
            session.write("b", 12345678)
        assert session.failure is None
        store.full = True
        with pytest.raises(StoreUnavailable) as down:
            session.write("b", 1)
        assert session.failure is down.value
        store.full = False
        await session.write("a", None)
        assert (await table.open([header])).names() == [] == session.names()
        await table.revoke_all("alice")
        with pytest.raises(SessionGone):
            session.write("a", 1)
        assert isinstance(session.failure, SessionGone)

    asyncio.run(story())


def test_what_is_set_while_a_logout_is_under_way_is_in_a_session_of_its_own(clock: Clock) -> None:
    """Also where the logout looks first whose session it is, for a hook."""

    async def story(hooks: Hooks) -> None:
        table = AsyncSessionTable(Remote(MemoryStore()), clock=clock, cookie=SID, hooks=hooks)
        first = await table.open([])
        await first.rotate("alice", {"b": 2})
        header = first.set_cookies[0].partition(";")[0]
        session = table.session([header])
        session.revoke()
        session["b"] = 2
        await session.settle()
        last = await table.open([session.set_cookies[-1].partition(";")[0]])
        assert (last.user, dict(last)) == (None, {"b": 2})
        assert not (await table.open([header])).known

    told: list[Event] = []
    asyncio.run(story(Hooks()))
    asyncio.run(story(Hooks(logout=told.append)))
    assert [event.user for event in told] == ["alice"]


class Written(MemoryStore):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[tuple[str, str | None]] = []

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        self.changes.append((change.name, change.value))
        return super().write(key, change, now)


def test_until_the_reply_begins_a_deletion_is_kept_and_what_is_as_before_is_not_written() -> None:
    async def story() -> None:
        store = Written()
        table = AsyncSessionTable(store, cookie=SID)
        first = await table.open([])
        await first.write_many({"a": 1, "b": 2, "c": 3})
        cookie = first.set_cookies[-1].partition(";")[0]
        store.changes.clear()
        second = await table.open([cookie])
        second["a"] = 1
        del second["b"]
        assert (list(second), len(second), second.get("b"), second.read("b")) == (["a", "c"], 2, None, None)
        await second.settle()
        assert store.changes == [("b", None)]
        assert dict(await table.open([cookie])) == {"a": 1, "c": 3}

    asyncio.run(story())
