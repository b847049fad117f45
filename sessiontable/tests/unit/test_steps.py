"""On asyncio a step begins when it is called: a forgotten `await` loses nothing, and what goes wrong with it is told."""

# mypy: disable-error-code="unused-coroutine"

import asyncio
import gc
import sys
import warnings
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier
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
from sessiontable.sqlite import SQLiteStore
from sessiontable.store import ListsByUser
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

    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        await asyncio.sleep(0.001)
        after = await super().move(old, new, record, now, trail_until)
        await asyncio.sleep(0.001)
        return after

    async def sessions_of(self, user: str, now: float) -> Iterable[tuple[bytes, Record]]:
        assert isinstance(self.store, ListsByUser)
        return self.store.sessions_of(user, now)

    async def delete(self, key: bytes) -> bool:
        await asyncio.sleep(0.001)
        return await super().delete(key)


type Story = Callable[[AsyncSessionTable], Coroutine[Any, Any, None]]


@pytest.fixture(params=["memory", "sqlite", "remote"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Story], None]]:
    """Runs a story with a table on a store that answers on the spot, in a file, or late."""
    store: Store = SQLiteStore(tmp_path / "s.db") if request.param == "sqlite" else MemoryStore()

    def run(story: Story) -> None:
        async def told() -> None:
            await story(AsyncSessionTable(Remote(store) if request.param == "remote" else store, cookie=SID))

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            asyncio.run(told())
            gc.collect()

    yield run
    if isinstance(store, SQLiteStore):
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


def test_what_is_set_after_a_logout_that_has_not_begun_yet(run: Callable[[Story], None]) -> None:
    """It has to wait for a step before it, that nobody has awaited either."""

    async def story(table: AsyncSessionTable) -> None:
        session = table.session([])
        await session.write("a", 1)
        old = cookie(session)
        session.write("b", 2)
        session["c"] = 3
        session.revoke()
        session["flash"] = "bye"
        await session.settle()
        assert dict(await table.open([cookie(session)])) == {"flash": "bye"}
        assert not (await table.open([old])).known

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


def test_threads_of_one_request_make_one_session(run: Callable[[Story], None]) -> None:
    """Their first writes come at once, and each is there afterwards."""

    async def story(table: AsyncSessionTable) -> None:
        loop, names = asyncio.get_running_loop(), [f"n{n}" for n in range(4)]
        with ThreadPoolExecutor(len(names)) as threads:
            for _ in range(20):
                session, together = table.session([]), Barrier(len(names))

                def write(name: str, session: AsyncSession = session, together: Barrier = together) -> None:
                    together.wait()
                    session.write(name, 1)
                    session[f"{name} too"] = 2

                await asyncio.gather(*(loop.run_in_executor(threads, write, name) for name in names))
                await session.settle()
                found = await table.open([cookie(session)])
                assert dict(found) == dict.fromkeys(names, 1) | {f"{name} too": 2 for name in names}

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        run(story)
    finally:
        sys.setswitchinterval(before)


def test_a_thread_may_have_a_loop_of_its_own(run: Callable[[Story], None]) -> None:
    """As where an endpoint without `async` says asyncio.run(…): the session's own loop does the work."""

    async def login(session: AsyncSession) -> object:
        await session.write("a", 1)
        await session.rotate("alice")
        return await session.update("a", lambda a: a + 1)

    async def story(table: AsyncSessionTable) -> None:
        session = table.session([])
        assert await asyncio.to_thread(lambda: asyncio.run(login(session))) == 2
        found = await table.open([cookie(session)])
        assert (found.user, dict(found)) == ("alice", {"a": 2})

    run(story)


def test_a_login_is_not_given_up_halfway(run: Callable[[Story], None]) -> None:
    """Whoever waits for it is cancelled; then it can be taken back as a whole."""

    async def story(table: AsyncSessionTable) -> None:
        first = table.session([])
        await first.write("basket", ["tea"])
        for seconds in (0, 0.0005, 0.0015, 0.0025, 0.004):
            session = table.session([cookie(first)])
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await session.rotate("alice")
                    await asyncio.sleep(1)
            await session.undo()
            found = await table.open([cookie(first)])
            assert (found.user, dict(found)) == (None, {"basket": ["tea"]})
            assert await table.sessions_of("alice") == []

    run(story)


def test_in_a_thread_a_step_is_done_when_the_call_returns(run: Callable[[Story], None]) -> None:
    """As in a FastAPI endpoint without `async`."""

    def endpoint(session: AsyncSession) -> tuple[object, object]:
        session.write("a", 1)
        session.rotate("alice")
        session["b"] = 2
        counted: Any = session.update("n", lambda n: 5)
        return session.user, counted

    async def story(table: AsyncSessionTable) -> None:
        session = table.session([])
        assert await asyncio.to_thread(endpoint, session) == ("alice", 5)
        await session.settle()
        again = table.session([cookie(session)])
        assert await asyncio.to_thread(lambda: (again.user, dict(again))) == ("alice", {"a": 1, "b": 2, "n": 5})

    run(story)
