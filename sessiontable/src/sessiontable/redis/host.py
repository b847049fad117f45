"""Which Redis or Valkey a store talks to, how it connects, and what its errors mean for a session."""

import re
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import redis
import redis.asyncio.connection
import redis.connection

from ..errors import SessionError, StoreUnavailable
from .steps import Reply, ScriptMissing

_SCHEMES = ("redis", "rediss", "unix", "redis+unix")
_OPTIONS = ("client_name", "db", "ssl_ca_certs", "ssl_certfile", "ssl_cert_reqs", "ssl_check_hostname", "ssl_keyfile")
_LATER = {
    "BUSY": "a script of somebody else holds it up (SCRIPT KILL)",
    "CLUSTERDOWN": "some slots of the cluster have no node",
    "LOADING": "it is reading its data in, wait",
    "MASTERDOWN": "this is a replica without its master, give the master's address",
    "MISCONF": "it cannot save its data, look at its disk and its log",
    "NOREPLICAS": "it has fewer replicas than min-replicas-to-write asks for",
    "OOM": "it has no memory left, raise maxmemory",
    "READONLY": "this is a replica, give the master's address",
    "TRYAGAIN": "the cluster is moving slots, wait",
}
"""What helps against an error that passes, by Redis's word for it."""

_WORDS: dict[type[BaseException], str] = {
    redis.BusyLoadingError: "LOADING",
    redis.OutOfMemoryError: "OOM",
    redis.ReadOnlyError: "READONLY",
    redis.exceptions.ClusterDownError: "CLUSTERDOWN",
    redis.exceptions.MasterDownError: "MASTERDOWN",
    redis.exceptions.TryAgainError: "TRYAGAIN",
}
"""Errors from whose text redis-py takes the word away."""


class Connection(Protocol):
    """What is used of redis-py's connections for threads."""

    def pack_commands(self, commands: list[tuple[bytes, ...]]) -> list[bytes]: ...

    def send_packed_command(self, command: list[bytes]) -> None: ...

    def read_response(self) -> Reply: ...

    def can_read(self) -> bool: ...

    def disconnect(self) -> None: ...


class AsyncConnection(Protocol):
    """The same for asyncio."""

    async def connect(self) -> None: ...

    async def send_packed_command(self, command: list[bytes], check_health: bool) -> None: ...

    async def read_response(self, *, disconnect_on_error: bool) -> Reply: ...

    async def disconnect(self, nowait: bool) -> None: ...


class RedisHost:
    """The server of a URL. Raises SessionError for a URL that is none; passwords never come into a message."""

    def __init__(self, url: str, timeout: float) -> None:
        self.timeout = timeout
        self.shown = _shown(url)
        self._check(url)
        self._url = url.removeprefix("redis+")
        try:
            self.connection()
        except (ValueError, TypeError, redis.RedisError) as error:
            raise self._malformed(str(error)) from None

    def connection(self) -> Connection:
        """One that connects by itself when it sends."""
        connection: Connection = self._made(redis.connection, socket_timeout=self.timeout)
        return connection

    def async_connection(self) -> AsyncConnection:
        """One that is to be connected first, and waits for replies as long as it takes."""
        connection: AsyncConnection = self._made(redis.asyncio.connection, socket_timeout=None)
        return connection

    def explained(self, error: BaseException) -> Exception:
        """The same as StoreUnavailable, SessionError or ScriptMissing."""
        text = str(error) or type(error).__name__
        if isinstance(error, redis.exceptions.NoScriptError):
            return ScriptMissing()
        if isinstance(error, redis.AuthenticationError | redis.exceptions.AuthorizationError):
            return SessionError(
                f"Redis at {self.shown} refuses the user or password of the store's URL ({text}): "
                "correct the URL, or the server's users (ACL LIST)"
            )
        if isinstance(error, redis.exceptions.NoPermissionError):
            return SessionError(
                f"Redis at {self.shown} does not let this user do what a session store has to ({text}): "
                "allow the commands and keys that it names (ACL SETUSER)"
            )
        if remedy := _LATER.get(_WORDS.get(type(error)) or text.partition(" ")[0]):
            return StoreUnavailable(f"Redis at {self.shown} cannot answer now ({text}): {remedy}")
        if isinstance(error, redis.exceptions.MovedError | redis.exceptions.AskError):
            return SessionError(
                f"Redis at {self.shown} is one of several nodes of a cluster, and the session is on another one: "
                "put a proxy for clusters before them, and give its address"
            )
        if isinstance(error, redis.ResponseError):
            return SessionError(
                f"Redis at {self.shown} does not understand the session store ({text}): "
                "give it a prefix that nothing else uses, and Redis 6 or later, or Valkey"
            )
        if isinstance(error, redis.RedisError | OSError | TimeoutError):
            return StoreUnavailable(
                f"Redis at {self.shown} does not answer ({text}): look whether it runs there, and can be reached"
            )
        return SessionError(f"Redis at {self.shown} gave what no session store has written ({text}): change the prefix")

    def _made(self, module: Any, **more: Any) -> Any:
        arguments = {
            **module.parse_url(self._url),
            "socket_connect_timeout": self.timeout, "protocol": 2,
            "decode_responses": True, "encoding_errors": "surrogatepass", **more,
        }  # fmt: skip
        return arguments.pop("connection_class", module.Connection)(**arguments)

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            raise self._malformed(
                "its host or port is none; write special characters of a password as %40 and so on"
            ) from None
        if "@" in parts.path + parts.query or parts.fragment:
            raise self._malformed("write special characters of a password as %40 and so on")
        unknown = sorted(set(parse_qs(parts.query, keep_blank_values=True)) - set(_OPTIONS))
        if parts.scheme not in _SCHEMES:
            raise self._malformed(f"begin it with one of {', '.join(f'{scheme}://' for scheme in _SCHEMES)}")
        if unknown:
            raise self._malformed(f"it has the unknown option {unknown[0]!r}, known are {', '.join(_OPTIONS)}")
        if parts.scheme in ("unix", "redis+unix"):
            if not parts.path.strip("/") or parts.hostname:
                raise self._malformed("give the socket's absolute path, as in unix:///run/redis/redis.sock")
        elif not re.fullmatch(r"/?\d*", parts.path):
            raise self._malformed("after the host only a database's number can come, as in redis://localhost:6379/0")

    def _malformed(self, how: str) -> SessionError:
        return SessionError(f"store URL {self.shown!r} is malformed: {how}")


def _shown(url: str) -> str:
    """The URL without user, password and options."""
    before, at, place = url.rpartition("@")
    scheme, slashes, rest = (before if at else url).partition("://")
    return f"{scheme}{slashes}{place if at else rest}".partition("?")[0]
