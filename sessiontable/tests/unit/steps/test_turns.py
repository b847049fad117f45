"""Each step of a session in its turn, whatever became of the one before it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from sessiontable import AsyncSession, AsyncSessionTable, Change, MemoryStore, Outcome, SessionError
from sessiontable.basics.values import Json
from tests.plain import SID

from .story import Remote, Story, clock, cookie, known


def test_what_went_wrong_is_told_although_another_step_came_after_it(run: Callable[[Story], None]) -> None:
    """Nobody awaited it, and the next write went well."""

    async def lost(session: AsyncSession) -> None:
        session.write("big", "x" * 100_000)  # in memory it is told here
        await session.write("n", 1)
        await session.settle()

    async def story(table: AsyncSessionTable) -> None:
        session, _ = await known(table)
        with pytest.raises(SessionError, match="'big' does not fit"):
            await lost(session)
        await session.settle()  # it was told already
        assert not session.unsettled

    run(story)


def test_a_logout_after_a_write_that_moves_the_idle_end(run: Callable[[Story], None]) -> None:
    """Once the session has ended there is no idle end to move."""

    async def story(table: AsyncSessionTable) -> None:
        session, _ = await known(table)
        clock.now += 1000
        session.write("n", 1)
        session.revoke()
        await session.settle()
        assert (session.failure, session.key, dict(session)) == (None, None, {})

    run(story)


def test_a_write_that_nobody_awaited_leaves_nothing_in_what_is_taken_back(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        session, _ = await known(table)
        await session.rotate("alice")
        clock.now += 1000
        session.write("n", 1)
        await session.undo()
        await session.settle()
        assert (session.failure, session.key, dict(session)) == (None, None, {})

    run(story)


def test_a_step_given_up_before_its_turn_lets_nobody_pass() -> None:
    """The first write is still at it: whoever comes next waits for it, or there would be two sessions."""

    async def story() -> None:
        store = MemoryStore()
        session = AsyncSessionTable(Remote(store), cookie=SID).session([])
        session.write("a", 1)
        given_up = asyncio.create_task(session.write("b", 2))
        await asyncio.sleep(0)
        given_up.cancel()
        with suppress(asyncio.CancelledError):
            await given_up
        await session.write("c", 3)
        await session.settle()
        assert (len(store), dict(session)) == (1, {"a": 1, "c": 3})

    asyncio.run(story())


def test_a_step_takes_a_value_as_it_is_when_it_is_called(run: Callable[[Story], None]) -> None:
    """Also where it has to wait for its turn."""

    async def story(table: AsyncSessionTable) -> None:
        session = await table.open([])
        basket: list[Json] = ["tea"]
        session.write("first", 1)
        session.write("basket", basket)
        session.write_many({"more": basket})
        session.rotate("alice", {"rotated": basket})
        basket.append("milk")
        await session.settle()
        found = await table.open([cookie(session)])
        assert [found[name] for name in ("basket", "more", "rotated")] == [["tea"]] * 3

    run(story)


@pytest.mark.parametrize("learns", [lambda session: session.write("n", 1), lambda session: session.user])
def test_a_socket_that_is_open_moves_the_idle_end_where_it_learns_of_it(
    run: Callable[[Story], None], learns: Callable[[AsyncSession], object]
) -> None:
    """Nothing settles before it closes."""

    async def story(table: AsyncSessionTable) -> None:
        first = await table.open([])
        await first.rotate("alice")
        clock.now += 1790  # of 1800
        late = table.session([cookie(first)])
        late.sent = late.used = True
        if not table.in_place:
            await late.load()
        learns(late)
        await asyncio.sleep(0.05)
        clock.now += 20
        assert (await table.open([cookie(first)])).user == "alice"

    run(story)


class Late(Remote):
    """A store in which the idle end is moved slowly, while other steps go on."""

    def begin_write(self, key: bytes, change: Change, now: float) -> asyncio.Future[Outcome]:
        return asyncio.ensure_future(self.write(key, change, now))

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        await asyncio.sleep(0.01)
        return await super().touch(key, expires_at, now)


@pytest.mark.parametrize("awaited", [False, True])
def test_what_follows_a_write_waits_until_the_idle_end_has_moved(awaited: bool) -> None:
    """1. a login 2. a request that is taken back."""

    async def story() -> None:
        table = AsyncSessionTable(Late(MemoryStore()), cookie=SID, clock=clock)
        follows: list[Callable[[AsyncSession], Awaitable[object]]] = [
            lambda session: session.rotate("alice"),
            lambda session: session.undo(),
        ]
        for follow in follows:
            session, _ = await known(table)
            await session.rotate("alice")
            clock.now += 1000
            step = session.write("n", 1)
            if awaited:
                waiting = asyncio.create_task(step)
            else:
                await asyncio.sleep(0.005)  # it is done, and nobody has looked
            await follow(session)
            await session.settle()
            if awaited:
                await waiting
            assert session.failure is None
            assert session.user == ("alice" if session.key else None)

    asyncio.run(story())


def test_a_socket_that_awaits_nothing_remembers_no_steps(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        session, _ = await known(table)
        for number in range(50):
            session.write("n", number)
            await asyncio.sleep(0.003)
        assert len(session._steps or ()) < 20
        await session.settle()
        assert session["n"] == 49

    run(story)
