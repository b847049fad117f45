"""Sessions on a Redis or Valkey server: for several machines, or for many processes on one."""

from types import TracebackType
from typing import Self

from ..basics.settings import seconds
from ..errors import SessionError
from ..logic.inline import finish
from ..store import METHODS, AsyncStore, Change, Outcome, Record
from .asynchronous import AsyncRedisStore
from .clients import AsyncioClient, Client, ThreadsClient, is_for_asyncio
from .eviction import NEVER, policy_of, warn
from .host import RedisHost
from .pool import Pool
from .steps import RedisSteps


class RedisStore:
    """A `Store` for threads that lists by user; `asynchronous` has its face for asyncio. Survives a fork.

    `url`: `redis://[user[:password]@]host[:port][/db]`, `rediss://…` for TLS, `unix:///path/to/socket`.
    `timeout` in seconds, for connecting and for each answer. `prefix`: how the names of all keys begin.
    `client` instead of a URL: one of redis-py's own, for threads or for asyncio, also a Sentinel's `master_for` or a
    `RedisCluster`. Its settings count, `socket_timeout` among them; one that repeats a command whose answer was lost
    (`retry`) may make a change twice. It is not closed here.
    The server throws out what has expired, a minute late. Let it not throw out anything else: `maxmemory-policy
    noeviction`, or a warning is logged; with `appendfsync always` no acknowledged write is lost, whatever happens to the
    machine.
    Raises SessionError for a URL that makes no sense or a password that is refused, StoreUnavailable where the server
    does not answer; at the start, too, but for a client for asyncio.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        client: Client | None = None,
        timeout: float = 1.0,
        prefix: str = "cookielab:",
    ) -> None:
        if not seconds(timeout, 0) or timeout == 0:
            raise SessionError(f"timeout is {timeout} s: give the seconds, above 0, that Redis may take to answer")
        if not isinstance(prefix, str):
            raise SessionError(f"prefix is {prefix!r}: give the text with which the names of all keys begin")
        if (url is None) == (client is None) or not isinstance(url, str | None):
            raise SessionError("RedisStore takes the URL of a server or a client: give one of them")
        self._prefix, self._host = prefix, None if url is None else RedisHost(url, timeout)
        self._wire: Pool | ThreadsClient | AsyncioClient
        if self._host:
            self._wire, shown = Pool(self._host), self._host.shown
            finish(self._wire.ask(b"PING"))
        elif is_for_asyncio(client):
            self._wire = AsyncioClient(client, timeout)
            self._steps = RedisSteps(self._wire, prefix, self._lists_are_complete)
            for name in (*METHODS, "sessions_of", "listed", "sessions"):  # it is a store for asyncio, and no other
                setattr(self, name, getattr(self._steps, name))
            return
        else:
            self._wire = ThreadsClient(client)
            shown = self._wire.shown
        self._steps = RedisSteps(self._wire, prefix, self._lists_are_complete)
        finish(warn(self._wire, shown))

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

    def listed(self, user: str, now: float) -> list[tuple[bytes, Record]]:
        """Those of them that stand in the user's list, from which a server that evicts keys may have taken some."""
        return finish(self._steps.listed(user, now))

    def sessions(self, now: float) -> list[tuple[bytes, Record]]:
        """All living sessions with their keys; of a cluster, with a URL only those on that server."""
        return finish(self._steps.sessions(now))

    def asynchronous(self) -> AsyncStore:
        """The same sessions, for asyncio. Raises SessionError where a client for threads was given."""
        if self._host:
            return AsyncRedisStore(self._host, self._prefix)
        if isinstance(self._wire, AsyncioClient):
            return self._steps
        raise SessionError(
            "this RedisStore has a client for threads, which would hold up the event loop: "
            "give it a client of redis.asyncio, or the URL"
        )

    def close(self) -> None:
        """Give the connections back that are not in use."""
        if isinstance(self._wire, Pool):
            self._wire.close()

    async def _lists_are_complete(self) -> bool:
        return await policy_of(self._wire) == NEVER

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
