"""An app that fails after a login or a first value: the cookie goes out with the error page, or what needed it is taken back.

Never silence, and never a dead old id with a new one that nobody knows.
"""

import re
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from sessiontable import AsyncSessionTable, SessionGone, SessionTable, StoreUnavailable
from sessiontable.asgi import SessionMiddleware
from sessiontable.httpserver import SessionMixin
from sessiontable.wsgi import KEY
from sessiontable.wsgi import SessionMiddleware as WSGIMiddleware
from tests.serving import http_server

from .browser import Browser
from .client import Client
from .conftest import Failing, LogIn


async def basket(request: Any) -> Response:
    await request.session.write("basket", ["tea"])
    return PlainTextResponse("done")


async def login(request: Any) -> Response:
    await request.session.rotate("alice")
    raise ZeroDivisionError("the mail server is down")


async def flash(request: Any) -> Response:
    request.session["flash"] = "x"
    raise ZeroDivisionError


async def boom(request: Any) -> Response:
    raise ZeroDivisionError


async def who(request: Any) -> Response:
    return PlainTextResponse(f"{request.session.user} {dict(request.session)}")


def sorry(request: Any, error: Exception) -> Response:
    request.session["flash"] = "something went wrong"
    return PlainTextResponse(f"sorry, {request.session.user}", status_code=500)


async def sorry_async(request: Any, error: Exception) -> Response:
    await request.session.write("flash", "something went wrong")
    return PlainTextResponse(f"sorry, {request.session.user}", status_code=500)


ROUTES: Any = [Route(f"/{view.__name__}", view) for view in (basket, login, flash, boom, who)]


def starlette(table: AsyncSessionTable, **more: Any) -> Any:
    return Starlette(routes=ROUTES, middleware=[Middleware(SessionMiddleware, table=table)], **more)


def fastapi(table: AsyncSessionTable, **more: Any) -> Any:
    app = FastAPI(routes=ROUTES, **more)
    app.add_middleware(SessionMiddleware, table=table)
    return app


def outside(table: AsyncSessionTable, **more: Any) -> Any:
    return SessionMiddleware(Starlette(routes=ROUTES, **more), table)


def mounted(table: AsyncSessionTable, **more: Any) -> Any:
    """The middleware is in the outer app, and the error in the inner one."""
    inner = Starlette(routes=ROUTES)
    return Starlette(
        routes=[Mount("/in", inner), *ROUTES], middleware=[Middleware(SessionMiddleware, table=table)], **more
    )


APPS = [starlette, fastapi, outside, mounted]


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("handler", [None, sorry, sorry_async, "debug"])
def test_the_cookie_goes_out_with_the_error_page(app: Any, handler: Any, async_table: AsyncSessionTable) -> None:
    more = {"debug": True} if handler == "debug" else {"exception_handlers": {Exception: handler} if handler else {}}
    client = Client(app(async_table, **more))
    client.get("/basket")
    reply = client.get("/login")
    assert (reply.status, reply.all("cache-control")) == (500, ["no-store"])
    assert isinstance(reply.raised, ZeroDivisionError)  # the server logs it
    assert client.get("/who").text.startswith("alice {'basket': ['tea']")
    if callable(handler):
        assert reply.text == "sorry, alice"


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("handler", [sorry, sorry_async])
def test_what_an_error_page_stores_or_shows_is_kept_apart(
    app: Any, handler: Any, async_table: AsyncSessionTable
) -> None:
    """A page that says who this is must stay out of caches, and a message for the next page must be found there."""
    client = Client(app(async_table, exception_handlers={500: handler}))
    reply = client.get("/boom")
    assert (reply.status, reply.text) == (500, "sorry, None")
    assert (reply.all("cache-control"), reply.all("vary")) == (["no-store"], ["Cookie"])
    assert client.get("/who").text == "None {'flash': 'something went wrong'}"


def test_an_error_that_has_nothing_to_do_with_sessions_is_as_ever(async_table: AsyncSessionTable) -> None:
    reply = Client(starlette(async_table)).get("/boom")
    assert (reply.status, reply.text) == (500, "Internal Server Error")
    assert not {"set-cookie", "cache-control", "vary"} & {name for name, _ in reply.headers}


