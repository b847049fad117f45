"""Which Redis or Valkey a store talks to, and how it connects."""

import asyncio
import re
import socket
import ssl
from typing import Any, Protocol, cast
from urllib.parse import parse_qs, urlsplit

import redis
import redis.connection

from ..errors import SessionError
from .faults import explained
from .steps import Reply
from .trust import KEEP_ALIVE, Trust
from .watched import watched

_SCHEMES = ("redis", "rediss", "unix", "redis+unix")
_OPTIONS = ("client_name", "db", "ssl_ca_certs", "ssl_certfile", "ssl_cert_reqs", "ssl_check_hostname", "ssl_keyfile")


class Connection(Protocol):
    """What is used of redis-py's connections for threads."""

    def pack_commands(self, commands: list[tuple[bytes, ...]]) -> list[bytes]: ...

    def send_packed_command(self, command: list[bytes]) -> None: ...

    def read_response(self) -> Reply: ...

    def expect(self, seconds: float | None) -> None: ...

    def can_read(self) -> bool: ...

    def disconnect(self) -> None: ...


class RedisHost:
    """The server of a URL. Raises SessionError for a URL that is none; passwords never come into a message."""

    def __init__(self, url: str, timeout: float) -> None:
        self.timeout = timeout
        self.shown, self.trust = _shown(url), Trust()
        self._check(url)
        self._url, parse = url.removeprefix("redis+"), cast(Any, redis.connection.parse_url)
        try:
            self._asked: dict[str, Any] = parse(self._url)
            self.connection()
        except (ValueError, TypeError, redis.RedisError) as error:
            raise self._malformed(str(error)) from None

    def connection(self) -> Connection:
        """For threads: one that connects by itself when it sends."""
        arguments = {
            **self._asked,
            "socket_timeout": self.timeout, "socket_connect_timeout": self.timeout, "protocol": 2,
            "decode_responses": True, "encoding_errors": "surrogatepass",
        }  # fmt: skip
        kind = arguments.pop("connection_class", redis.connection.Connection)
        if issubclass(kind, redis.connection.Connection):
            arguments |= {"socket_keepalive": True, "socket_keepalive_options": _options()}
        connection: Connection = watched(kind)(**arguments)
        return connection

    async def connect(self, protocol: asyncio.Protocol) -> asyncio.Transport:
        """For asyncio, with a protocol of its own; `greeting` is to be said first."""
        loop, asked = asyncio.get_running_loop(), self._asked
        transport: Any
        if path := asked.get("path"):
            transport, _ = await loop.create_unix_connection(lambda: protocol, path)
            return cast(asyncio.Transport, transport)
        host, port = asked.get("host", "localhost"), asked.get("port", 6379)
        tls = _tls(asked) if self._url.startswith("rediss:") else None
        transport, _ = await loop.create_connection(lambda: protocol, host, port, ssl=tls)
        ours = transport.get_extra_info("socket")
        with socket.fromfd(ours.fileno(), ours.family, socket.SOCK_STREAM) as same:  # uvloop's own takes no options
            same.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _options().items():
                same.setsockopt(socket.IPPROTO_TCP, option, value)
        return cast(asyncio.Transport, transport)

    def greeting(self) -> list[tuple[bytes, ...]]:
        """The commands that make a new connection ours; each must be answered without an error."""
        asked = self._asked
        user, password = asked.get("username"), asked.get("password")
        commands: list[tuple[str, ...]] = []
        if user:
            commands.append(("AUTH", user, password or ""))
        elif password:
            commands.append(("AUTH", password))
        if name := asked.get("client_name"):
            commands.append(("CLIENT", "SETNAME", name))
        if number := asked.get("db"):
            commands.append(("SELECT", str(number)))
        return [tuple(part.encode() for part in command) for command in commands]

    def explained(self, error: BaseException) -> Exception:
        """The same as StoreUnavailable, SessionError or ScriptMissing."""
        return explained(error, self.shown)

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


def _options() -> dict[int, int]:
    """So that a peer that is gone is noticed also where nobody asks."""
    return {getattr(socket, name): value for name, value in KEEP_ALIVE.items() if hasattr(socket, name)}


def _tls(asked: dict[str, Any]) -> ssl.SSLContext:
    """As redis-py makes it of the same options."""
    context = ssl.create_default_context()
    if authorities := asked.get("ssl_ca_certs"):
        context.load_verify_locations(authorities)
    required = asked.get("ssl_cert_reqs", "required")
    context.check_hostname = bool(asked.get("ssl_check_hostname", True)) and required != "none"
    context.verify_mode = ssl.VerifyMode[f"CERT_{required.upper()}"]
    if certificate := asked.get("ssl_certfile"):
        context.load_cert_chain(certificate, asked.get("ssl_keyfile"))
    return context


def _shown(url: str) -> str:
    """The URL without user, password and options."""
    before, at, place = url.rpartition("@")
    scheme, slashes, rest = (before if at else url).partition("://")
    return f"{scheme}{slashes}{place if at else rest}".partition("?")[0]
