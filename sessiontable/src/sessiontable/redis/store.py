"""Sessions on a Redis or Valkey server: for several machines, or for many processes on one."""

from math import isfinite
from types import TracebackType
from typing import Self

from ..errors import SessionError
from ..inline import finish
from ..store import AsyncStore, Change, Outcome, Record
from .asynchronous import AsyncRedisStore
from .host import RedisHost
from .pool import Pool
from .steps import RedisSteps


class RedisStore:
    """A `Store` for threads that lists by user; `asynchronous` has its face for asyncio. Survives a fork.

    `url`: `redis://[user[:password]@]host[:port][/db]`, `rediss://…` for TLS, `unix:///path/to/socket`.
    `timeout` in seconds, for connecting and for each answer. `prefix`: how the names of all keys begin.
    The server throws out what has expired, a minute late. Let it not throw out anything else: `maxmemory-policy
    noeviction`; with `appendfsync always` no acknowledged write is lost, whatever happens to the machine.
    Raises SessionError for a URL that makes no sense or a password that is refused, StoreUnavailable where the server
    does not answer; at the start, too.
    """

    def __init__(self, url: str, *, timeout: float = 1.0, prefix: str = "cookielab:") -> None:
        if not (isfinite(timeout) and timeout > 0):
            raise SessionError(f"timeout is {timeout} s: give the seconds, above 0, that Redis may take to answer")
        self._host, self._prefix = RedisHost(url, timeout), prefix
        self._wire = Pool(self._host)
        self._steps = RedisSteps(self._wire, prefix)
        finish(self._wire.ask(b"PING"))

    def create(self, key: bytes, record: Record, now: float) -> None:
        finish(self._steps.create(key, record, now))

    def read(self, key: bytes, now: float) -> Record | None:
        return finish(self._steps.read(key, now))

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return finish(self._steps.write(key, change, now))

    def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        return finish(self._steps.touch(key, expires_at, now))

    def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        return finish(self._steps.move(old, new, record, now, trail_until))

    def delete(self, key: bytes) -> bool:
        return finish(self._steps.delete(key))

    def sessions_of(self, user: str, now: float) -> list[tuple[bytes, Record]]:
        """The living sessions of this user with their keys."""
        return finish(self._steps.sessions_of(user, now))

    def sessions(self, now: float) -> list[tuple[bytes, Record]]:
        """All living sessions with their keys; of a cluster only those on this server."""
        return finish(self._steps.sessions(now))

    def asynchronous(self) -> AsyncStore:
        """The same sessions, for asyncio."""
        return AsyncRedisStore(self._host, self._prefix)

    def close(self) -> None:
        """Give the connections back that are not in use."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
