"""The face of an SQLite store for asyncio."""

from asyncio import AbstractEventLoop, Future, get_running_loop, to_thread
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from ..store import Change, Outcome, Record
from .file import Locked, SQLiteFile
from .group import Group
from .steps import Connection
from .sweeping import page_by_page, sweep


class AsyncSQLiteStore:
    """The face of an `SQLiteStore` for asyncio.

    A read is done on the spot, which takes less time than handing it to a thread. Writes of one turn of the loop are one
    transaction. Only where another writer is in the way, or `durable` waits for the disk, a thread does the waiting.
    """

    in_place = True

    def __init__(self, file: SQLiteFile[Connection], share: Callable[[], int]) -> None:
        self._file, self._share = file, share
        self._groups: WeakKeyDictionary[AbstractEventLoop, Group[Connection]] = WeakKeyDictionary()
        self._last: tuple[AbstractEventLoop | None, Group[Connection]] = None, Group(file)

    async def create(self, key: bytes, record: Record, now: float) -> None:
        await self._write(Connection.create, key, record, now, self._share())

    async def read(self, key: bytes, now: float) -> Record | None:
        try:
            return self._file.read_at_once(Connection.read, key, now)
        except Locked:
            return await to_thread(self._file.read, Connection.read, key, now)

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        outcome: Outcome = await self._write(Connection.write, key, change, now)
        return outcome

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        return bool(await self._write(Connection.touch, key, expires_at, now))

    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        moved: Record | None = await self._write(Connection.move, old, new, record, now, trail_until)
        return moved

    async def delete(self, key: bytes) -> bool:
        return bool(await self._write(Connection.delete, key))

    async def sessions_of(self, user: str, now: float) -> list[tuple[bytes, Record]]:
        """See `SQLiteStore.sessions_of`."""
        return await to_thread(self._file.read, Connection.of_user, user, now)

    async def sessions(self, now: float) -> list[tuple[bytes, Record]]:
        """See `SQLiteStore.sessions`, all at once."""
        return await to_thread(lambda: list(page_by_page(self._file, now)))

    async def sweep(self, now: float, limit: int) -> int:
        """See `SQLiteStore.sweep`."""
        return await to_thread(sweep, self._file, now, limit)

    def begin_write(self, key: bytes, change: Change, now: float) -> Future[Outcome]:
        """See `BeginsWrites`."""
        return self._begun(get_running_loop(), Connection.write, (key, change, now))

    async def _write(self, step: Callable[..., Any], *given: Any) -> Any:
        try:
            loop = get_running_loop()
        except RuntimeError:  # whoever drives coroutines without a loop may wait
            return self._file.write(step, *given)
        return await self._begun(loop, step, given)

    def _begun(self, loop: AbstractEventLoop, step: Callable[..., Any], given: tuple[Any, ...]) -> Future[Any]:
        known, group = self._last
        if loop is not known:
            group = self._groups.setdefault(loop, Group(self._file))
            self._last = loop, group
        return group.add(loop, step, given)
