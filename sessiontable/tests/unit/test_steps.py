"""On asyncio a step begins when it is called: a forgotten `await` loses nothing, and what goes wrong with it is told."""

import asyncio
import gc
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from sessiontable import (
    AsyncSession,
    AsyncSessionTable,
    Change,
    MemoryStore,
    Outcome,
    Record,
    SessionError,
    SessionGone,
    Store,
    StoreUnavailable,
)
from sessiontable.inline import Inline
from sessiontable.redis import RedisStore
from sessiontable.redis.asynchronous import AsyncRedisStore
from sessiontable.sqlite import SQLiteStore
from tests.contract.redis_server import RedisServer, redis_server
from tests.plain import SID


class Remote(Inline):
    """As a store across a network: each call takes a turn of the loop or two."""

    fails = False

    async def read(self, key: bytes, now: float) -> Record | None:
        await asyncio.sleep(0.001)
        return await super().read(key, now)

    async def create(self, key: bytes, record: Record, now: float) -> None:
        await asyncio.sleep(0.002)
        await super().create(key, record, now)

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        await asyncio.sleep(0.001)
        if self.fails:
            raise StoreUnavailable("down")
        return await super().write(key, change, now)

    async def delete(self, key: bytes) -> bool:
        await asyncio.sleep(0.001)
        return await super().delete(key)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


clock = Clock()

type Story = Callable[[AsyncSessionTable], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture(params=["memory", "sqlite", "remote", "redis"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Story], None]]:
    """Runs a story with a table on a store that answers on the spot, in a file, late, or over a wire."""
    store: Store = MemoryStore()
    if request.param == "sqlite":
        store = SQLiteStore(tmp_path / "s.db")
    if request.param == "redis":
        store = RedisStore(request.getfixturevalue("redis").url)

    def run(story: Story) -> None:
        async def told() -> None:
            table = AsyncSessionTable(Remote(store) if request.param == "remote" else store, cookie=SID, clock=clock)
            clock.now = time.time()
            await story(table)
            if isinstance(table.store, AsyncRedisStore):
                await table.store.aclose()

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            asyncio.run(told())
            gc.collect()

    yield run
    if isinstance(store, SQLiteStore | RedisStore):
        store.close()


def cookie(session: AsyncSession) -> str:
    return session.set_cookies[-1].partition(";")[0]


