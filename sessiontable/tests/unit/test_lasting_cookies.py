"""A cookie with Max-Age lives as long as its session does, while that is used."""

from typing import Any

import pytest

from sessiontable import Cookie, MemoryStore, SessionTable

from .conftest import Browser, Clock

MONTH = 30 * 86_400


def test_a_lasting_cookie_is_renewed_when_the_idle_end_moves(clock: Clock) -> None:
    """Who comes every 20 minutes stays; the browser's clock and the table's run together."""
    table = SessionTable(
        MemoryStore(),
        idle_timeout=3600,
        absolute_timeout=MONTH,
        clock=clock,
        cookie=Cookie("sid", max_age=3600, secure=False),
    )
    first = table.open([])
    first.rotate("alice")
    cookie, ends, sent = first.set_cookies[0].partition(";")[0], clock.now + 3600, 0
    for _ in range(12):
        clock.now += 1200
        assert clock.now < ends
        session = table.open([cookie])
        assert session.user == "alice"
        for line in session.set_cookies:
            assert line.startswith(f"{cookie}; Max-Age=3600;")
            ends, sent = clock.now + 3600, sent + 1
        clock.now += 10
        assert table.open([cookie]).set_cookies == ()  # not on every reply
    assert sent == 12


@pytest.mark.parametrize(
    ("login", "max_age", "every", "times"),
    [
        ({"idle_timeout": 30, "absolute_timeout": 3600}, None, 29, 20),
        ({"idle_timeout": 2}, None, 1, 20),
        ({"max_age": 20}, None, 18, 20),
        ({}, 30, 29, 20),
        ({}, 600, 500, 85),
        ({"idle_timeout": 3600, "absolute_timeout": 3600, "max_age": 60}, None, 50, 71),
        ({"idle_timeout": 3600, "absolute_timeout": 3600}, 60, 50, 71),
    ],
)
def test_whoever_comes_within_all_limits_stays(
    clock: Clock, login: dict[str, Any], max_age: int | None, every: int, times: int
) -> None:
    """Shorter limits than the table's, and a cookie that ends before its session: also where the idle end moves no more."""
    cookie = Cookie("sid", max_age=max_age, secure=False)
    table = SessionTable(MemoryStore(), absolute_timeout=43_200, clock=clock, cookie=cookie)
    session = table.open([])
    session.rotate("alice", **login)
    age = login.get("max_age", max_age)
    sent = session.set_cookies[0].partition(";")[0]
    ends = clock.now + age if age else None
    for _ in range(times):
        clock.now += every
        assert ends is None or clock.now < ends
        session = table.open([sent])
        assert session.user == "alice"
        if session.set_cookies:
            ends = clock.now + age if age else None


def test_a_long_request_renews_a_lasting_cookie_before_its_reply_begins(clock: Clock, browser: Browser) -> None:
    table = SessionTable(MemoryStore(), clock=clock, cookie=Cookie("sid", max_age=3600, secure=False))
    first = table.open([])
    first.rotate("alice")
    for sent in (False, True):
        long = table.open([browser(first)])
        clock.now += 600
        long.sent = sent
        long.refresh()
        assert long.set_cookies == (() if sent else first.set_cookies)
