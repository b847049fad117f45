"""A request that asks nothing of its session costs no look-up and needs no store; who asks is looked up, ahead where it must be."""

import asyncio
import time
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from sessiontable import AsyncSessionTable, Cookie, MemoryStore, Record, SessionTable, StoreUnavailable
from sessiontable.asgi import SessionMiddleware
from sessiontable.logic.inline import Inline
from sessiontable.redis import RedisStore
from tests.contract.redis_server import redis_server
from tests.plain import SID
from tests.tools import need

from .client import Client
from .conftest import Failing, LogIn


class Counting(Inline):
    """A store that has to be awaited and counts its look-ups."""

    reads = 0
    down = False

    async def read(self, key: bytes, now: float) -> Record | None:
        self.reads += 1
        await asyncio.sleep(0)
        if self.down:
            raise StoreUnavailable("down")
        return await super().read(key, now)


async def health(request: Any) -> PlainTextResponse:
    return PlainTextResponse("well", headers={"Cache-Control": "public, max-age=60"})


async def who(request: Any) -> PlainTextResponse:
    return PlainTextResponse(str(request.session.user))


async def awaited(request: Any) -> PlainTextResponse:
    await request.session.load()
    return PlainTextResponse(str(request.session.user))


async def login(request: Any) -> PlainTextResponse:
    await request.session.rotate("alice")
    return PlainTextResponse("in")


async def caught(request: Any) -> PlainTextResponse:
    try:
        return PlainTextResponse(str(request.session.user))
    except StoreUnavailable:
        return PlainTextResponse("later")


VIEWS = (health, who, awaited, login, caught)
ROUTES = [Route(f"/{view.__name__}", view) for view in VIEWS]
ROUTES += [Route(f"/app/{view.__name__}", view) for view in VIEWS]


def app(table: AsyncSessionTable, **more: Any) -> Any:
    return SessionMiddleware(Starlette(routes=ROUTES), table, **more)


@pytest.mark.parametrize("ahead", [False, True])
def test_while_the_store_is_down_only_who_asks_is_turned_away(ahead: bool) -> None:
    store = Counting(MemoryStore())
    client = Client(app(AsyncSessionTable(store, cookie=SID), ahead=ahead))
    assert client.get("/login").text == "in"
    store.down, store.reads = True, 0
    reply = client.get("/health")
    assert (reply.status, reply.all("cache-control"), reply.all("vary")) == (200, ["public, max-age=60"], [])
    assert store.reads == (1 if ahead else 0)
    assert client.get("/awaited").status == 503
    if ahead:
        assert client.get("/caught").text == "later"
    store.down = False
    assert client.get("/awaited").text == "alice"


def test_asked_ahead_there_is_one_look_up() -> None:
    store = Counting(MemoryStore())
    client = Client(app(AsyncSessionTable(store, cookie=SID), ahead=True))
    client.get("/login")
    store.reads = 0
    for path in ("/who", "/awaited", "/caught"):
        assert client.get(path).text == "alice"
    assert store.reads == 3


def test_redis_is_asked_ahead_where_it_was_asked_before() -> None:
    """The first request of a part of the site is looked up on the spot, and from then on none has to wait for that."""
    need("redis-server")
    with redis_server() as server, RedisStore(server.url) as store:
        table = AsyncSessionTable(store, cookie=SID)
        middleware = app(table)
        on_the_spot: list[bytes] = []
        assert isinstance(table.blocking, Inline)
        read = table.blocking.at_once

        def counted(key: bytes, now: float) -> Record | None:
            on_the_spot.append(key)
            return read(key, now)

        table.blocking.at_once = counted
        client = Client(middleware)
        client.get("/login")
        assert [client.get(path).text for path in ("/health", "/app/who", "/app/who", "/app/health", "/who")] == [
            "well", "alice", "alice", "well", "alice",
        ]  # fmt: skip
        assert len(on_the_spot) == 2  # /app and /who


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("path", ["/asks", "/static"])
def test_a_log_around_it_may_ask_who_it_was(
    path: str, streamed: bool, async_table: AsyncSessionTable, log_in: LogIn
) -> None:
    """It runs when the reply has begun, and its answer can be in no reply. A page that the app has made well is served."""
    lines: list[str] = []

    class Log(BaseHTTPMiddleware):
        async def dispatch(self, request: Any, call_next: Any) -> Any:
            reply = await call_next(request)
            lines.append(f"{request.url.path} {request.session.user}")
            return reply

    async def pieces() -> Any:
        for _ in range(3):
            await asyncio.sleep(0.002)
            yield b"x"

    async def page(request: Any) -> Any:
        if request.url.path == "/asks":
            assert request.session.user == "alice"
        headers = {"Cache-Control": "public, max-age=60"} if request.url.path == "/static" else {}
        return StreamingResponse(pieces(), headers=headers) if streamed else PlainTextResponse("xxx", headers=headers)

    site = Starlette(
        routes=[Route("/asks", page), Route("/static", page)],
        middleware=[Middleware(Log), Middleware(SessionMiddleware, table=async_table)],
    )
    name, _, value = log_in("alice").partition("=")
    reply = Client(site, cookies={name: value}).get(path)
    assert (reply.status, reply.text, reply.raised) == (200, "xxx", None)
    assert reply.all("cache-control") == (["no-store"] if path == "/asks" else ["public, max-age=60"])
    assert lines == [f"{path} alice"]


