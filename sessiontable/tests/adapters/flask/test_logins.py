"""Login and logout by our own calls: ids, limits, and what becomes of other requests."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask, session
from flask.testing import FlaskClient

from sessiontable import SessionGone, SessionTable
from sessiontable.flask import Sessions, login
from sessiontable.flask import session as ours

from .site import clear, cookie, me, play


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


def test_gone_is_an_error_that_views_can_catch(app: Flask, client: FlaskClient, table: SessionTable) -> None:
    def view() -> None:
        assert ours.user == "alice"
        table.revoke_all("alice")
        with pytest.raises(SessionGone):
            ours.refresh()

    client.get("/login/alice")
    assert client.get(play(app, view)).status_code == 200


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


def test_none_is_a_value_that_a_login_sets(app: Flask, client: FlaskClient) -> None:
    client.get(play(app, lambda: session.update(theme="dark")))
    client.get(play(app, lambda: login("alice", {"theme": None, "next": None})))
    assert me(client) == {"user": "alice", "values": {"theme": None, "next": None}}


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


def test_devices_and_all_others_out(app: Flask, client: FlaskClient, table: SessionTable) -> None:
    """`flask.session` is the current one to the table, too."""
    elsewhere = app.test_client()
    for each in (client, elsewhere):
        each.get(play(app, lambda: login("alice")))
    devices = play(app, lambda: [each.current for each in table.sessions_of("alice", current=ours)])
    assert sorted(client.get(devices).json or []) == [False, True]
    assert client.get(play(app, lambda: {"ended": table.revoke_all("alice", but=ours)})).json == {"ended": 1}
    assert [(each.get("/me").json or {})["user"] for each in (client, elsewhere)] == ["alice", None]
