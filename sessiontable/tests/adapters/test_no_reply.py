"""A login whose cookie never goes out is taken back, whatever kept it in: the visitor's own session goes on as before."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

import pytest
from aiohttp import web

from sessiontable import AsyncSessionTable, SessionTable, StoreUnavailable
from sessiontable.aiohttp import get_session, setup
from sessiontable.asgi import SessionMiddleware
from sessiontable.httpserver import SessionMixin
from sessiontable.wsgi import KEY
from sessiontable.wsgi import SessionMiddleware as WSGIMiddleware
from tests.serving import http_server

from .browser import Browser
from .conftest import Failing

START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}


@pytest.fixture
def basket(table: SessionTable) -> str:
    """The cookie of a visitor with a basket."""
    session = table.open([])
    session["basket"] = ["tea"]
    return session.set_cookies[0].partition(";")[0]


@pytest.fixture
def as_before(table: SessionTable, store: Failing, basket: str) -> Callable[[], bool]:
    def as_before() -> bool:
        session = table.open([basket])
        return (session.user, dict(session), len(store)) == (None, {"basket": ["tea"]}, 1)

    return as_before


async def _rejects(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.close", "code": 1008})


async def _hangs(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(10)


async def _says_nothing(scope: Any, receive: Any, send: Any) -> None:
    pass


async def _answers(scope: Any, receive: Any, send: Any) -> None:
    await send(START)


async def _stops(scope: Any, receive: Any, send: Any) -> None:
    raise SystemExit


async def _meets_a_store_that_is_down(scope: Any, receive: Any, send: Any) -> None:
    raise StoreUnavailable("a time-out")


@pytest.mark.parametrize(
    "app",
    [_rejects, _hangs, _says_nothing, _answers, _stops, _meets_a_store_that_is_down],
    ids=lambda app: app.__name__,
)
def test_asgi(app: Any, async_table: AsyncSessionTable, basket: str, as_before: Callable[[], bool]) -> None:
    """A handshake that was rejected, a time-out around the app, no reply, a server that refuses the header, an end of it
    all; and a refusal, which carries no cookie.
    """

    async def login(scope: Any, receive: Any, send: Any) -> None:
        await scope["session"].rotate("alice")
        await app(scope, receive, send)

    async def send(message: Any) -> None:
        if message.get("status") == 200:
            raise RuntimeError("Invalid HTTP header value.")
        assert as_before()  # when the client hears of it

    async def told() -> None:
        kind = "websocket" if app is _rejects else "http"
        scope: Any = {"type": kind, "scheme": "http", "path": "/", "headers": [(b"cookie", basket.encode())]}
        async with asyncio.timeout(0.05):
            await SessionMiddleware(login, async_table)(scope, lambda: asyncio.sleep(10), send)

    with suppress(TimeoutError, RuntimeError, SystemExit):
        asyncio.run(told())
    assert as_before()


class _Timeout(BaseException):
    """As that of gevent."""


@pytest.mark.parametrize("how", ["time-out", "no reply", "refused header", "not read", "store"])
def test_wsgi(how: str, table: SessionTable, basket: str, as_before: Callable[[], bool]) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[KEY].rotate("alice")
        if how == "time-out":
            raise _Timeout
        if how == "store":
            raise StoreUnavailable("a time-out")
        if how != "no reply":
            start_response("200 OK", [("Connection", "close")])
        return iter([b"x"])

    def start_response(status: str, headers: Any, *exc_info: Any) -> Any:
        if how == "refused header":
            raise AssertionError("hop-by-hop")
        return lambda _: None

    environ: WSGIEnvironment = {"HTTP_COOKIE": basket}
    setup_testing_defaults(environ)
    with suppress(_Timeout, AssertionError):
        body: Any = WSGIMiddleware(app, table)(environ, start_response)
        try:
            if how != "not read":
                list(body)
        finally:
            getattr(body, "close", lambda: None)()
    assert as_before()


@pytest.mark.parametrize("by_hand", [True, False])
def test_http_server(by_hand: bool, table: SessionTable, basket: str, as_before: Callable[[], bool]) -> None:
    """Written by hand, past the header lines: then the log says so, too."""
    said = []

    class Handler(SessionMixin, BaseHTTPRequestHandler):
        session_table = table

        def do_GET(self) -> None:
            self.session.rotate("alice")
            if not by_hand:
                raise StoreUnavailable("a time-out")
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi")

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except Exception as error:
                said.append(str(error))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class named it)
            pass

    with http_server(Handler) as port:
        status = Browser(port, basket).get().status
    assert status == (200 if by_hand else 503)
    assert as_before()
    assert [error.partition(",")[0] for error in said] == (
        ["a reply that was written by hand went out without the new session cookie"] if by_hand else []
    )


def test_http_server_by_hand_with_the_lines(table: SessionTable, store: Failing) -> None:
    """Then all is well, and what is changed within a list after that is stored."""

    class Handler(SessionMixin, BaseHTTPRequestHandler):
        session_table = table

        def do_GET(self) -> None:
            basket = self.session.setdefault("basket", [])
            self.session.rotate("alice")
            lines = "".join(f"{name}: {value}\r\n" for name, value in self.session_headers())
            self.wfile.write(f"HTTP/1.0 200 OK\r\n{lines}Content-Length: 2\r\n\r\nhi".encode())
            basket.append("tea")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class named it)
            pass

    with http_server(Handler) as port:
        browser = Browser(port)
        browser.get()
    found = table.open([browser.cookie or ""])
    assert (found.user, dict(found)) == ("alice", {"basket": ["tea"]})


def test_aiohttp(async_table: AsyncSessionTable, basket: str, as_before: Callable[[], bool]) -> None:
    """A handler that is cancelled, and a refusal."""

    async def told() -> None:
        async def login(request: web.Request) -> web.Response:
            await (await get_session(request)).rotate("alice")
            if request.query_string:
                raise StoreUnavailable("a time-out")
            await asyncio.sleep(10)
            return web.Response()

        @web.middleware
        async def hurry(request: web.Request, handler: Any) -> web.StreamResponse:
            async with asyncio.timeout(0.05):
                return await handler(request)  # type: ignore[no-any-return]

        app = web.Application(middlewares=[])
        app.router.add_get("/", login)
        setup(app, async_table)
        app.middlewares.insert(0, hurry)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        for query, status in (("", 504), ("?x", 503)):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET /{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: {basket}\r\n\r\n".encode())
            assert int((await reader.read()).split()[1]) == status
            writer.close()
            assert as_before()
        await runner.cleanup()

    logging.getLogger("aiohttp.server").disabled = True
    asyncio.run(told())
