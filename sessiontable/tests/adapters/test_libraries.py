"""Libraries that use Starlette's `request.session` as a dict, on ours: each the real one, doing what it is for."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.integrations.starlette_client import OAuth, OAuthError
from sqladmin import Admin, ModelView
from sqladmin.authentication import AuthenticationBackend
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette_wtf import CSRFProtectMiddleware, StarletteForm, csrf_protect
from wtforms import StringField

from sessiontable import AsyncSessionTable
from sessiontable.asgi import SessionMiddleware
from tests.serving import asgi_server

from .conftest import Failing


def ours(table: AsyncSessionTable) -> Middleware:
    return Middleware(SessionMiddleware, table=table)


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def provider() -> Starlette:
    """Who says who somebody is: alice, whoever asks."""

    async def authorize(request: Request) -> Response:
        asked = request.query_params
        return RedirectResponse(f"{asked['redirect_uri']}?code=c0de&state={asked['state']}")

    async def token(request: Request) -> Response:
        form = await request.form()
        assert (form["code"], bool(form["code_verifier"])) == ("c0de", True)
        return JSONResponse({"access_token": "t0ken", "token_type": "Bearer"})

    async def userinfo(request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer t0ken"
        return JSONResponse({"name": "alice"})

    return Starlette(
        routes=[
            Route("/authorize", authorize),
            Route("/token", token, methods=["POST"]),
            Route("/userinfo", userinfo),
        ]
    )


def relying(home: str, table: AsyncSessionTable) -> Starlette:
    """An app with "sign in with ..."."""
    oauth = OAuth()
    oauth.register(
        "idp",
        client_id="app",
        client_secret="secret",
        authorize_url=f"{home}/authorize",
        access_token_url=f"{home}/token",
        api_base_url=f"{home}/",
        client_kwargs={"code_challenge_method": "S256"},
    )

    async def login(request: Request) -> Any:
        return await oauth.idp.authorize_redirect(request, request.url_for("callback"))

    async def callback(request: Request) -> Response:
        try:
            token = await oauth.idp.authorize_access_token(request)
        except OAuthError as error:
            return JSONResponse({"refused": error.error}, 403)
        who = (await oauth.idp.get("userinfo", token=token)).json()["name"]
        await request.scope["session"].rotate(who)
        return RedirectResponse("/")

    async def page(request: Request) -> Response:
        return JSONResponse({"user": request.scope["session"].user, "left": sorted(request.session)})

    routes = [Route("/login", login), Route("/callback", callback, name="callback"), Route("/", page)]
    return Starlette(routes=routes, middleware=[ours(table)])


def test_authlib_s_sign_in(async_table: AsyncSessionTable, browser: requests.Session) -> None:
    """The state survives the way to the provider and back, serves once, and somebody else's browser cannot use it."""
    with (
        asgi_server(provider(), "h11") as other,
        asgi_server(relying(f"http://127.0.0.1:{other}", async_table), "h11") as port,
    ):
        home = f"http://127.0.0.1:{port}"
        there = browser.get(f"{home}/login", allow_redirects=False).headers["Location"]
        before = browser.cookies["sid"]
        back = browser.get(there, allow_redirects=False).headers["Location"]
        assert parse_qs(urlsplit(back).query)["code"] == ["c0de"]
        assert requests.get(back, timeout=20).json() == {"refused": "mismatching_state"}
        assert browser.get(back).json() == {"user": "alice", "left": []}
        assert browser.cookies["sid"] != before
        assert browser.get(back).json() == {"refused": "mismatching_state"}


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class ThingAdmin(ModelView, model=Thing):
    column_list = ("name",)


class ByTable(AuthenticationBackend):
    """As in docs/migrating.md: the session is that of the app around the admin."""

    def __init__(self) -> None:
        self.middlewares = []

    async def login(self, request: Request) -> bool:
        form = await request.form()
        if form["password"] == "pw":
            await request.scope["session"].rotate(str(form["username"]))
            request.session.update({"token": "of sqladmin's own example"})
        return form["password"] == "pw"

    async def logout(self, request: Request) -> bool:
        await request.scope["session"].revoke()
        return True

    async def authenticate(self, request: Request) -> bool:
        return request.session.get("token") is not None


def test_sqladmin(async_table: AsyncSessionTable, browser: requests.Session, tmp_path: Any) -> None:
    """1. nobody 2. the login 3. a thing is made 4. the logout, for good."""
    engine = create_engine(f"sqlite:///{tmp_path / 'things.db'}")
    Base.metadata.create_all(engine)
    app = Starlette(middleware=[ours(async_table)])
    Admin(app, engine, authentication_backend=ByTable()).add_view(ThingAdmin)
    with asgi_server(app, "h11") as port:
        home = f"http://127.0.0.1:{port}/admin"
        assert browser.get(f"{home}/thing/list").url == f"{home}/login"
        assert browser.post(f"{home}/login", {"username": "ann", "password": "no"}).status_code == 400
        assert browser.post(f"{home}/login", {"username": "ann", "password": "pw"}).url == f"{home}/"
        browser.post(f"{home}/thing/create", {"name": "milk", "save": "Save"})
        assert "milk" in browser.get(f"{home}/thing/list").text
        last = browser.cookies["sid"]
        browser.get(f"{home}/logout")
        assert requests.get(f"{home}/", cookies={"sid": last}, timeout=20).url == f"{home}/login"
    engine.dispose()


class NameForm(StarletteForm):  # type: ignore[misc]
    name = StringField()


@csrf_protect  # type: ignore[untyped-decorator]
async def named(request: Request) -> Response:
    form = await NameForm.from_formdata(request)
    if await form.validate_on_submit():
        request.session.setdefault("flashes", []).append(f"hello {form.name.data}")
        return RedirectResponse("/told", 303)
    return HTMLResponse(str(form.csrf_token))


async def told(request: Request) -> Response:
    return JSONResponse(request.session.pop("flashes", []))


def test_starlette_wtf_and_flashes(async_table: AsyncSessionTable, browser: requests.Session) -> None:
    """The token of a form is that of this browser; a message is shown once, on the page after the redirect."""
    app = Starlette(
        routes=[Route("/form", named, methods=["GET", "POST"]), Route("/told", told)],
        middleware=[ours(async_table), Middleware(CSRFProtectMiddleware, csrf_secret="secret")],
    )
    with asgi_server(app, "h11") as port:
        home = f"http://127.0.0.1:{port}"
        (token,) = re.findall(r'value="([^"]+)"', browser.get(f"{home}/form").text)
        assert requests.post(f"{home}/form", {"csrf_token": token, "name": "x"}, timeout=20).status_code == 403
        assert browser.post(f"{home}/form", {"csrf_token": token, "name": "ann"}).json() == ["hello ann"]
        assert browser.get(f"{home}/told").json() == []


def test_a_session_begins_with_its_first_value(store: Failing, async_table: AsyncSessionTable) -> None:
    """A page that sets none leaves none behind, and nobody gets a cookie from it."""

    async def put(request: Request) -> Response:
        request.session["seen"] = True
        return Response()

    app = Starlette(routes=[Route("/", lambda _: Response()), Route("/put", put)], middleware=[ours(async_table)])
    with asgi_server(app, "h11") as port, requests.Session() as browser:
        home = f"http://127.0.0.1:{port}"
        assert ("Set-Cookie" in browser.get(home).headers, len(store)) == (False, 0)
        assert ("Set-Cookie" in browser.get(f"{home}/put").headers, len(store)) == (True, 1)
