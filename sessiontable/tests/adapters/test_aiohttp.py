"""aiohttp's own server: its ways to answer, each on a real connection."""

from asyncio import Event, new_event_loop, run_coroutine_threadsafe
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from aiohttp import ClientSession, CookieJar, web

from sessiontable import AsyncSessionTable, Cookie, MemoryStore, SessionError, SessionTable
from sessiontable.aiohttp import get_session, setup
from sessiontable.sqlite import SQLiteStore
from tests.plain import SID

from .conftest import Failing

type Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


@contextmanager
def served(app: web.Application) -> Iterator[str]:
    """The app on a loop of its own; where it is."""
    loop, runner = new_event_loop(), web.AppRunner(app, shutdown_timeout=1)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return int(runner.addresses[0][1])

    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{run_coroutine_threadsafe(start(), loop).result(20)}"
    finally:
        run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def site(table: AsyncSessionTable, **pages: Page) -> Iterator[tuple[str, requests.Session]]:
    async def me(request: web.Request) -> web.Response:
        session = await get_session(request)
        return web.json_response({"user": session.user, **session})

    async def login(request: web.Request) -> web.Response:
        session = await get_session(request)
        await session.rotate("alice")
        raise web.HTTPFound("/me")

    async def logout(request: web.Request) -> web.Response:
        _ = (await get_session(request)).revoke()  # begun when it is called
        return web.Response()

    app = web.Application()
    setup(app, table)
    for name, page in {"me": me, "login": login, "logout": logout, **pages}.items():
        app.router.add_get(f"/{name}", page)
    with served(app) as home, requests.Session() as browser:
        yield home, browser


def test_a_person_s_way(tmp_path: Path) -> None:
    """1. values before the login 2. the redirect after it carries the cookie 3. logout, for good."""

    async def buy(request: web.Request) -> web.Response:
        session = await get_session(request)
        session.setdefault("basket", []).append("milk")
        return web.Response(headers={"Cache-Control": "public"})

    with (
        SQLiteStore(tmp_path / "sessions.db") as store,
        site(AsyncSessionTable(store, cookie=SID), buy=buy) as (home, browser),
    ):
        assert browser.get(f"{home}/buy").headers["Cache-Control"] == "no-store"
        before = browser.cookies["sid"]
        seen = browser.get(f"{home}/login")
        assert seen.json() == {"user": "alice", "basket": ["milk"]}
        assert (seen.headers["Cache-Control"], seen.headers["Vary"]) == ("no-store", "Cookie")
        assert browser.cookies["sid"] != before
        browser.get(f"{home}/buy")
        assert browser.get(f"{home}/me").json()["basket"] == ["milk", "milk"]
        last = browser.cookies["sid"]
        browser.get(f"{home}/logout")
        assert requests.get(f"{home}/me", cookies={"sid": last}, timeout=20).json() == {"user": None}


def test_who_does_not_ask_is_served_while_the_store_is_down(store: Failing) -> None:
    async def health(request: web.Request) -> web.Response:
        return web.Response(text="well")

    with site(AsyncSessionTable(store, cookie=SID), health=health) as (home, browser):
        browser.get(f"{home}/login")
        store.down = True
        reply = browser.get(f"{home}/health")
        assert (reply.status_code, "Vary" in reply.headers) == (200, False)
        reply = browser.get(f"{home}/me")
        assert (reply.status_code, reply.headers["Retry-After"], "Set-Cookie" in reply.headers) == (503, "5", False)
        store.down = False
        assert browser.get(f"{home}/me").json()["user"] == "alice"


def test_whoever_has_logged_out_meanwhile_stays_out(store: Failing) -> None:
    async def slow(request: web.Request) -> web.Response:
        session = await get_session(request)
        assert session.user == "alice"
        SessionTable(store, cookie=SID).revoke_all("alice")
        session["x"] = 1
        if "stream" in request.query:
            await web.StreamResponse().prepare(request)
        if "found" in request.query:
            raise web.HTTPFound("/me")
        if "broken" in request.query:
            raise ZeroDivisionError
        return web.Response()

    with site(AsyncSessionTable(store, cookie=SID), slow=slow) as (home, browser):
        for how in ("", "?found", "?broken", "?stream"):
            browser.get(f"{home}/login")
            assert browser.get(f"{home}/slow{how}", allow_redirects=False).status_code == 409
            assert browser.get(f"{home}/me").json() == {"user": None}


def test_an_error_after_the_login(async_table: AsyncSessionTable) -> None:
    async def boom(request: web.Request) -> web.Response:
        await (await get_session(request)).rotate("alice")
        raise ZeroDivisionError

    with site(async_table, boom=boom) as (home, browser):
        assert browser.get(f"{home}/boom").status_code == 500
        assert browser.get(f"{home}/me").json()["user"] == "alice"


