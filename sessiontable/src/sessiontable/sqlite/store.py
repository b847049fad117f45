"""Sessions in one SQLite file: the store for one machine, with as many threads and processes as it likes."""

from asyncio import to_thread
from collections.abc import Callable, Iterator
from itertools import count
from math import isfinite
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Self

from ..errors import SessionError
from ..store import AsyncStore, Change, Outcome, Record
from .file import Locked, SQLiteFile
from .steps import TABLES, VERSION, Connection

_STEP = 20  # expired rows, about a millisecond, before others have their turn
_LOGGED = 200  # rows that go before the log is moved into the file
_BETWEEN = 16  # sessions begin without sweeping, then comes one that sweeps
_PAGE = 500  # sessions that are read at a time


class SQLiteStore:
    """A `Store` for threads, with another face for asyncio. Several processes may share the file.

    An acknowledged write survives the end of the process, kill -9 included. A power cut may take the last moments,
    but never harms the file; `durable=True` waits for the disk at each write, so that nothing is lost at all.
    `busy_timeout` in seconds: so long a call waits for other writers, then it raises StoreUnavailable.
    New sessions clear away expired ones; whoever has many should call `sweep` as well. Close the store when done.
    A process may fork as long as no other thread is using the store: each one then has connections of its own.

    Raises SessionError, which names the file and what to do, where the file cannot serve. It is made with mode 0600.
    """

    def __init__(self, path: str | Path, busy_timeout: float = 5.0, *, durable: bool = False) -> None:
        if not (isfinite(busy_timeout) and busy_timeout >= 0):
            raise SessionError(f"busy_timeout is {busy_timeout} s: give a finite number of seconds, 0 at least")
        self._file = SQLiteFile(Connection, path, TABLES, VERSION, busy_timeout=busy_timeout, durable=durable)
        self._begun = count(1)

    @property
    def path(self) -> Path:
        """Where the sessions are."""
        return self._file.path

    def close(self) -> None:
        """Close the file. Later calls raise StoreUnavailable."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def asynchronous(self) -> AsyncStore:
        """The same sessions for asyncio: what has to wait does so in a thread."""
        return AsyncSQLiteStore(self, self._file)

    def create(self, key: bytes, record: Record, now: float) -> None:
        self._file.write(Connection.create, key, record, now, self.share())

    def read(self, key: bytes, now: float) -> Record | None:
        return self._file.read(Connection.read, key, now)

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return self._file.write(Connection.write, key, change, now)

    def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        return self._file.write(Connection.touch, key, expires_at, now)

    def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        return self._file.write(Connection.move, old, new, record, now, trail_until)

    def delete(self, key: bytes) -> bool:
        return self._file.write(Connection.delete, key)

    def sessions_of(self, user: str, now: float) -> list[tuple[bytes, Record]]:
        """The living sessions of this user with their keys."""
        return self._file.read(Connection.of_user, user, now)

    def sessions(self, now: float) -> Iterator[tuple[bytes, Record]]:
        """All living sessions with their keys, a few hundred at a time: nobody waits for it."""
        key = b""
        while page := self._file.read(Connection.after, key, now, _PAGE):
            yield from page
            key, _ = page[-1]

    def sweep(self, now: float, limit: int) -> int:
        """Throw away at most `limit` expired sessions and trails; how many it were.

        It takes its time: two thirds of it are left to others, who never wait for more than a few rows.
        """
        gone = 0
        while gone < limit:
            began, step = monotonic(), min(_STEP, limit - gone)
            dropped = self._file.write(Connection.drop, now, step)
            gone += dropped
            if dropped < step:
                break
            if gone % _LOGGED == 0:  # or the next request that has to do it would have all of it to do
                self._file.checkpoint()
            sleep(2 * (monotonic() - began))
        return gone

    def share(self) -> int:
        """How many expired rows the session that begins now should clear away: mostly none."""
        return 0 if next(self._begun) % _BETWEEN else 2 * _BETWEEN


class AsyncSQLiteStore:
    """The face of an `SQLiteStore` for asyncio.

    A call is done on the spot, which takes less time than handing it to a thread. Only where another writer is in
    the way, a thread does the waiting.
    """

    def __init__(self, store: SQLiteStore, file: SQLiteFile[Connection]) -> None:
        self._store, self._file = store, file

    async def create(self, key: bytes, record: Record, now: float) -> None:
        await self._write(Connection.create, key, record, now, self._store.share())

    async def read(self, key: bytes, now: float) -> Record | None:
        try:
            return self._file.read_at_once(Connection.read, key, now)
        except Locked:
            return await to_thread(self._store.read, key, now)

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return await self._write(Connection.write, key, change, now)

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        return await self._write(Connection.touch, key, expires_at, now)

    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        return await self._write(Connection.move, old, new, record, now, trail_until)

    async def delete(self, key: bytes) -> bool:
        return await self._write(Connection.delete, key)

    async def sessions_of(self, user: str, now: float) -> list[tuple[bytes, Record]]:
        """See `SQLiteStore.sessions_of`."""
        return await to_thread(self._store.sessions_of, user, now)

    async def sessions(self, now: float) -> list[tuple[bytes, Record]]:
        """See `SQLiteStore.sessions`, all at once."""
        return await to_thread(lambda: list(self._store.sessions(now)))

    async def sweep(self, now: float, limit: int) -> int:
        """See `SQLiteStore.sweep`."""
        return await to_thread(self._store.sweep, now, limit)

    async def _write[*Given, Result](self, step: Callable[[Connection, *Given], Result], *given: *Given) -> Result:
        try:
            return self._file.write_at_once(step, *given)
        except Locked:
            return await to_thread(lambda: self._file.write(step, *given))
