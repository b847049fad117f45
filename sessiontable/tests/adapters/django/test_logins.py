"""Login, logout and expiry, as django.contrib.auth and request.session have them."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import logout, signals
from django.http import HttpResponse
from django.test import Client, override_settings

from . import project
from .visits import NAME, cookie, enter, me, pk, play, put, with_cookie


def test_login_gives_a_new_id_in_one_step(client: Any) -> None:
    """What is there comes along; whoever is told of the login sees the id that counts; the old one is dead."""
    from sessiontable.django import sessions_of

    seen: list[str] = []

    def told(sender: Any, request: Any, **_: Any) -> None:
        seen.append(request.session.session_key)

    client.get(put(theme="dark"))
    before = cookie(client)
    signals.user_logged_in.connect(told)
    try:
        client.get(play(enter()))
    finally:
        signals.user_logged_in.disconnect(told)
    assert seen == [cookie(client)]
    assert cookie(client) != before
    assert me(client) == {"user": "alice", "theme": "dark"}
    assert me(with_cookie(before)) == {"user": ""}
    (listed,) = sessions_of(pk("alice"))
    assert listed.read("theme") == "dark"


def test_none_is_a_value_that_comes_along_to_a_login(client: Any) -> None:
    client.get(put(theme="dark"))
    client.get(play(lambda request: request.session.update({"theme": None, "next": None}), enter()))
    assert me(client) == {"user": "alice", "theme": None, "next": None}


def test_logout_is_for_good(client: Any) -> None:
    client.get(play(enter()))
    copy = cookie(client)
    client.get(play(logout))
    assert (cookie(client), me(with_cookie(copy))) == (None, {"user": ""})


def test_another_user_gets_nothing_of_the_first_one_s(client: Any) -> None:
    client.get(play(enter()))
    client.get(put(secret="of alice"))
    client.get(play(enter("bob")))
    assert me(client) == {"user": "bob"}


def test_whoever_has_logged_out_meanwhile_stays_out(client: Any) -> None:
    client.get(play(enter()))

    def slow(request: Any) -> None:
        assert request.user.is_authenticated
        with_cookie(cookie(client)).get(play(logout))
        request.session["x"] = 1

    path = play(slow)
    assert client.get(path).status_code == 409
    assert me(client) == {"user": ""}
    client.get(play(enter()))
    with override_settings(MIDDLEWARE=[project.THEIRS, *project.MIDDLEWARE[1:]]):  # as with its own engines
        assert Client(headers={"Cookie": f"{NAME}={cookie(client)}"}).get(path).status_code == 400


def test_a_login_sent_again_because_its_reply_was_lost(client: Any) -> None:
    """The old id leads to the new session once more; a page with the old id begins none of its own."""
    client.get(put(theme="dark"))
    before = cookie(client)
    client.get(play(enter()))
    again = with_cookie(before)
    assert again.get(put(x=1)).status_code == 409
    again = with_cookie(before)
    again.get(play(enter()))
    assert me(again) == {"user": "alice", "theme": "dark"}


def test_a_login_whose_page_fails_is_taken_back(client: Any) -> None:
    """Django sends no cookie with an error page."""
    client.get(put(theme="dark"))
    client.get(play(enter(), lambda request: HttpResponse(status=500)))
    assert me(client) == {"user": "", "theme": "dark"}


def test_a_user_s_sessions(client: Any) -> None:
    from sessiontable.django import end_session, end_sessions, sessions_of

    others = [Client(), Client()]
    for each in (client, *others):
        each.get(play(enter()))
    seen: list[Any] = []
    client.get(play(lambda request: seen.extend(sessions_of(request.user, request))))
    assert sorted(each.current for each in seen) == [False, False, True]
    label = next(each.label for each in seen if not each.current)
    assert (end_session(pk("bob"), label), end_session(pk("alice"), label)) == (False, True)
    client.get(play(lambda request: seen.append(end_sessions(request.user, but=request))))
    assert seen[-1] == 1
    assert [me(each)["user"] for each in (client, *others)] == ["alice", "", ""]


def test_expiry(client: Any) -> None:
    """Seconds without use, a moment, the end of the browser, and the table's own again."""
    from sessiontable.django import sessions_of

    def left() -> float:
        (listed,) = sessions_of(pk("alice"))
        return listed.expires_at - listed.created_at

    client.get(play(enter(), lambda request: request.session.set_expiry(300)))
    assert client.cookies[NAME]["max-age"] == 300
    assert left() == pytest.approx(300, abs=3)
    client.get(play(lambda request: request.session.set_expiry(timedelta(days=60))))
    assert left() == pytest.approx(60 * 86400, abs=3)
    before = cookie(client)
    client.get(put(x=1))
    assert cookie(client) == before
    client.get(play(lambda request: request.session.set_expiry(0)))
    assert client.cookies[NAME]["max-age"] == ""
    assert left() == pytest.approx(settings.SESSION_COOKIE_AGE, abs=3)
    assert me(client)["user"] == "alice"


def test_clear_and_flush_log_out(client: Any) -> None:
    from sessiontable.django import sessions_of

    for leave in (lambda request: request.session.clear(), lambda request: request.session.flush()):
        client.get(play(enter()))
        client.get(play(leave))
        assert (me(client), sessions_of(pk("alice"))) == ({"user": ""}, [])
