"""flask.session on the table, with what Flask, flash and Flask-Login do to it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import flask_login
import pytest
from flask import Flask, Response, flash, get_flashed_messages, make_response, request, session, stream_with_context
from flask.testing import FlaskClient
from hypothesis import given, settings
from markupsafe import Markup

from sessiontable import Cookie, MemoryStore, SessionError, SessionGone, SessionTable, StoreUnavailable
from sessiontable.flask import Sessions, login, logout
from sessiontable.flask import session as ours
from sessiontable.wsgi import SessionMiddleware
from tests.plain import SID

from .conftest import Failing
from .dictlike import REQUESTS


@pytest.fixture
def app(table: SessionTable) -> Flask:
    app = Flask(__name__)
    Sessions(app, table)
    pages(app)
    return app


def pages(app: Flask) -> None:
    """Flask takes no new page once it has answered, so there is one for all that tests make."""
    app.extensions["pages"] = []

    @app.get("/page/<int:number>")
    def page(number: int) -> Any:
        answer = None
        for step in app.extensions["pages"][number]:
            answer = step()
        return "done" if answer is None else answer

    @app.get("/me")
    def me() -> Any:
        return {"user": ours.user, "values": dict(session)}

    @app.get("/login/<user>")
    def enter(user: str) -> str:
        login(user)
        return "in"

    @app.get("/logout")
    def leave() -> str:
        logout()
        return "out"

    @app.get("/health")
    def health() -> str:
        return "well"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def play(app: Flask, *steps: Callable[[], object]) -> str:
    """A page that does this, and answers with what the last step returns; its path."""
    app.extensions["pages"].append(steps)
    return f"/page/{len(app.extensions['pages']) - 1}"


def clear() -> None:
    session.clear()


def cookie(client: FlaskClient) -> str | None:
    found = client.get_cookie("sid")
    return found.value if found else None


def me(client: FlaskClient) -> Any:
    return client.get("/me").json


VALUES = {
    "tuple": (1, ("two", [3])),
    "naive": datetime(2026, 1, 2, 3, 4, 5, 678901),
    "aware": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "date": date(2026, 1, 2),
    "id": UUID(int=7),
    "price": Decimal("9.90"),
    "html": Markup("<b>"),
    "bytes": b"\0\xff",
    "tag like": {" t": [1]},
    "nothing": None,
    "deep": {"list": [{"price": Decimal("1.10")}]},
}


def test_what_flask_can_hold_comes_back_as_it_was(app: Flask, client: FlaskClient) -> None:
    client.get(play(app, lambda: session.update(VALUES)))
    seen: dict[str, Any] = {}
    client.get(play(app, lambda: seen.update(session)))
    assert seen == VALUES
    assert {name: type(value) for name, value in seen.items()} == {name: type(each) for name, each in VALUES.items()}


def test_what_cannot_come_back_is_refused_where_it_is_set(app: Flask, client: FlaskClient) -> None:
    def view() -> None:
        with pytest.raises(SessionError, match="'x' is no JSON"):
            session["x"] = {1, 2}

    assert client.get(play(app, view)).text == "done"
    assert cookie(client) is None


def test_nested_changes_are_noticed(app: Flask, client: FlaskClient) -> None:
    client.get(play(app, lambda: session.update(basket=[], pair=([1],), other=1)))
    client.get(play(app, lambda: session["basket"].append("milk"), lambda: session["pair"][0].append(2)))
    assert me(client)["values"] == {"basket": ["milk"], "pair": [[1, 2]], "other": 1}


def test_two_requests_at_once_lose_nothing(app: Flask, client: FlaskClient) -> None:
    """The first one is still at work when the other one begins and ends."""
    other = app.test_client()
    inner = play(app, lambda: session.update(b=2))

    def outer() -> None:
        assert session["a"] == 1
        other.set_cookie("sid", cookie(client) or "")
        other.get(inner)
        session["c"] = 3

    client.get(play(app, lambda: session.update(a=1)))
    client.get(play(app, outer))
    assert me(client)["values"] == {"a": 1, "b": 2, "c": 3}


@given(REQUESTS)
@settings(deadline=None)
def test_it_is_as_a_dict_over_all_requests(requests: list[list[Callable[[Any], object]]]) -> None:
    app = Flask(__name__)
    Sessions(app, SessionTable(MemoryStore(), cookie=SID))
    app.testing = True
    pages(app)
    client, model, seen = app.test_client(), dict[str, Any](), list[object]()

    def play_all(acts: list[Callable[[Any], object]]) -> Callable[[], None]:
        return lambda: seen.extend([repr(act(session)) for act in acts])

    paths = [play(app, play_all(acts)) for acts in requests]
    for acts, path in zip(requests, paths, strict=True):
        seen.clear()
        client.get(path)
        assert seen == [repr(act(model)) for act in acts]
        assert me(client)["values"] == model


def test_update_with_a_change_is_one_step(app: Flask, client: FlaskClient) -> None:
    seen = []
    add = play(app, lambda: seen.append(ours.update("sum", lambda before: (before or Decimal(0)) + Decimal("0.10"))))
    client.get(add)
    client.get(add)
    assert seen == [Decimal("0.10"), Decimal("0.20")]

    def forgot() -> None:
        with pytest.raises(SessionError, match="returned None, which would remove the value"):
            ours.update("list", lambda items: items.append(1))

    client.get(play(app, lambda: session.update(list=[(1, 2)])))
    client.get(play(app, forgot))
    assert me(client)["values"]["list"] == [[1, 2]]


def test_flash(app: Flask, client: FlaskClient) -> None:
    client.get(play(app, lambda: flash("one"), lambda: flash(Markup("<b>two</b>"), "error")))
    show = play(app, lambda: {"told": get_flashed_messages(with_categories=True)})
    assert client.get(show).json == {"told": [["message", "one"], ["error", "<b>two</b>"]]}
    assert client.get(show).json == {"told": []}


def test_login_gives_a_new_id_and_the_old_one_is_dead(app: Flask, client: FlaskClient, table: SessionTable) -> None:
    client.get(play(app, lambda: session.update(theme="dark")))
    before = cookie(client)
    client.get("/login/alice")
    assert cookie(client) != before
    assert me(client) == {"user": "alice", "values": {"theme": "dark"}}
    assert [each.user for each in [table.open([f"sid={before}"])]] == [None]
    assert len(table.sessions_of("alice")) == 1
    client.get("/logout")
    assert (cookie(client), me(client)["user"], table.sessions_of("alice")) == (None, None, [])


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


def test_whoever_has_logged_out_meanwhile_stays_out(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()
    client.get("/login/alice")
    other.set_cookie("sid", cookie(client) or "")

    def slow() -> None:
        assert ours.user == "alice"
        other.get("/logout")
        session["x"] = 1

    reply = client.get(play(app, slow))
    assert (reply.status_code, "Set-Cookie" in reply.headers) == (409, False)
    assert me(client)["user"] is None


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


def test_permanent(app: Flask, client: FlaskClient, table: SessionTable) -> None:
    """The cookie lasts, and so does the session, longer than the table's own limits; the flag alone begins none."""
    app.permanent_session_lifetime = timedelta(days=30)
    app.before_request(lambda: setattr(session, "permanent", True))
    assert "Set-Cookie" not in client.get(play(app, lambda: None)).headers
    reply = client.get(play(app, lambda: session.update(x=1)))
    assert "Max-Age=2592000" in reply.headers["Set-Cookie"]
    reply = client.get("/login/alice")
    assert "Max-Age=2592000" in reply.headers["Set-Cookie"]
    (listed,) = table.sessions_of("alice")
    assert listed.expires_at - listed.created_at == pytest.approx(30 * 86400, abs=5)


