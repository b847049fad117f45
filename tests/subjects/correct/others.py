"""aiohttp, Litestar and Tornado: frameworks with sessions of other kinds."""

import secrets
from typing import Any

from .page import LOGIN, front, right


def aiohttp_table() -> Any:
    """aiohttp on the session table, in its own loop."""
    from aiohttp import web

    from sessiontable import AsyncSessionTable, Cookie, MemoryStore
    from sessiontable.aiohttp import get_session, setup

    notes: dict[str, str] = {}

    def page(text: str, status: int = 200) -> web.Response:
        return web.Response(text=text, content_type="text/html", status=status)

    async def home(request: web.Request) -> web.Response:
        user = (await get_session(request)).user
        return page(front(str(user), notes.get(str(user), "")) if user else front(None, ""))

    async def form(request: web.Request) -> web.Response:
        return page(LOGIN)

    async def login(request: web.Request) -> web.StreamResponse:
        sent = await request.post()
        if not right(str(sent["user"]), str(sent["password"])):
            return page(LOGIN, 401)
        await (await get_session(request)).rotate(str(sent["user"]))
        return web.Response(status=302, headers={"Location": "/"})

    async def write(request: web.Request) -> web.StreamResponse:
        user = (await get_session(request)).user
        if user is None:
            return page("log in first", 401)
        notes[str(user)] = str((await request.post())["note"])
        return web.Response(status=302, headers={"Location": "/"})

    async def logout(request: web.Request) -> web.StreamResponse:
        await (await get_session(request)).revoke()
        return web.Response(status=302, headers={"Location": "/"})

    app = web.Application()
    setup(app, AsyncSessionTable(MemoryStore(), cookie=Cookie("sid", secure=False)))
    app.add_routes([
        web.get("/", home), web.get("/login", form), web.post("/login", login), web.post("/note", write),
        web.post("/logout", logout),
    ])  # fmt: skip
    return app


def litestar_cart() -> Any:
    """Litestar, whose own session only counts visits and ends at each login and logout; who is logged in says a ticket
    in a cookie of its own.
    """
    from litestar import Litestar, MediaType, Request, Response, get, post
    from litestar.middleware.session.server_side import ServerSideSessionConfig

    tickets: dict[str, str] = {}
    notes: dict[str, str] = {}

    def who(request: Request[Any, Any, Any]) -> str | None:
        return tickets.get(request.cookies.get("ticket", ""))

    def page(text: str, status: int = 200) -> Response[str]:
        return Response(text, media_type=MediaType.HTML, status_code=status, headers={"Cache-Control": "no-store"})

    def away() -> Response[str]:
        return Response("", status_code=303, headers={"Location": "/"})

    @get("/")
    async def home(request: Request[Any, Any, Any]) -> Response[str]:
        user = who(request)
        request.session["seen"] = request.session.get("seen", 0) + 1
        return page(front(user, notes.get(user, "") if user else ""))

    @get("/login")
    async def form() -> Response[str]:
        return page(LOGIN)

    @post("/login")
    async def login(request: Request[Any, Any, Any]) -> Response[str]:
        sent = await request.form()
        if not right(sent["user"], sent["password"]):
            return page(LOGIN, 401)
        tickets.pop(request.cookies.get("ticket", ""), None)
        ticket = secrets.token_urlsafe(24)
        tickets[ticket] = sent["user"]
        request.clear_session()
        response = away()
        response.set_cookie("ticket", ticket, httponly=True, samesite="lax")
        return response

    @post("/note")
    async def write(request: Request[Any, Any, Any]) -> Response[str]:
        user = who(request)
        if user is None:
            return page("log in first", 401)
        notes[user] = (await request.form())["note"]
        return away()

    @post("/logout")
    async def logout(request: Request[Any, Any, Any]) -> Response[str]:
        tickets.pop(request.cookies.get("ticket", ""), None)
        request.clear_session()
        response = away()
        response.delete_cookie("ticket")
        return response

    return Litestar([home, form, login, write, logout], middleware=[ServerSideSessionConfig().middleware])


def tornado_table() -> Any:
    """Tornado, which has no sessions: a dict, found by a cookie with a random id."""
    import tornado.web

    table: dict[str, str] = {}
    notes: dict[str, str] = {}

    class Base(tornado.web.RequestHandler):
        def who(self) -> str | None:
            return table.get(self.get_cookie("sid") or "")

        def page(self, text: str, status: int = 200) -> None:
            self.set_status(status)
            self.set_header("Cache-Control", "no-store")
            self.finish(text)

    class Home(Base):
        def get(self) -> None:
            user = self.who()
            self.page(front(user, notes.get(user, "") if user else ""))

    class Login(Base):
        def get(self) -> None:
            self.page(LOGIN)

        def post(self) -> None:
            user = self.get_body_argument("user")
            if not right(user, self.get_body_argument("password")):
                self.page(LOGIN, 401)
                return
            table.pop(self.get_cookie("sid") or "", None)
            id_ = secrets.token_urlsafe(24)
            table[id_] = user
            self.set_cookie("sid", id_, httponly=True)
            self.redirect("/")

    class Note(Base):
        def post(self) -> None:
            user = self.who()
            if user is None:
                self.page("log in first", 401)
                return
            notes[user] = self.get_body_argument("note")
            self.redirect("/")

    class Logout(Base):
        def post(self) -> None:
            table.pop(self.get_cookie("sid") or "", None)
            self.clear_cookie("sid")
            self.redirect("/")

    return tornado.web.Application([("/", Home), ("/login", Login), ("/note", Note), ("/logout", Logout)])
