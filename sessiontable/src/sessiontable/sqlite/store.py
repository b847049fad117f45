"""Sessions in one SQLite file: the store for one machine, with as many threads and processes as it likes."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from ..basics.settings import seconds
from ..errors import SessionError
from ..store import AsyncStore, Change, Outcome, Record
from .asynchronous import AsyncSQLiteStore
from .file import SQLiteFile
from .steps import TABLES, VERSION, Connection
from .sweeping import page_by_page, sweep

_BETWEEN = 16  # sessions begin without sweeping, then comes one that sweeps


class SQLiteStore:
    """A `Store` for threads, with another face for asyncio. Several processes may share the file.

    An acknowledged write survives the end of the process, kill -9 included. A power cut may take the last moments,
    but never harms the file; `durable=True` waits for the disk at each write, so that nothing is lost at all.
    `busy_timeout` in seconds: so long a call waits for other writers, then it raises StoreUnavailable.
    On asyncio the writes of one turn of the event loop are one transaction, each answered after its COMMIT.
    On a full disk reading goes on. Where the file, or the -wal or -shm beside it, is removed or replaced while the store
    is open, calls raise StoreUnavailable until it is opened anew: what they write would be lost.
    The log beside the file stays within some 60 MB, unless another program reads from the file for so long.
    New sessions clear away expired ones; whoever has many should call `sweep` as well. Close the store when done.
    A process may fork as long as no other thread is using the store: each one then has connections of its own.

    Raises SessionError, which names the file and what to do, where the file cannot serve. It is made with mode 0600.
    """

    def __init__(self, path: str | Path, busy_timeout: float = 5.0, *, durable: bool = False) -> None:
        if not seconds(busy_timeout, 0):
            raise SessionError(f"busy_timeout is {busy_timeout} s: give a finite number of seconds, 0 at least")
        if not isinstance(durable, bool):
            raise SessionError(f"durable is {durable!r}: give True or False")
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
        return AsyncSQLiteStore(self._file, self.share)

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
        return page_by_page(self._file, now)

    def sweep(self, now: float, limit: int) -> int:
        """Throw away at most `limit` expired sessions and trails; how many it were.

        It takes its time: two thirds of it are left to others, who never wait for more than a few rows.
        """
        return sweep(self._file, now, limit)

    def share(self) -> int:
        """How many expired rows the session that begins now should clear away: mostly none."""
        return 0 if next(self._begun) % _BETWEEN else 2 * _BETWEEN