def test_a_page_that_asks_only_in_its_body_is_an_error(async_table: AsyncSessionTable, log_in: LogIn) -> None:
    """Its header is out, without what keeps it from caches."""

    async def page(request: Any) -> Any:
        async def pieces() -> Any:
            yield b"hello "
            yield str(request.session.user).encode()

        return StreamingResponse(pieces())

    name, _, value = log_in("alice").partition("=")
    site = Starlette(routes=[Route("/", page)], middleware=[Middleware(SessionMiddleware, table=async_table)])
    reply = Client(site, cookies={name: value}).get("/")
    assert reply.text == "hello "
    assert "asked for after the reply had begun" in str(reply.raised)


def test_an_app_within_uses_the_same_session(store: Failing) -> None:
    async_table, other = AsyncSessionTable(store, cookie=SID), AsyncSessionTable(MemoryStore(), cookie=SID)
    seen: list[bool] = []

    async def page(scope: Any, receive: Any, send: Any) -> None:
        await scope["session"].write("inner", 1)
        seen.append(scope["session"].is_of(async_table))
        await PlainTextResponse("x")(scope, receive, send)

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        await scope["session"].write("outer", 1)
        await SessionMiddleware(page, async_table)(scope, receive, send)

    reply = Client(SessionMiddleware(outer, async_table)).get("/")
    assert (reply.status, len(reply.all("set-cookie")), len(store)) == (200, 1, 1)

    async def apart(scope: Any, receive: Any, send: Any) -> None:
        await SessionMiddleware(page, other)(dict(scope), receive, send)

    Client(SessionMiddleware(apart, async_table)).get("/")
    assert seen == [True, False]


def test_an_app_within_has_a_session_of_its_own(store: Failing) -> None:
    """With a table and a cookie of its own; the one around it has its session before and after. One name for two is an error."""
    admin = AsyncSessionTable(MemoryStore(), cookie=Cookie("admin", secure=False))
    outer = AsyncSessionTable(store, cookie=SID)

    async def put(request: Request) -> Response:
        request.session["n"] = request.session.get("n", 0) + 1
        return PlainTextResponse(str(request.session["n"]))

    class Around(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: Any) -> Response:
            request.session["outside"] = request.session.get("outside", 0) + 1
            reply: Response = await call_next(request)
            return reply

    def app(within: AsyncSessionTable) -> Starlette:
        inner = Starlette(routes=[Route("/put", put)])
        inner.add_middleware(SessionMiddleware, table=within)
        app = Starlette(routes=[Mount("/admin", inner)])
        app.add_middleware(Around)
        app.add_middleware(SessionMiddleware, table=outer)
        return app

    client = Client(app(admin))
    for n in (1, 2):
        assert client.get("/admin/put").text == str(n)
        assert sorted(client.cookies) == ["admin", "sid"]
    assert [dict(record.values) for _, record in store.sessions(time.time())] == [{"outside": "2"}]
    reply = Client(app(AsyncSessionTable(store, cookie=SID))).get("/admin/put")
    assert "scope['session'] has been replaced" in str(reply.raised)


def test_a_file_that_the_server_sends_by_itself_is_handed_to_it(table: SessionTable) -> None:
    """wsgi.file_wrapper: in a wrapper of ours the server would not know it again."""
    from wsgiref.util import FileWrapper, setup_testing_defaults

    from sessiontable.wsgi import KEY
    from sessiontable.wsgi import SessionMiddleware as WSGIMiddleware

    file = FileWrapper(__import__("io").BytesIO(b"a film"))
    told: list[Any] = []

    def app(environ: Any, start_response: Any) -> Any:
        environ[KEY].rotate("alice")
        start_response("200 OK", [])
        return file

    environ: dict[str, Any] = {"wsgi.file_wrapper": FileWrapper}
    setup_testing_defaults(environ)
    pieces = WSGIMiddleware(app, table)(environ, lambda *said: told.append(said))  # type: ignore[arg-type]
    assert pieces is file
    assert [name for name, _ in told[0][1]] == ["Set-Cookie", "Cache-Control", "Vary"]
