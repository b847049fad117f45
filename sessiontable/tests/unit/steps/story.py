"""What is told of a session's steps, and where: on stores that answer on the spot, or late."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from sessiontable import (
    AsyncSession,
    AsyncSessionTable,
    Change,
    Outcome,
    Record,
    StoreUnavailable,
)
from sessiontable.logic.inline import Inline
from sessiontable.store import ListsByUser


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


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


clock = Clock()

type Story = Callable[[AsyncSessionTable], Coroutine[Any, Any, None]]


def cookie(session: AsyncSession) -> str:
    return session.set_cookies[-1].partition(";")[0]


async def known(table: AsyncSessionTable) -> tuple[AsyncSession, str]:
    """A session as a request finds it, of a user who has logged in; and its cookie."""
    first = await table.open([])
    await first.rotate("alice")
    return await table.open([cookie(first)]), cookie(first)
