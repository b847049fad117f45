"""Flask-Login on the table: it says who is logged in by a value of its own."""

from typing import Any

import flask_login
import pytest
from flask import Flask, flash, get_flashed_messages, request, session

from sessiontable import SessionTable

from .site import cookie, me, play


class User(flask_login.UserMixin):  # type: ignore[misc]
    def __init__(self, name: str) -> None:
        self.id = name


@pytest.fixture
def with_flask_login(app: Flask) -> Flask:
    app.secret_key = "for the remember-me cookie of Flask-Login"
    manager: Any = flask_login.LoginManager(app)
    manager.user_loader(User)

    @app.get("/in/<name>")
    def enter_as(name: str) -> str:
        return str(flask_login.login_user(User(name), remember="keep" in request.args))

    @app.get("/out")
    def leave_again() -> str:
        flash("bye")
        return str(flask_login.logout_user())

    @app.get("/who")
    def who() -> str:
        return str(getattr(flask_login.current_user, "id", None))

    return app


def test_flask_login(with_flask_login: Flask, table: SessionTable) -> None:
    """A new id, the list of one's sessions, nothing of another user's, and a logout that ends what it ends."""
    client = with_flask_login.test_client()
    client.get(play(with_flask_login, lambda: session.update(theme="dark")))
    before = cookie(client)
    client.get("/in/alice")
    copy = cookie(client)
    assert copy != before
    assert (client.get("/who").text, len(table.sessions_of("alice"))) == ("alice", 1)
    client.get(play(with_flask_login, lambda: session.update(secret="of alice")))

    client.get("/in/bob")
    assert (client.get("/who").text, "secret" in me(client)["values"]) == ("bob", False)
    client.get("/in/bob")
    copy = cookie(client)
    client.get("/out")
    assert client.get("/who").text == "None"
    assert client.get(play(with_flask_login, lambda: {"told": get_flashed_messages()})).json == {"told": ["bye"]}
    other = with_flask_login.test_client()
    other.set_cookie("sid", copy or "")
    assert other.get("/who").text == "None"


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")  # Flask-Login's
def test_flask_login_remembers(with_flask_login: Flask, table: SessionTable) -> None:
    """Its own cookie logs in again when our session is over."""
    client = with_flask_login.test_client()
    client.get("/in/alice?keep=1")
    assert table.revoke_all("alice") == 1
    assert client.get("/who").text == "alice"
    assert len(table.sessions_of("alice")) == 1
