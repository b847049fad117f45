"""How a session is found and kept in use, whichever way it is asked: on the spot or awaited, alone or beside other cookies."""

import asyncio
import logging
import re
from contextvars import ContextVar
from typing import Any

import pytest

from sessiontable import AsyncSessionTable, Cookie, MemoryStore, SessionError, SessionTable, StoreUnavailable
from tests.plain import SID

from .conftest import Browser, Clock, Counting

UNKNOWN = "sid=" + "A" * 43


@pytest.fixture(params=["alone", "beside another"])
def beside(request: pytest.FixtureRequest) -> str:
    """What stands before our cookie."""
    return "" if request.param == "alone" else f"{UNKNOWN}; "


def test_of_eight_cookies_ours_is_found_and_of_nine_none_is_looked_for(table: SessionTable, browser: Browser) -> None:
    first = table.open([])
    first.rotate("alice")
    others = [f"sid={number:043d}" for number in range(8)]
    assert table.open(["; ".join([*others[:7], browser(first)])]).user == "alice"
    assert table.open(["; ".join([*others, browser(first)])]).user is None


def test_a_login_with_limits_of_its_own_lives_on_by_being_read(
    clock: Clock, table: SessionTable, browser: Browser, beside: str
) -> None:
    first = table.open([])
    first.rotate("alice", idle_timeout=500, absolute_timeout=2000)
    for _ in range(4):
        clock.now += 400
        assert table.session([beside + browser(first)]).user == "alice"


def test_it_does_on_asyncio_where_it_is_stored_when_the_reply_begins(
    clock: Clock, store: Counting, beside: str
) -> None:
    async def story() -> None:
        table = AsyncSessionTable(store, idle_timeout=100, absolute_timeout=1000, clock=clock, cookie=SID)
        first = await table.open([])
        await first.rotate("alice", idle_timeout=500, absolute_timeout=2000)
        line = beside + first.set_cookies[0].partition(";")[0]
        for touches in range(4):
            session = table.session([line])
            assert (session.user, session.unsettled, store.touches) == ("alice", False, touches)
            clock.now += 400
            session = table.session([line])
            assert (session.user, session.unsettled, store.touches) == ("alice", True, touches)
            await session.settle()
            assert store.touches == touches + 1

    asyncio.run(story())


def test_reading_costs_no_write_and_no_cookie_until_it_has_to(clock: Clock, store: Counting, beside: str) -> None:
    """A login with a Max-Age of its own gets it again, also where the cookie has none; and the other way round."""
    for own, asked, again in ((None, 3600, "Max-Age=3600; "), (3600, 0, None)):
        store.touches = 0
        cookie = Cookie("sid", max_age=own, secure=False)
        table = SessionTable(store, idle_timeout=100, absolute_timeout=1000, clock=clock, cookie=cookie)
        first = table.open([])
        first.rotate("alice", max_age=asked)
        ours = first.set_cookies[0].partition(";")[0]
        clock.now += 9.5  # of 10
        session = table.session([beside + ours])
        assert (session.user, session.set_cookies, store.touches) == ("alice", (), 0)
        clock.now += 0.5
        session = table.session([beside + ours])
        renewed = () if again is None else (f"{ours}; {again}Path=/; HttpOnly; SameSite=Lax",)
        assert (session.user, session.set_cookies, store.touches) == ("alice", renewed, 1)


def test_a_store_that_is_down_is_kept_for_the_adapter(
    table: SessionTable, store: Counting, browser: Browser, beside: str
) -> None:
    first = table.open([])
    first.rotate("alice")
    line, store.down = beside + browser(first), True
    reads, ends = table.session([line]), table.session([line])
    with pytest.raises(StoreUnavailable) as down:
        _ = reads.user
    assert reads.failure is down.value
    with pytest.raises(StoreUnavailable) as down:
        ends.revoke()
    assert ends.failure is down.value


def test_an_idle_end_that_cannot_be_moved_is_logged_by_its_label(
    clock: Clock, table: SessionTable, store: Counting, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    first = table.open([])
    first.rotate("alice")
    long = table.open([browser(first)])
    clock.now += 50
    store.touch = lambda *_: (_ for _ in ()).throw(StoreUnavailable("full"))  # type: ignore[method-assign]
    with caplog.at_level(logging.WARNING):
        long.refresh()
    assert caplog.messages == [f"session {first.label} goes on, but its idle end could not be moved: full"]


def test_who_asks_first_after_the_reply_has_begun_is_too_late(table: SessionTable, browser: Browser) -> None:
    """Where there was a cookie, of which the reply might depend; code around the app, which cannot change it, may ask."""
    first = table.open([])
    first.rotate("alice")
    message = (
        "the session was asked for after the reply had begun, too late for Cache-Control: no-store: "
        "ask before; session.user is enough"
    )
    app: ContextVar[Any] = ContextVar("app", default=None)
    for inside, runs, late in ((None, None, True), (app, "this", True), (app, None, False)):
        session = table.session([browser(first)])
        session.sent, session.inside = True, inside
        token = app.set(session if runs else None)
        if late:
            with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
                _ = session.user
        else:
            assert session.user == "alice"
        app.reset(token)
    stranger, asked = table.session([]), table.session([browser(first)])
    assert asked.known
    stranger.sent = asked.sent = True
    assert (stranger.user, asked.user) == (None, "alice")


def test_read_sees_what_is_not_stored_yet(clock: Clock) -> None:
    async def story() -> None:
        table = AsyncSessionTable(MemoryStore(), clock=clock, cookie=SID)
        first = await table.open([])
        await first.write_many({"a": 1, "list": [1], "same": [1], "b": 2})
        session = table.session([first.set_cookies[0].partition(";")[0]])
        session["a"] = 5
        session["list"].append(2)
        assert session["same"] == [1]
        del session["b"]
        assert [session.read(name) for name in ("a", "list", "same", "b", "none")] == [5, [1, 2], [1], None, None]

    asyncio.run(story())
