"""What the reply is: when the store is down, when the app fails, in caches, in a stream, over plain http."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, make_response, session, stream_with_context
from flask.testing import FlaskClient

from sessiontable import SessionError, SessionTable, StoreUnavailable
from sessiontable.flask import Sessions, login
from sessiontable.flask import session as ours

from ..conftest import Failing
from .site import me, pages, play


def test_a_page_that_does_not_ask_needs_no_store(app: Flask, client: FlaskClient, store: Failing) -> None:
    client.get("/login/alice")
    store.down = True
    reply = client.get("/health")
    assert (reply.status_code, "Vary" in reply.headers, "Cache-Control" in reply.headers) == (200, False, False)
    reply = client.get("/me")
    assert (reply.status_code, reply.headers["Retry-After"], "Set-Cookie" in reply.headers) == (503, "5", False)
    store.down = False
    assert me(client)["user"] == "alice"


@pytest.mark.parametrize("testing", [True, False], ids=["testing", "production"])
def test_the_store_is_down_when_the_reply_begins(
    app: Flask, client: FlaskClient, store: Failing, testing: bool
) -> None:
    app.testing = testing
    client.get("/login/alice")

    def view() -> None:
        session["x"] = 1
        store.down = True

    path = play(app, view)
    assert client.get(path).status_code == 503
    store.down = False
    assert me(client) == {"user": "alice", "values": {}}


def test_the_app_s_own_page_for_it_is_left(table: SessionTable, store: Failing) -> None:
    app = Flask(__name__)
    app.register_error_handler(StoreUnavailable, lambda error: ("a moment please", 500))
    Sessions(app, table)
    pages(app)
    client = app.test_client()
    client.set_cookie("sid", "A" * 43)
    store.down = True
    reply = client.get("/me")
    assert (reply.status_code, reply.text) == (500, "a moment please")


def test_what_flask_s_own_500_page_hides_is_told(app: Flask, client: FlaskClient, store: Failing) -> None:
    """As where an extension makes something else of our error."""

    def view() -> None:
        try:
            assert ours.user
        except StoreUnavailable as error:
            raise RuntimeError("a library failed") from error

    client.get("/login/alice")
    store.down = True
    assert client.get(play(app, view)).status_code == 503


def test_an_error_after_the_login(app: Flask, client: FlaskClient) -> None:
    """Where Flask answers with a page the cookie goes out with it; where it gives the error on, the login is taken back."""

    def boom() -> None:
        login("alice")
        raise ZeroDivisionError

    path = play(app, boom)
    assert client.get(path).status_code == 500
    assert me(client)["user"] == "alice"

    client.get("/logout")
    client.get(play(app, lambda: session.update(theme="dark")))
    app.config["PROPAGATE_EXCEPTIONS"] = True
    with pytest.raises(ZeroDivisionError):
        client.get(path)
    assert me(client) == {"user": None, "values": {"theme": "dark"}}


def test_a_value_that_cannot_be_stored_beside_a_login(app: Flask, client: FlaskClient) -> None:
    """It is found when the reply is made: the page fails, and nobody is left with a dead id."""
    client.get(play(app, lambda: session.update(basket=["x"])))

    def view() -> None:
        session["basket"].append({1, 2})
        login("alice")

    def later() -> None:
        login("alice")
        session["basket"].append({1, 2})

    for page in (view, later):
        assert client.get(play(app, page)).status_code == 500
        assert me(client) == {"user": None, "values": {"basket": ["x"]}}


def test_the_reply_is_kept_out_of_caches(app: Flask, client: FlaskClient) -> None:
    client.get("/login/alice")

    def view(control: str) -> Response:
        return Response(str(ours.user), headers={"Cache-Control": control, "Vary": "Accept"})

    reply = client.get(play(app, lambda: view("public, max-age=60")))
    assert reply.headers.getlist("Cache-Control") == ["no-store"]
    assert reply.headers["Vary"] == "Accept, Cookie"
    assert client.get(play(app, lambda: view("private"))).headers.getlist("Cache-Control") == ["private"]


def test_one_reply_for_everybody_carries_nobody_s_cookie(app: Flask, client: FlaskClient) -> None:
    """As where a view keeps it: the next visitor would be the first one."""
    same: list[Response] = []

    def view() -> Any:
        if not same:
            session["a"] = 1
            same.append(make_response("hello"))
            same[0].set_cookie("theirs", "kept")
        return same[0]

    page = play(app, view)
    assert len(client.get(page).headers.getlist("Set-Cookie")) == 2
    for _ in range(2):
        assert app.test_client().get(page).headers.getlist("Set-Cookie") == ["theirs=kept; Path=/"]


def test_a_streamed_reply(app: Flask, client: FlaskClient) -> None:
    """Who this is must have been asked before; what is then changed is stored, and a first value is an error."""

    def pieces() -> Iterator[str]:
        yield "a"
        session["late"] = 1
        session["basket"].append("milk")
        yield "b"

    path = play(app, lambda: str(ours.user) and Response(stream_with_context(pieces())))
    client.get(play(app, lambda: session.update(basket=[])))
    assert client.get(path).text == "ab"
    assert me(client)["values"] == {"basket": ["milk"], "late": 1}
    with pytest.raises(SessionError, match="too late to send it"):
        print(app.test_client().get(path).text)


def test_a_secure_cookie_over_plain_http(store: Failing) -> None:
    """An error, where the login would seem to work."""
    app = Flask(__name__)
    Sessions(app, SessionTable(store))
    app.testing = True
    pages(app)
    with pytest.raises(SessionError, match=r"Cookie\(secure=False\)"):
        app.test_client().get("/login/alice")
    reply = app.test_client().get("/login/alice", base_url="https://localhost")
    assert reply.headers["Set-Cookie"].startswith("__Host-sessiontable=")