def test_a_value_that_cannot_be_stored(async_table: AsyncSessionTable) -> None:
    """It is found out when the reply begins: an error page, and what was done before it holds."""

    async def buy(request: web.Request) -> web.Response:
        session = await get_session(request)
        await session.rotate("alice")
        session["basket"] = "x" * 100_000
        return web.Response()

    with site(async_table, buy=buy) as (home, browser):
        assert browser.get(f"{home}/buy").status_code == 500
        assert browser.get(f"{home}/me").json() == {"user": "alice"}


def test_a_stream_and_a_first_value_too_late(async_table: AsyncSessionTable) -> None:
    async def stream(request: web.Request) -> web.StreamResponse:
        session = await get_session(request)
        assert session.user is None or session.user == "alice"
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            session["late"] = 1
            await session.settle()
            await response.write(b"stored")
        except SessionError as error:
            await response.write(str(error)[:40].encode())
        return response

    with site(async_table, stream=stream) as (home, browser):
        assert browser.get(f"{home}/stream").text == "a new session cookie is needed after the"
        browser.get(f"{home}/login")
        assert browser.get(f"{home}/stream").text == "stored"
        assert browser.get(f"{home}/me").json()["late"] == 1


def test_a_websocket_notices_the_logout(async_table: AsyncSessionTable) -> None:
    async def socket(request: web.Request) -> web.WebSocketResponse:
        session = await get_session(request)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for _ in socket:
            try:
                await session.refresh()
                await socket.send_str(str(session.user))
            except SessionError as error:
                await socket.send_str(type(error).__name__)
        return socket

    async def talk(home: str) -> list[str]:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as client:
            await client.get(f"{home}/login")
            async with client.ws_connect(f"{home}/socket") as connection:
                await connection.send_str("who?")
                first = await connection.receive_str()
                await client.get(f"{home}/logout")
                await connection.send_str("who?")
                return [first, await connection.receive_str()]

    with site(async_table, socket=socket) as (home, _):
        loop = new_event_loop()
        try:
            assert loop.run_until_complete(talk(home)) == ["alice", "SessionGone"]
        finally:
            loop.close()


def test_an_app_within_has_the_same_session(async_table: AsyncSessionTable) -> None:
    """Whether it has been set up with the table too, or not."""

    async def who(request: web.Request) -> web.Response:
        session = await get_session(request)
        session["seen"] = request.path
        return web.json_response({"user": session.user})

    async def login(request: web.Request) -> web.Response:
        await (await get_session(request)).rotate("alice")
        return web.Response()

    app, twice, once = web.Application(), web.Application(), web.Application()
    for each in (app, twice):
        setup(each, async_table)
    app.router.add_get("/login", login)
    twice.router.add_get("/who", who)
    once.router.add_get("/who", who)
    app.add_subapp("/twice/", twice)
    app.add_subapp("/once/", once)
    with served(app) as home, requests.Session() as browser:
        assert browser.get(f"{home}/login").headers["Set-Cookie"].count("sid=") == 1
        for place in ("twice", "once"):
            assert browser.get(f"{home}/{place}/who").json() == {"user": "alice"}


def test_an_app_within_has_a_session_of_its_own(async_table: AsyncSessionTable) -> None:
    """With a table and a cookie of its own: both cookies go out, also where the one around is used afterwards."""
    admin = AsyncSessionTable(MemoryStore(), cookie=Cookie("admin", secure=False))

    async def count(request: web.Request) -> int:
        session = await get_session(request)
        return int(await session.update("n", lambda n: (n or 0) + 1))

    async def page(request: web.Request) -> web.Response:
        return web.json_response([await count(request)])

    @web.middleware
    async def around(request: web.Request, handler: Any) -> web.StreamResponse:
        reply: web.Response = await handler(request)
        reply.headers["X-Outside"] = str(await count(request))
        return reply

    app, inner = web.Application(middlewares=[around]), web.Application()
    setup(app, async_table)
    setup(inner, admin)
    inner.router.add_get("/page", page)
    app.add_subapp("/admin/", inner)
    with served(app) as home, requests.Session() as browser:
        for n in (1, 2, 3):
            reply = browser.get(f"{home}/admin/page")
            assert (reply.json(), reply.headers["X-Outside"]) == ([n], str(n))
        assert sorted(browser.cookies.keys()) == ["admin", "sid"]


def test_what_is_missing_is_told(table: SessionTable) -> None:
    with pytest.raises(SessionError, match="give an AsyncSessionTable"):
        setup(web.Application(), table)  # type: ignore[arg-type]

    seen: list[Any] = []

    async def page(request: web.Request) -> web.Response:
        with pytest.raises(SessionError, match=r"call sessiontable.aiohttp.setup\(app, table\)"):
            await get_session(request)
        seen.append(Event)
        return web.Response()

    app = web.Application()
    app.router.add_get("/", page)
    with served(app) as home:
        requests.get(home, timeout=20)
    assert seen