def test_a_forgotten_await_loses_nothing(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        session.write("a", 1)
        session.rotate("alice")
        session.update("n", lambda n: 7)
        await session.settle()
        again = await table.open([cookie(session)])
        assert (again.user, dict(again)) == ("alice", {"a": 1, "n": 7})
        again.revoke()
        await again.settle()
        assert not (await table.open([cookie(session)])).known

    run(story)


def test_clear_is_a_logout_and_what_is_set_afterwards_begins_another_session(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        await session.rotate("alice", {"a": 1, "b": 2})
        again = await table.open([cookie(session)])
        assert again["a"] == 1
        again.clear()
        again["b"] = 2
        await again.settle()
        last = await table.open([cookie(again)])
        assert (last.user, dict(last)) == (None, {"b": 2})
        assert not (await table.open([cookie(session)])).known

    run(story)


def test_a_step_ends_although_nobody_waits(run: Callable[[Story], None]) -> None:
    """Not even the adapter: the session is thrown away."""

    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        await session.rotate("alice")
        again = await table.open([cookie(session)])
        again.revoke()
        del again
        gc.collect()
        await asyncio.sleep(0.05)
        assert not (await table.open([cookie(session)])).known

    run(story)


def test_first_writes_at_once_make_one_session(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        await asyncio.gather(
            session.write("a", 1), session.write("b", 2), session.rotate("alice"), session.write("c", 3)
        )
        assert len(session.set_cookies) == 1
        assert dict(await table.open([cookie(session)])) == {"a": 1, "b": 2, "c": 3}

    run(story)


def test_steps_can_be_waited_for_in_every_way(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        await session.write_many({"a": 1})
        await asyncio.wait_for(session.write("b", 2), 5)
        await asyncio.create_task(session.write("c", 3))
        async with asyncio.TaskGroup() as group:
            counted = group.create_task(session.update("n", lambda n: 1))
        assert counted.result() == 1
        assert dict(session) == {"a": 1, "b": 2, "c": 3, "n": 1}

    run(story)


def test_what_goes_wrong_with_a_step_that_nobody_awaited_is_raised_when_the_reply_begins() -> None:
    async def story() -> None:
        store = Remote(MemoryStore())
        session = await AsyncSessionTable(store, cookie=SID).open([])
        await session.write("a", 1)
        store.fails = True
        session.write("a", 2)
        with pytest.raises(StoreUnavailable):
            await session.settle()
        step = session.write("a", 3)
        with pytest.raises(StoreUnavailable):
            await step
        await session.settle()  # it was told already

    asyncio.run(story())


def test_an_error_of_a_step_comes_where_it_is_called_or_awaited(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        await session.write("a", 1)
        with pytest.raises(SessionError, match="is no JSON"):
            await session.write("a", {1})  # type: ignore[arg-type]
        late = await table.open([cookie(session)])
        await (await table.open([cookie(session)])).revoke()
        with pytest.raises(SessionGone):
            await late.write("a", 2)
        await late.settle()

    run(story)


def test_in_a_thread_settle_is_done_when_the_call_returns(run: Callable[[Story], None]) -> None:
    def endpoint(session: AsyncSession) -> object:
        session["a"] = 1
        return session.settle()

    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        await session.rotate("alice")
        again = await table.open([cookie(session)])
        await asyncio.to_thread(endpoint, again)
        assert dict(await table.open([cookie(session)])) == {"a": 1}

    run(story)


def test_in_a_thread_a_step_is_done_when_the_call_returns(run: Callable[[Story], None]) -> None:
    """As in a FastAPI endpoint without `async`."""

    def endpoint(session: AsyncSession) -> list[object]:
        steps: list[object] = [
            session.write("a", 1),
            session.rotate("alice"),
            session.update("n", lambda n: 5),
            session.update("none", lambda n: None),
            session.refresh(),
        ]
        session["b"] = 2
        return [*steps, session.user]

    async def story(table: AsyncSessionTable) -> None:
        session = table.session([])
        assert await asyncio.to_thread(endpoint, session) == [None, None, 5, None, None, "alice"]
        await session.settle()
        again = table.session([cookie(session)])
        assert await asyncio.to_thread(lambda: (again.user, dict(again))) == ("alice", {"a": 1, "b": 2, "n": 5})
        assert await asyncio.to_thread(lambda: again.write("c", 3)) is None  # what an endpoint may return
        assert (await table.open([cookie(session)]))["c"] == 3

    run(story)


def test_writes_that_nobody_awaits_come_in_their_order(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        await session.rotate("alice")
        again = await table.open([cookie(session)])
        for number in range(5):
            again.write("n", number)
        again.write("m", "x")
        again.rotate("alice", {"r": 1})
        again.write("n", 9)
        await again.settle()
        assert not again.unsettled
        assert dict(again) == {"n": 9, "m": "x", "r": 1}
        assert dict(await table.open([cookie(again)])) == {"n": 9, "m": "x", "r": 1}

    run(story)


def test_a_write_can_be_awaited_several_times(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        await session.rotate("alice")
        step: Any = (await table.open([cookie(session)])).write("n", 1)
        await asyncio.gather(*(_awaited(step) for _ in range(3)))
        late = await table.open([cookie(session)])
        await (await table.open([cookie(session)])).revoke()
        try:
            lost: Any = late.write("n", 2)
        except SessionGone:
            return  # in memory
        told = await asyncio.gather(*(_awaited(lost) for _ in range(3)), return_exceptions=True)
        assert [type(each) for each in told] == [SessionGone] * 3

    run(story)


async def _awaited(step: Any) -> None:
    await step


async def _told_late(session: AsyncSession) -> None:
    session.write("n", 1)  # in memory it is told here
    await session.settle()


def test_a_write_that_its_caller_gives_up_harms_no_other_step(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        await session.rotate("alice")
        again = await table.open([cookie(session)])
        given_up = asyncio.ensure_future(again.write("n", 1))
        await asyncio.sleep(0)
        given_up.cancel()
        await again.write("m", 2)
        await again.settle()
        assert (await table.open([cookie(session)]))["m"] == 2
        assert not again.unsettled

    run(story)


def test_a_long_request_lives_on_by_its_writes(run: Callable[[Story], None]) -> None:
    """As a WebSocket: nothing settles before its end."""

    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        await session.rotate("alice")
        again = await table.open([cookie(session)])
        for number in range(5):
            clock.now += 1000  # of 1800
            await again.write("n", number)
            await asyncio.sleep(0.02)
        assert (await table.open([cookie(session)])).user == "alice"

    run(story)


def test_a_session_that_has_ended_is_told_of_when_nobody_awaits(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        await session.rotate("alice")
        late = await table.open([cookie(session)])
        await (await table.open([cookie(session)])).revoke()
        with pytest.raises(SessionGone):
            await _told_late(late)
        assert isinstance(late.failure, SessionGone)

    run(story)
