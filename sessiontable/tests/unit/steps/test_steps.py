"""On asyncio a step begins when it is called: a forgotten `await` loses nothing, and what goes wrong with it is told."""

import asyncio
import gc
import warnings
from collections.abc import Callable
from contextlib import suppress

import pytest

from sessiontable import (
    AsyncSessionTable,
    MemoryStore,
    SessionError,
    SessionGone,
    StoreUnavailable,
)
from tests.plain import SID

from .story import Remote, Story, cookie, known


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
        again, ours = await known(table)
        again.revoke()
        del again
        gc.collect()
        await asyncio.sleep(0.05)
        assert not (await table.open([ours])).known

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


def test_a_step_that_is_given_up_before_its_turn_is_not_done(run: Callable[[Story], None]) -> None:
    """Nor does Python complain of a coroutine that was never awaited."""

    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])

        async def request() -> None:
            session.write("a", 1)
            await session.write("b", 2)

        task = asyncio.create_task(request())
        await asyncio.sleep(0)
        task.cancel()
        given_up = isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
        await session.settle()
        found = await table.open([cookie(session)])
        assert (found.read("a"), found.read("b")) == (1, None if given_up else 2)

    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        run(story)
        gc.collect()
    assert not complaints


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
