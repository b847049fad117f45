"""A store with two faces: the table for asyncio uses the one for asyncio for all it does, lists and sweeps included."""

import asyncio
from collections.abc import Iterable

from sessiontable import AsyncSessionTable, AsyncStore, MemoryStore, Record, SessionTable
from sessiontable.logic.inline import Inline
from tests.plain import SID


class OnTheLoop(Inline):
    """The face for asyncio, which says what it was asked."""

    def __init__(self, store: MemoryStore, asked: list[str]) -> None:
        super().__init__(store)
        self._store, self._asked = store, asked

    async def sessions_of(self, user: str, now: float) -> Iterable[tuple[bytes, Record]]:
        self._asked.append("sessions_of")
        return self._store.sessions_of(user, now)

    async def sweep(self, now: float, limit: int) -> int:
        self._asked.append("sweep")
        return self._store.sweep(now, limit)


class TwoFaced(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def asynchronous(self) -> AsyncStore:
        return OnTheLoop(self, self.asked)


def test_asyncio_lists_and_sweeps_by_its_own_face() -> None:
    """The face for threads would make the whole event loop wait for the store."""
    store = TwoFaced()

    async def story() -> None:
        table = AsyncSessionTable(store, cookie=SID)
        await table.sessions_of("alice")
        await table.sweep()

    asyncio.run(story())
    assert store.asked == ["sessions_of", "sweep"]


def test_threads_use_the_other_one() -> None:
    store = TwoFaced()
    table = SessionTable(store, cookie=SID)
    assert table.sessions_of("alice") == []
    assert table.sweep() == 0
    assert store.asked == []
