"""Writes that are under way without a task of their own."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sessiontable import (
    AsyncSession,
    AsyncSessionTable,
    SessionGone,
)

from .story import Story, clock, cookie, known


def test_writes_that_nobody_awaits_come_in_their_order(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        again, _ = await known(table)
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
        again, ours = await known(table)
        given_up = asyncio.ensure_future(again.write("n", 1))
        await asyncio.sleep(0)
        given_up.cancel()
        await again.write("m", 2)
        await again.settle()
        assert (await table.open([ours]))["m"] == 2
        assert not again.unsettled

    run(story)


def test_a_long_request_lives_on_by_its_writes(run: Callable[[Story], None]) -> None:
    """As a WebSocket: nothing settles before its end."""

    async def story(table: AsyncSessionTable) -> None:
        again, ours = await known(table)
        for number in range(5):
            clock.now += 1000  # of 1800
            await again.write("n", number)
            await asyncio.sleep(0.02)
        assert (await table.open([ours])).user == "alice"

    run(story)


def test_a_session_that_has_ended_is_told_of_when_nobody_awaits(run: Callable[[Story], None]) -> None:
    async def story(table: AsyncSessionTable) -> None:
        late, ours = await known(table)
        await (await table.open([ours])).revoke()
        with pytest.raises(SessionGone):
            await _told_late(late)
        assert isinstance(late.failure, SessionGone)

    run(story)
