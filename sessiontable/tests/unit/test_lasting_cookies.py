"""A cookie with Max-Age lives as long as its session does, while that is used."""

import asyncio
from typing import Any

import pytest

from sessiontable import AsyncSessionTable, Cookie, MemoryStore, SessionTable

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


@pytest.mark.parametrize("moves", ["write", "update", "refresh"])
@pytest.mark.parametrize("face", ["threads", "asyncio"])
def test_a_socket_in_use_does_not_keep_the_next_page_from_renewing_the_cookie(
    clock: Clock, browser: Browser, face: str, moves: str
) -> None:
    """It moves the idle end every minute and can send no cookie. So the page after it sends one, however soon it comes,
    and the socket itself moves the end no more often than it did.
    """
    settings: dict[str, Any] = {
        "idle_timeout": 1800,
        "absolute_timeout": MONTH,
        "clock": clock,
        "cookie": Cookie("sid", max_age=1800, secure=False),
    }
    touched: list[float] = []

    class Noting(MemoryStore):
        def touch(self, key: bytes, expires_at: float, now: float) -> bool:
            touched.append(now)
            return super().touch(key, expires_at, now)

    async def story() -> None:
        noting = Noting()
        login = SessionTable(noting, **settings).open([])
        login.rotate("alice")
        kind = SessionTable if face == "threads" else AsyncSessionTable
        socket: Any = kind(noting, **settings).session([browser(login)])
        assert socket.user == "alice"
        socket.sent = True
        for turn in range(175):
            clock.now += 10
            step = {
                "write": lambda turn=turn: socket.write("n", turn),
                "update": lambda turn=turn: socket.update("n", lambda _: turn),
                "refresh": socket.refresh,
            }[moves]()
            if hasattr(step, "__await__"):
                await step
        assert 24 <= len(touched) <= 30
        page = SessionTable(noting, **settings).open([browser(login)])
        assert page.user == "alice"
        assert page.set_cookies == (f"{browser(login)}; Max-Age=1800; Path=/; HttpOnly; SameSite=Lax",)
        assert SessionTable(noting, **settings).open([browser(login)]).set_cookies == ()
        clock.now += 1799
        assert SessionTable(noting, **settings).open([browser(login)]).known

    asyncio.run(story())
