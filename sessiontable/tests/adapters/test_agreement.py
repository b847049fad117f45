"""The same bytes mean the same person in every adapter, on every server: one table of Cookie headers.

The kinds are those of the http-state working group's tests of cookie parsers (name, value, quotes, commas, blanks, octets,
attributes sent back), turned round: what a browser may send, beside ours. `{a}` is Alice's id, `{m}` a living one of
Mallory's, `{x}` one that nobody issued.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from http.server import BaseHTTPRequestHandler
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from sessiontable import AsyncSessionTable, MemoryStore, SessionTable
from sessiontable.asgi import SessionMiddleware
from sessiontable.httpserver import SessionMixin
from sessiontable.wsgi import KEY
from sessiontable.wsgi import SessionMiddleware as WSGIMiddleware
from tests.plain import SID
from tests.serving import asgi_server, http_server, wsgi_server

ALICE: dict[str, str] = {
    "alone": "sid={a}",
    "first of two": "sid={a}; a=b",
    "last of two": "a=b; sid={a}",
    "no blank": "a=b;sid={a};z=y",
    "many blanks": "a=b ;   sid = {a}   ; z=y",
    "a tab": "a=b;\tsid=\t{a}\t; z=y",
    "a semicolon at the end": "sid={a};",
    "semicolons": ";;; ; sid={a}; ;;",
    "an empty name": "=x; sid={a}; =",
    "an empty value": "x=; sid={a}; y=",
    "no equals sign": "foo; sid={a}; bar",
    "equals signs": "A=== BC; sid={a}; b==",
    "a quoted neighbour": 'q="zzz "; sid={a}; p="A"',
    "a quote that never ends": 'q="zz; sid={a}',
    "a semicolon in quotes": 'q="a;b"; sid={a}',
    "quotes and backslashes": '"BLA\\"HHH"; sid={a}',
    "ours in quotes of a neighbour": 'q="; sid={a}; r="',
    "commas": "a=b, c=d; sid={a}; e=f, g",
    "a comma before": "a=b,c; sid={a}",
    "attributes sent back": "$Version=1; sid={a}; $Path=/; $Domain=shop.test; Path=/; Secure; Max-Age=50,399",
    "dates": "e=Fri, 07 Aug 2019 08:04:19 GMT; sid={a}",
    "octets": "c=\xe6\x98\xa5\xe8\x8a\x82; sid={a}; \xe6\x98\xa5=x",
    "octets that are no UTF-8": "c=\xff\xfe\xc3; sid={a}",
    "octets that are blanks in Latin-1": "\xa0=\x85; sid={a}; x=\xa0",
    "names that begin as ours": "sid2=x; sidd=y; sid_=z; sid={a}",
    "names that end as ours": "xsid=x; __Host-sid=y; .sid=z; sid={a}",
    "ours in another case": "SID={x}; Sid={m}; sid={a}",
    "a foreign one of our name": "sid=s%3A0f1d.neighbour; sid={a}",
    "one in our form that nobody issued": "sid={x}; sid={a}; sid={x}",
    "ours twice": "sid={a}; sid={a}",
    "an empty one of our name": "sid=; sid={a}; sid",
    "brackets": "a[b]=c; {{x}}=<y>; sid={a}",
    "a hundred neighbours": "; ".join(f"c{n}={n}" for n in range(100)) + "; sid={a}",
    "four thousand octets": "x=" + "y" * 4000 + "; sid={a}",
}
NOBODY: dict[str, str] = {
    "empty": "",
    "nothing but blanks": "   ",
    "one that nobody issued": "sid={x}",
    "in quotes": 'sid="{a}"',
    "percent-encoded": "sid=%7B{a}",
    "cut": "sid={a0}",
    "longer": "sid={a}A",
    "in another case": "SID={a}",
    "behind a comma": "seen=a,sid={a}",
    "behind a comma and a blank": "seen=a, sid={a}",
    "before a comma": "sid={a},seen=a",
    "in a value": "next=/login?sid={a}",
    "in a quoted value": 'q="sid={a}"',
    "as a name": "{a}=sid",
    "without an equals sign": "sid {a}",
    "with two": "sid=={a}",
    "after an octet": "a=b; \xa0sid={a}",
    "with a blank inside": "sid={a1} {a2}",
    "Alice's and Mallory's": "sid={a}; sid={m}",
    "Mallory's and Alice's": "sid={m}; sid={a}",
    "Mallory's behind a comma": "seen=x,sid={m}; b=c",
}


def _app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    body = str(environ[KEY].user).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


async def _async_app(scope: Any, receive: Any, send: Any) -> None:
    body = str(scope["session"].user).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


STORE = MemoryStore()
TABLE, ASYNC_TABLE = SessionTable(STORE, cookie=SID), AsyncSessionTable(STORE, cookie=SID)


class _Handler(SessionMixin, BaseHTTPRequestHandler):
    session_table = TABLE

    def do_GET(self) -> None:
        body = str(self.session.user).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class named it)
        pass


SERVERS: dict[str, Callable[[], AbstractContextManager[int]]] = {
    "http.server": lambda: http_server(_Handler),
    "uvicorn, h11": lambda: asgi_server(SessionMiddleware(_async_app, ASYNC_TABLE), "h11"),
    "uvicorn, httptools": lambda: asgi_server(SessionMiddleware(_async_app, ASYNC_TABLE), "httptools"),
    "wsgiref": lambda: wsgi_server(WSGIMiddleware(_app, TABLE), "wsgiref"),
    "waitress": lambda: wsgi_server(WSGIMiddleware(_app, TABLE), "waitress"),
}


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    with ExitStack() as servers:
        yield {name: servers.enter_context(serve()) for name, serve in SERVERS.items()}


@pytest.fixture(scope="module")
def ids() -> dict[str, str]:
    found = {}
    for letter, user in (("a", "alice"), ("m", "mallory")):
        session = TABLE.open([])
        session.rotate(user)
        found[letter] = session.set_cookies[0].partition(";")[0].removeprefix("sid=")
    a = found["a"]
    return found | {"x": "X" * 43, "a0": a[:-1], "a1": a[:20], "a2": a[20:]}


def answer(port: int, line: bytes) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nCookie: " + line + b"\r\n\r\n")
        reply = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1."), reply[:200]
    assert head.split()[1] == b"200", reply[:200]
    return body.decode()


@pytest.mark.parametrize(
    ("user", "header"),
    [pytest.param("alice", header, id=name) for name, header in ALICE.items()]
    + [pytest.param("None", header, id=name) for name, header in NOBODY.items()],
)
def test_the_same_bytes_are_the_same_person(user: str, header: str, ports: dict[str, int], ids: dict[str, str]) -> None:
    line = header.format(**ids)
    assert str(TABLE.open([line]).user) == user
    assert {name: answer(port, line.encode("latin-1")) for name, port in ports.items()} == dict.fromkeys(ports, user)
