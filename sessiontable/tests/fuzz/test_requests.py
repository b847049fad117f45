"""Hostile Cookie headers as real requests, through each adapter on its real server: never a 5xx, and nobody is lost."""

import errno
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from random import Random
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from sessiontable import AsyncSessionTable, MemoryStore, SessionTable
from sessiontable.asgi import Message, Receive, Send, SessionMiddleware
from sessiontable.httpserver import SessionMixin
from sessiontable.wsgi import SessionMiddleware as WSGIMiddleware
from tests.fuzz import grammar
from tests.fuzz.corpus import seeds
from tests.plain import SID
from tests.serving import asgi_server, http_server, wsgi_server

STORE = MemoryStore()
TABLE, ASYNC_TABLE = SessionTable(STORE, cookie=SID), AsyncSessionTable(STORE, cookie=SID)
REFUSED = (0, 400, 431)
"""What a server itself says to a request that it takes no further; our part is never reached."""


class Handler(SessionMixin, BaseHTTPRequestHandler):
    session_table = TABLE

    def do_GET(self) -> None:
        body = str(self.session.user or "nobody").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class named it)
        pass


async def app(scope: Message, receive: Receive, send: Send) -> None:
    body = (scope["session"].user or "nobody").encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


def wsgi(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    body = str(environ["cookielab.session"].user or "nobody").encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


SERVERS: dict[str, Callable[[], AbstractContextManager[int]]] = {
    "http.server": lambda: http_server(Handler),
    "uvicorn, h11": lambda: asgi_server(SessionMiddleware(app, ASYNC_TABLE), "h11"),
    "uvicorn, httptools": lambda: asgi_server(SessionMiddleware(app, ASYNC_TABLE), "httptools"),
    "wsgiref": lambda: wsgi_server(WSGIMiddleware(wsgi, TABLE), "wsgiref"),
    "waitress": lambda: wsgi_server(WSGIMiddleware(wsgi, TABLE), "waitress"),
}


@pytest.fixture(scope="module", params=SERVERS)
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Each adapter in turn, on its servers."""
    with SERVERS[request.param]() as port:
        yield port


@pytest.fixture
def joined(request: pytest.FixtureRequest) -> bool:
    """Whether this server joins Cookie lines with a comma, which parts no cookies: then all stands on one line."""
    return request.node.callspec.params["port"] in {"wsgiref", "waitress"}


@pytest.fixture(scope="module")
def alice() -> bytes:
    session = TABLE.open([])
    session.rotate("alice")
    return session.set_cookies[-1].partition(";")[0].encode()


def get(port: int, *cookie_lines: bytes) -> tuple[int, bytes]:
    """Status and body of the reply to a request with these Cookie header lines, sent octet by octet as they are.

    Status 0: the server hung up before it had taken all of the request.
    """
    lines = b"".join(b"Cookie: " + line + b"\r\n" for line in cookie_lines)
    reply, cut = b"", False
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            connection.sendall(b"GET /a/b HTTP/1.1\r\nHost: app.shop.test\r\nConnection: close\r\n" + lines + b"\r\n")
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                reply += part
        except OSError as error:
            cut = isinstance(error, ConnectionError) or error.errno == errno.ENOTCONN
    if cut and not reply:
        return 0, b""
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1."), f"no reply: {reply[:100]!r}"
    return int(head.split()[1]), body


HARMLESS: dict[str, list[bytes]] = {
    "60 KB in one cookie": [b"x=" + b"A" * 60_000 + b"; %s"],
    "60 KB without an end": [b"%s; x" + b'="' * 30_000],
    "10,000 cookies": [b"c=1; " * 5_000 + b"%s; " + b"d=2; " * 5_000],
    "10,000 cookies on 50 lines": [b"c=1; " * 200] * 49 + [b"c=1; " * 200 + b"%s"],
    "50 times the same": [b"%s"] * 50,
    "invalid UTF-8": [b"a=\xff\xfe\xed\xa0\x80; %s; b=\xc3\x28"],
    "Latin-1 blanks": [b"\xa0=\xa0;\x85=1; %s"],
    "quotes": [b'a="open; %s; b="'],
    "no pairs": [b";;;; = ; ==; %s; sid"],
}
"""What every server lets through. %s is where the session's cookie stands."""

BEYOND: dict[str, list[bytes]] = {
    "70 KB": [b"x=" + b"A" * 70_000 + b"; %s"],
    "1 MB": [b"x=" + b"A" * 1_000_000 + b"; %s"],
    "10,000 lines": [b"c=1"] * 10_000 + [b"%s"],
    "NUL": [b"\x00=\x00; a=\x00; %s"],
    "controls": [bytes(range(1, 9)) + b"=\x0b\x0c\x1b\x1c\x1d\x1e\x1f\x7f; %s"],
    "a lone CR": [b"a=\r; %s"],
    "a lone LF": [b"a=\n; %s"],
    "folded": [b"a=1;\r\n %s"],
    "a second request": [b"a=1\r\n\r\nGET / HTTP/1.1\r\nCookie: %s"],
}
"""What some servers refuse by themselves, with a 4xx."""


@pytest.mark.parametrize("shape", HARMLESS)
def test_the_session_is_found_among_hostile_neighbours(shape: str, port: int, alice: bytes, joined: bool) -> None:
    lines = [line.replace(b"%s", alice) for line in HARMLESS[shape]]
    assert get(port, *([b"; ".join(lines)] if joined else lines)) == (200, b"alice")


@pytest.mark.parametrize("shape", BEYOND)
def test_what_is_beyond_a_servers_limits_is_no_fault_of_ours(shape: str, port: int, alice: bytes) -> None:
    """A 4xx or an answer, never a 5xx; and the next request is served as ever."""
    status, body = get(port, *(line.replace(b"%s", alice) for line in BEYOND[shape]))
    assert status in REFUSED or (status, body) in {(200, b"alice"), (200, b"nobody")}
    assert get(port, alice) == (200, b"alice")


def test_random_headers(port: int, alice: bytes, joined: bool) -> None:
    """Inputs of the fuzzer as requests, each without our cookie and with it: what the server lets through finds it."""
    random, found = Random(7), 0
    inputs = [data[2:].split(b"\x1e") for data in (*seeds(), *(grammar.request(random) for _ in range(150)))]
    for lines in inputs:
        status, body = get(port, *lines)
        assert status in REFUSED or (status, body) == (200, b"nobody"), lines
        if len(re.findall(rb"[\w-]{43}", b";".join(lines))) < 8:  # more ids than any browser has: none is taken
            status, body = get(port, *([b"; ".join([alice, *lines])] if joined else [alice, *lines]))
            assert status in REFUSED or (status, body) == (200, b"alice"), lines
            found += body == b"alice"
    assert found > 50
    assert get(port, alice) == (200, b"alice")
