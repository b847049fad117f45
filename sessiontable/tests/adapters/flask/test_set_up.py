"""How an app gets its table: within a middleware, beside another app, and what is missing."""

import pytest
from flask import Flask

from sessiontable import Cookie, SessionError, SessionTable
from sessiontable.flask import Sessions
from sessiontable.wsgi import SessionMiddleware

from .site import cookie, me, pages


def test_inside_the_middleware_of_the_same_table(app: Flask, table: SessionTable) -> None:
    """One session and one cookie, whoever uses it."""
    app.wsgi_app = SessionMiddleware(app.wsgi_app, table)  # type: ignore[method-assign]
    client = app.test_client()
    reply = client.get("/login/alice")
    assert len(reply.headers.getlist("Set-Cookie")) == 1
    assert me(client)["user"] == "alice"


def test_two_apps_on_one_host(app: Flask, table: SessionTable) -> None:
    """Each has its cookie, and its people."""
    other = Flask("other")
    Sessions(other, SessionTable(table.store.store, cookie=Cookie("other", secure=False)))  # type: ignore[attr-defined]
    pages(other)
    client, beside = app.test_client(), other.test_client()
    client.get("/login/alice")
    beside.set_cookie("sid", cookie(client) or "")
    assert me(beside)["user"] is None


def test_what_is_missing_is_told(app: Flask) -> None:
    with pytest.raises(SessionError, match=r"Sessions got the table None: give a SessionTable"):
        Sessions(app)
    bare = Flask("bare")
    bare.secret_key = "secret"
    pages(bare)
    bare.testing = True
    with pytest.raises(SessionError, match=r"flask.session is a SecureCookieSession: call sessiontable.flask.Sessions"):
        bare.test_client().get("/login/alice")
