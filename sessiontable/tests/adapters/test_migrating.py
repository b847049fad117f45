"""What docs/migrating.md says of other libraries, checked by running them: where this fails, the page needs a new look."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
from cachelib import SimpleCache
from flask import Flask, session
from flask.testing import FlaskClient
from flask_session import Session as FlaskSession
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware as SignedCookie
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starsessions import InMemoryStore, SessionAutoloadMiddleware, regenerate_session_id
from starsessions import SessionMiddleware as StarSessions

from sessiontable import AsyncSessionTable, SessionTable
from sessiontable.asgi import Message, Receive, Send, SessionMiddleware
from sessiontable.wsgi import SessionMiddleware as WSGIMiddleware
from tests.serving import asgi_server

LOGIN, LOGOUT, PAGE = "/login", "/logout", "/"


@pytest.fixture
def flask_app() -> Flask:
    app = Flask(__name__)
    app.config |= {"SESSION_TYPE": "cachelib", "SESSION_CACHELIB": SimpleCache()}
    FlaskSession(app)

    @app.get(PAGE)
    def page() -> dict[str, Any]:
        return {"user": session.get("user")}

    @app.get(LOGIN)
    def login() -> str:
        session["user"] = "alice"
        return ""

    @app.get(LOGOUT)
    def logout() -> str:
        session.clear()
        return ""

    return app


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("session")
    assert cookie
    return str(cookie.value)


def test_flask_session_keeps_the_id_at_login(flask_app: Flask) -> None:
    """Unless the app calls `app.session_interface.regenerate(session)`; `rotate` is that call here."""
    flask_app.add_url_rule("/first", view_func=lambda: session.update(theme="dark") or "", endpoint="first")
    client = flask_app.test_client()
    client.get("/first")
    before = cookie_of(client)
    client.get(LOGIN)
    assert cookie_of(client) == before
    assert hasattr(flask_app.session_interface, "regenerate")


def test_flask_session_brings_a_session_back(flask_app: Flask) -> None:
    """A page that only reads, under way while the same session logs out, saves the whole of it when it ends."""
    client, other = flask_app.test_client(), flask_app.test_client()

    @flask_app.get("/slow")
    def slow() -> str:
        assert session["user"] == "alice"
        other.get(LOGOUT)
        return ""

    client.get(LOGIN)
    other.set_cookie("session", cookie_of(client))
    before = cookie_of(client)
    client.get("/slow")
    again = flask_app.test_client()
    again.set_cookie("session", before)
    assert again.get(PAGE).json == {"user": "alice"}


def test_flask_s_own_session_does_not_give_back_what_it_got() -> None:
    """Dates lose their microseconds and time zone, a decimal becomes a text, a number as a key, too; a set fails at the end."""
    app, seen = Flask(__name__), list[dict[str, Any]]()
    app.secret_key = "secret"
    put = {"at": datetime(2026, 1, 2, 3, 4, 5, 6), "price": Decimal("9.90"), "by number": {1: 2}}
    app.add_url_rule("/put", endpoint="put", view_func=lambda: str(session.update(put)))

    @app.get("/see")
    def see() -> str:
        seen.append(dict(session))
        return "seen"

    app.add_url_rule("/set", endpoint="set", view_func=lambda: str(session.update(x={1})))
    client = app.test_client()
    client.get("/put")
    client.get("/see")
    assert seen == [{"at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "price": "9.90", "by number": {"1": 2}}]
    assert client.get("/set").status_code == 500


def test_both_can_run_in_flask(flask_app: Flask, table: SessionTable) -> None:
    """Their cookies have different names, and the sessions different places."""
    flask_app.wsgi_app = WSGIMiddleware(flask_app.wsgi_app, table)  # type: ignore[method-assign]

    @flask_app.get("/both")
    def both() -> dict[str, Any]:
        from flask import request

        ours = request.environ["cookielab.session"]
        if ours.user is None and "user" in session:
            ours.rotate(session.pop("user"))
        return {"ours": ours.user, "old": session.get("user")}

    client = flask_app.test_client()
    client.get(LOGIN)
    assert client.get("/both").json == {"ours": "alice", "old": None}
    assert client.get("/both").json == {"ours": "alice", "old": None}


async def page(request: Request) -> Response:
    return JSONResponse({"user": request.session.get("user")})


async def login(request: Request) -> Response:
    request.session["user"] = "alice"
    return JSONResponse(None)


async def logout(request: Request) -> Response:
    request.session.clear()
    return JSONResponse(None)


async def regenerate(request: Request) -> Response:
    regenerate_session_id(request)
    request.session["user"] = "alice"
    return JSONResponse(None)


ROUTES = [Route(PAGE, page), Route(LOGIN, login), Route(LOGOUT, logout), Route("/regenerate", regenerate)]


class Site:
    """An app on a real server."""

    def __init__(self, port: int) -> None:
        self.home = f"http://127.0.0.1:{port}"

    def user(self, cookie: str) -> Any:
        """Who somebody with this cookie is."""
        return requests.get(self.home, cookies={"session": cookie}, timeout=20).json()["user"]


@contextmanager
def site(*middleware: Middleware) -> Iterator[tuple[Site, requests.Session]]:
    with (
        asgi_server(Starlette(routes=ROUTES, middleware=list(middleware)), "h11") as port,
        requests.Session() as browser,
    ):
        yield Site(port), browser


def test_starlette_s_cookie_works_after_the_logout() -> None:
    """The session is in the cookie: whoever has a copy is still logged in."""
    with site(Middleware(SignedCookie, secret_key="secret")) as (app, browser):
        browser.get(app.home + LOGIN)
        copy = browser.cookies["session"]
        browser.get(app.home + LOGOUT)
        assert browser.get(app.home).json() == {"user": None}
        assert app.user(copy) == "alice"


def stars() -> list[Middleware]:
    return [
        Middleware(StarSessions, store=InMemoryStore(), cookie_https_only=False),
        Middleware(SessionAutoloadMiddleware),
    ]


def test_starsessions_adopts_an_id_that_it_did_not_issue() -> None:
    with site(*stars()) as (app, browser):
        browser.get(app.home + LOGIN, cookies={"session": "chosen-by-mallory"})
        assert app.user("chosen-by-mallory") == "alice"


def test_starsessions_keeps_the_old_id_alive() -> None:
    with site(*stars()) as (app, browser):
        browser.get(app.home + LOGIN)
        before = browser.cookies["session"]
        browser.get(app.home + "/regenerate")
        assert browser.cookies["session"] != before
        assert app.user(before) == "alice"


class Carry:
    """As in docs/migrating.md: the old session under another name, and a scope of its own for the new one."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await self.app({**scope, "old_session": scope.get("session")}, receive, send)