def test_permanent_can_be_set_and_unset_later(app: Flask, client: FlaskClient, table: SessionTable) -> None:
    client.get("/login/alice")
    remember, forget = (
        play(app, lambda: setattr(session, "permanent", True)),
        play(app, lambda: setattr(session, "permanent", False)),
    )
    assert "Max-Age" in client.get(remember).headers["Set-Cookie"]
    assert me(client)["user"] == "alice"
    assert "Set-Cookie" not in client.get(remember).headers
    assert "Max-Age" not in client.get(forget).headers["Set-Cookie"]
    (listed,) = table.sessions_of("alice")
    assert listed.expires_at - listed.created_at == pytest.approx(30 * 60, abs=5)


def test_remember_me_at_login(app: Flask, client: FlaskClient) -> None:
    path = play(
        app, lambda: login(7, {"since": date(2026, 1, 2)}, max_age=86400, idle_timeout=86400, absolute_timeout=86400)
    )
    assert "Max-Age=86400" in client.get(path).headers["Set-Cookie"]
    seen: list[Any] = []
    client.get(play(app, lambda: seen.extend([ours.user, session["since"]])))
    assert seen == [7, date(2026, 1, 2)]


def test_modified_and_new(app: Flask, client: FlaskClient) -> None:
    seen: list[tuple[bool, bool]] = []
    look = lambda: seen.append((ours.new, session.modified))  # noqa: E731
    client.get(play(app, look, lambda: session.update(basket=[]), look))
    client.get(play(app, look, lambda: session["basket"].append(1), look))
    assert seen == [(True, False), (True, True), (False, False), (False, True)]


