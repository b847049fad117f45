"""What comes in and what goes out. Both are made anew for every request, so nothing of one can reach the next."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

NOT_KEPT = (("Cache-Control", "no-store"),)
"""What all replies say to caches, as long as nothing else is said: each is made for one person."""


class Refused(Exception):
    """The request cannot be served; becomes a reply with this status and error text."""

    def __init__(self, status: int, error: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(error)
        self.status, self.error, self.headers = status, error, headers


def endpoint(address: tuple[str, int]) -> str:
    """ "ip:port", with brackets around IPv6."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived. `client` is the address that the server sees, `host` the Host header, `port` the server's own.

    `connection` is a drawer that lasts as long as the connection does: the next request on it finds what was put there.
    """

    method: str
    path: str
    client: tuple[str, int]
    host: str = ""
    port: int = 80
    cookie_lines: tuple[str, ...] = ()
    accept: str = ""
    content_type: str = ""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    connection: dict[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """The first header of this name, empty if there is none. Clients write what they like there."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def wants_page(self) -> bool:
        """True for a browser."""
        return "text/html" in self.accept

    def field(self, name: str, *, longest: int) -> str:
        """A text from the body, JSON or form. Raises Refused if it is not there, no text, or too long."""
        value = (self._form() if "form-urlencoded" in self.content_type else self._json()).get(name)
        if not isinstance(value, str) or not value.strip():
            raise Refused(400, f'the body has no text {name!r}: send JSON like {{"{name}": "…"}} or a form with it')
        if len(value) > longest:
            raise Refused(400, f"{name!r} has {len(value)} characters: {longest} are allowed")
        return value

    def optional(self, name: str) -> str | None:
        """A text from the body, None where it is not there or no text."""
        value = (self._form() if "form-urlencoded" in self.content_type else self._json()).get(name)
        return value if isinstance(value, str) else None

    def _form(self) -> Mapping[str, object]:
        try:
            return dict(parse_qsl(self.body.decode(), errors="strict"))
        except ValueError as error:
            raise Refused(400, f"the body is no form in UTF-8: {error}") from error

    def _json(self) -> Mapping[str, object]:
        try:
            found = json.loads(self.body)
            json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (ValueError, RecursionError) as error:
            raise Refused(400, f"the body is no JSON: {error}") from error
        if not isinstance(found, dict):
            raise Refused(400, f"the body is a JSON {type(found).__name__}: an object is expected")
        return found


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished reply. `caching`: what it says to caches; `identity`, `known` and `user` are what the server made of the client, for the log."""

    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()
    identity: str | None = None
    known: bool = False
    user: str | None = None
    caching: tuple[tuple[str, str], ...] = NOT_KEPT

    def encode(self, *, date: str, closing: bool, with_body: bool) -> bytes:
        """The whole reply in one piece: written at once, it never waits for the peer's delayed ACK."""
        lines = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}",
            f"Date: {date}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in (*self.caching, *self.headers)),
            f"Connection: {'close' if closing else 'keep-alive'}",
            "\r\n",
        ]
        return "\r\n".join(lines).encode("ascii") + (self.body if with_body else b"")


def json_reply(status: int, fields: Mapping[str, object]) -> Reply:
    """A reply whose body is these fields."""
    return Reply(status, json.dumps(fields, ensure_ascii=False).encode() + b"\n", "application/json")
