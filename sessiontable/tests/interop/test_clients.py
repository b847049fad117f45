"""Cookies that we write are kept and sent back by requests, curl and Chromium, and removed by what removes them."""

import pytest

from sessiontable import Cookie
from tests.interop.conftest import Arrive

KINDS = [
    pytest.param(Cookie("sid", secure=False), id="session cookie"),
    pytest.param(Cookie("sid", max_age=10_000, same_site="Strict", secure=False), id="Max-Age, Strict"),
    pytest.param(Cookie("sid", secure=True), id="__Host-"),
    pytest.param(Cookie("sid", max_age=10_000, secure=True), id="__Host-, Max-Age"),
]


@pytest.mark.parametrize("cookie", KINDS)
def test_a_life(cookie: Cookie, arrive: Arrive) -> None:
    """1. Login, and the id comes back unchanged with each request; no script sees it.
    2. A restart ends a cookie without Max-Age and keeps one with it.
    3. Logout, and nothing is sent any more, after another restart either.
    """
    visitor = arrive(cookie)
    login, who, again, *_ = first = visitor.visit("login", "who", "who")
    (issued,) = who.sent
    assert len(issued) == 43
    assert (login.sent, who.user, again) == ([], "alice", who)

    restarted, logout, after = later = visitor.visit("who", "logout", "who")
    kept = [issued] if cookie.max_age else []
    assert (restarted.sent, restarted.user) == (kept, "alice" if kept else None)
    assert logout.sent == kept
    assert (after.sent, after.user) == ([], None)
    assert {step.script for step in (*first, *later)} <= {None, ""}
    if cookie.max_age:
        assert visitor.visit("who")[0].sent == []


def test_a_neighbours_duplicates_are_left_alone(arrive: Arrive) -> None:
    """Cookies of our name at other paths and on parent domains may be another app's: ours counts, theirs stay."""
    login, before, plant, first, second = arrive(Cookie("sid", secure=False)).visit(
        "login", "who", "plant", "who", "who"
    )
    assert (login.sent, plant.sent) == ([], before.sent)
    assert len(first.sent) > len(before.sent)
    assert (first.user, second.user) == ("alice", "alice")
    assert second.sent == first.sent


def test_a_planted_living_session_is_not_taken(arrive: Arrive) -> None:
    """Two living sessions are claimed: nobody is logged in, the planted one is removed, and the own one is back.

    It was planted at more places than one reply can name: the next ones name the others.
    """
    _, before, _, doubled, *_, after = arrive(Cookie("sid", secure=False)).visit(
        "login", "who", "plant-mallory", "who", "who", "who", "who", "who", "who"
    )
    assert len(doubled.sent) > 1
    assert (doubled.user, after.user, after.sent) == (None, "alice", before.sent)


@pytest.mark.parametrize("kind", ["curl", "chromium"], indirect=True)
def test_nobody_plants_a_second_cookie_with_the_prefix(kind: str, arrive: Arrive) -> None:
    """`__Host-` is kept by the browser: other paths and domains are refused. requests knows no prefixes."""
    login, before, _, after = arrive(Cookie("sid", secure=True)).visit("login", "who", "plant", "who")
    assert (login.sent, len(before.sent)) == ([], 1)
    assert after == before


@pytest.mark.parametrize("kind", ["chromium"], indirect=True)
def test_scripts(kind: str, arrive: Arrive) -> None:
    """A script can plant a cookie at another path, but neither read nor replace ours, which is HttpOnly."""
    steps = ["login", "who", "script:sid=evil; path=/", "who", "script:sid=evil; path=/shop/basket", "who", "who"]
    _, before, replaced, unharmed, _, doubled, tidied = arrive(Cookie("sid", secure=False)).visit(*steps)
    assert replaced.script == ""
    assert unharmed == before
    assert (doubled.user, len(doubled.sent)) == ("alice", 2)
    assert (tidied.user, tidied.sent, tidied.script) == ("alice", doubled.sent, "sid=evil")  # it may be a neighbour's