def test_the_test_client_s_transaction(app: Flask, client: FlaskClient) -> None:
    with client.session_transaction() as inside:
        inside["cart"] = (1, 2)
    with client.session_transaction() as inside:
        assert inside["cart"] == (1, 2)
        inside["cart"] = (3,)
    assert me(client)["values"] == {"cart": [3]}
    with client:
        client.get("/me")
        assert session["cart"] == (3,)


def test_devices_and_all_others_out(app: Flask, client: FlaskClient, table: SessionTable) -> None:
    """`flask.session` is the current one to the table, too."""
    elsewhere = app.test_client()
    for each in (client, elsewhere):
        each.get(play(app, lambda: login("alice")))
    devices = play(app, lambda: [each.current for each in table.sessions_of("alice", current=ours)])
    assert sorted(client.get(devices).json or []) == [False, True]
    assert client.get(play(app, lambda: {"ended": table.revoke_all("alice", but=ours)})).json == {"ended": 1}
    assert [(each.get("/me").json or {})["user"] for each in (client, elsewhere)] == ["alice", None]


def test_clear_is_the_logout(app: Flask, client: FlaskClient, table: SessionTable) -> None:
    """As Flask's tutorial has it: at the logout, and before a login; with its own name for who is logged in."""
    app.session_interface = Sessions(app, table, user_key="user_id")
    enter = play(app, clear, lambda: session.update(user_id=5))
    client.get(play(app, lambda: session.update(theme="dark")))
    before = cookie(client)
    client.get(enter)
    assert cookie(client) != before
    assert me(client) == {"user": 5, "values": {"user_id": 5}}
    assert len(table.sessions_of(5)) == 1
    client.get(play(app, clear))
    assert (me(client)["user"], table.sessions_of(5), cookie(client)) == (None, [], None)


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


def test_gone_is_an_error_that_views_can_catch(app: Flask, client: FlaskClient, table: SessionTable) -> None:
    def view() -> None:
        assert ours.user == "alice"
        table.revoke_all("alice")
        with pytest.raises(SessionGone):
            ours.refresh()

    client.get("/login/alice")
    assert client.get(play(app, view)).status_code == 200
    assert SID.wire_name == "sid"