@pytest.mark.parametrize(
    "old",
    [
        [Middleware(SignedCookie, secret_key="secret")],
        [
            Middleware(StarSessions, store=InMemoryStore(), cookie_https_only=False),
            Middleware(SessionAutoloadMiddleware),
        ],
    ],
    ids=["Starlette", "starsessions"],
)
def test_both_can_run_in_starlette(old: list[Middleware], async_table: AsyncSessionTable) -> None:
    """Whoever is logged in there is logged in here, once, and keeps nothing there."""

    async def both(request: Request) -> Response:
        ours, before = request.scope["session"], request.scope["old_session"]
        if ours.user is None and "user" in before:
            await ours.rotate(before.pop("user"))
        return JSONResponse({"ours": ours.user, "old": before.get("user")})

    async def login_before(request: Request) -> Response:
        request.scope["old_session"]["user"] = "alice"
        return JSONResponse(None)

    app = Starlette(
        routes=[Route(PAGE, both), Route(LOGIN, login_before)],
        middleware=[*old, Middleware(Carry), Middleware(SessionMiddleware, table=async_table)],
    )
    with asgi_server(app, "h11") as port, requests.Session() as browser:
        home = f"http://127.0.0.1:{port}"
        browser.get(home + LOGIN)
        for _ in range(2):
            assert browser.get(home).json() == {"ours": "alice", "old": None}
