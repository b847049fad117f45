"""The same bytes mean the same person, whichever framework reads them."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiohttp import web
from flask import Flask

from sessiontable import AsyncSessionTable, SessionTable
from sessiontable.aiohttp import get_session, setup
from sessiontable.flask import Sessions
from sessiontable.flask import session as flask_session

from .test_aiohttp import served

type Ask = Callable[[bytes], str]

LINES = (
    b"%(a)s", b"x=1; %(a)s", b"x=1;%(a)s", b"%(a)s;", b"; ;%(a)s;;", b"\t%(a)s\t", b" %(a)s ; x", b"%(a)s; x=\"a;b\"",
    b"x=1,%(a)s", b"x=1, %(a)s", b"%(a)s, x=1", b"x=\"%(a)s\"", b"SID=%(av)s", b"sid =%(av)s", b"sid= %(av)s",
    b"sid=\"%(av)s\"", b"sid=%(av)s=", b"=%(a)s", b"sid==%(av)s", b"xsid=%(av)s", b"sid", b"sid=", b"\xa0%(a)s",
    b"%(a)s\xa0", b"caf\xe9=\xff; %(a)s", b"\xc3\xa9=1; %(a)s", b"%(a)s; %(a)s", b"sid=planted; %(a)s", b"%(a)s; sid=",
    b"%(a)s; %(b)s", b"%(b)s; %(a)s", b"sid=" + b"A" * 43 + b"; %(a)s", b"$Version=1; %(a)s; $Path=/", b"%(a)s x",
    b"x[]=1; {y}=2; %(a)s", b"sid=%(av)s; x=" + b"y" * 3000, b"%%73id=%(av)s", b"expires=Mon, 01 Jan; %(a)s",
)  # fmt: skip


@pytest.fixture
def flask(table: SessionTable) -> Ask:
    app = Flask(__name__)
    Sessions(app, table)
    app.add_url_rule("/", view_func=lambda: str(flask_session.user))

    def ask(line: bytes) -> str:
        return (
            app.test_client(use_cookies=False).get("/", environ_overrides={"HTTP_COOKIE": line.decode("latin-1")}).text
        )

    return ask


@pytest.fixture
def aiohttp(async_table: AsyncSessionTable) -> Iterator[Ask]:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text=str((await get_session(request)).user))

    app = web.Application()
    setup(app, async_table)
    app.router.add_get("/", page)
    with served(app) as home:
        port = int(home.rpartition(":")[2])

        def ask(line: bytes) -> str:
            with socket.create_connection(("127.0.0.1", port), 20) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: " + line + b"\r\n\r\n")
                answer = b""
                while piece := connection.recv(65536):
                    answer += piece
            return answer.rpartition(b"\r\n")[2].decode()

        yield ask


@pytest.mark.parametrize("name", ["flask", "aiohttp"])
def test_the_same_bytes(
    name: str, request: pytest.FixtureRequest, table: SessionTable, log_in: Callable[[str], str]
) -> None:
    ask: Ask = request.getfixturevalue(name)
    a, b = log_in("alice").encode(), log_in("bob").encode()
    wrong = {}
    for line in LINES:
        sent = line % {b"a": a, b"av": a[4:], b"b": b}
        right = str(table.open([sent.strip(b" \t").decode("latin-1")]).user)
        if (said := ask(sent)) != right:
            wrong[line] = (said, right)
    assert wrong == {}


def test_it_is_somebody_now_and_then(table: SessionTable, log_in: Callable[[str], str]) -> None:
    """The lines try both: somebody, and nobody."""
    a, b = log_in("alice").encode(), log_in("bob").encode()
    who: list[Any] = [table.open([(line % {b"a": a, b"av": a[4:], b"b": b}).decode("latin-1")]).user for line in LINES]
    assert (who.count("alice"), who.count(None)) == (20, len(LINES) - 20)