@pytest.mark.parametrize(
    "fail",
    [lambda session: session.rotate("alice"), lambda session: session.write("x", 1)],
    ids=["login", "first value"],
)
def test_where_nobody_makes_a_page_it_is_taken_back(
    fail: Any, async_table: AsyncSessionTable, store: Failing, log_in: LogIn
) -> None:
    """Bare ASGI: the server answers 500 by itself, without a cookie. The visitor's own session goes on as before."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/basket":
            await scope["session"].write("basket", ["tea"])
            await PlainTextResponse(str(scope["session"].read("basket")))(scope, receive, send)
            return
        if scope["path"] == "/who":
            await PlainTextResponse(f"{scope['session'].user} {dict(scope['session'])}")(scope, receive, send)
            return
        await fail(scope["session"])
        raise ZeroDivisionError

    client = Client(SessionMiddleware(app, async_table))
    assert client.get("/fails").status == 0
    assert len(store) == 0
    client.get("/basket")
    assert client.get("/fails").status == 0
    assert client.get("/who").text.startswith("None {'basket': ['tea']")
    assert len(store) == 1


def environ(cookie: str, path: str) -> WSGIEnvironment:
    made: WSGIEnvironment = {"HTTP_COOKIE": cookie, "PATH_INFO": path}
    setup_testing_defaults(made)
    return made


@pytest.mark.parametrize("late", [False, True], ids=["at once", "in the body"])
def test_wsgi_takes_it_back(late: bool, table: SessionTable, store: Failing) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[KEY].rotate("alice")
        if late:
            return generated(start_response)
        raise ZeroDivisionError

    def generated(start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        raise ZeroDivisionError
        yield b""

    visit = table.open([])
    visit.write("basket", ["tea"])
    cookie = visit.set_cookies[0].partition(";")[0]
    with pytest.raises(ZeroDivisionError):
        list(WSGIMiddleware(app, table)(environ(cookie, "/"), lambda *_: lambda _: None))
    again = table.open([cookie])
    assert (again.user, dict(again), len(store)) == (None, {"basket": ["tea"]}, 1)


def test_http_server_takes_it_back(table: SessionTable, store: Failing) -> None:
    class Handler(SessionMixin, BaseHTTPRequestHandler):
        session_table = table

        def do_GET(self) -> None:
            self.session.rotate("alice")
            raise ConnectionError("the mail server is down")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class named it)
            pass

    with http_server(Handler) as port, pytest.raises(OSError):  # noqa: PT011 (it hangs up)
        Browser(port).get()
    assert len(store) == 0


@pytest.mark.parametrize(
    ("errors", "status"),
    [
        ([SessionGone("x")], 409),
        ([StoreUnavailable("x"), StoreUnavailable("y")], 503),
        ([ExceptionGroup("inner", [SessionGone("x")])], 409),
        ([StoreUnavailable("x"), ZeroDivisionError()], 500),
    ],
)
def test_a_group_of_errors_counts_as_what_is_in_it(
    errors: list[Exception], status: int, async_table: AsyncSessionTable
) -> None:
    """Whoever asks the session within a TaskGroup gets its errors so."""

    async def grouped(request: Any) -> Response:
        raise ExceptionGroup("tasks", errors)

    app = Starlette(routes=[Route("/", grouped)], middleware=[Middleware(SessionMiddleware, table=async_table)])
    assert Client(app).get("/").status == status


def test_a_session_that_was_replaced_is_an_error(async_table: AsyncSessionTable, store: Failing) -> None:
    """As Litestar's `clear_session` does: neither a logout nor a cleared session would come of it."""

    async def replaced(request: Any) -> Response:
        request.scope["session"] = {}
        return PlainTextResponse("logged out")

    app = Starlette(routes=[Route("/", replaced)], middleware=[Middleware(SessionMiddleware, table=async_table)])
    reply = Client(app).get("/")
    assert reply.status in {0, 500}
    assert "scope['session'] has been replaced by {}" in str(reply.raised)


@pytest.mark.parametrize("proxy", ["", "http", "https"])
def test_a_secure_cookie_over_plain_http_is_an_error(proxy: str, store: Failing) -> None:
    """The browser would drop it, and the login would only seem to work. Behind a proxy with TLS all is well."""
    table = AsyncSessionTable(store)

    async def enter(request: Any) -> Response:
        await request.session.rotate("alice")
        return PlainTextResponse("in")

    app = Starlette(routes=[Route("/", enter)], middleware=[Middleware(SessionMiddleware, table=table)])
    reply = Client(app, headers=[("x-forwarded-proto", proxy)] if proxy else []).get("/")
    if proxy == "https":
        assert reply.all("set-cookie")[0].startswith("__Host-sessiontable=")
    else:
        assert re.search(r"came over plain http: .*Cookie\(secure=False\)", str(reply.raised))
        assert len(store) == 0
    assert Client(app, scheme="https").get("/").text == "in"
