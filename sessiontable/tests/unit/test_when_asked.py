"""A session is looked up when somebody asks, and not before; a look is not a write."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from sessiontable import (
    AsyncSessionTable,
    Record,
    Session,
    SessionError,
    SessionTable,
    StoreUnavailable,
)
from sessiontable.logic.inline import Inline
from tests.plain import SID

from .conftest import Browser, Clock, Counting

ID = "sid=" + "A" * 43


def test_who_asks_nothing_costs_nothing(table: SessionTable, store: Counting) -> None:
    session = table.session([ID])
    assert (session.headers(), session.label, session.set_cookies) == ([], None, ())
    assert store.reads == 0
    assert not session.known
    assert session.user is None
    assert store.reads == 1


def test_who_has_no_cookie_needs_no_store(table: SessionTable, store: Counting) -> None:
    store.down = True
    assert table.session([]).user is None
    with pytest.raises(StoreUnavailable):
        _ = table.session([ID]).user


def test_a_logout_and_a_login_need_no_question_before(table: SessionTable, store: Counting, browser: Browser) -> None:
    first = table.session([])
    first.rotate("alice")
    table.session([browser(first)]).revoke()
    assert len(store) == 0
    again = table.session([browser(first)])
    again.rotate("alice")
    assert table.open([browser(again)]).user == "alice"


@pytest.mark.parametrize(
    "begin", [lambda s: s.write("x", 1), lambda s: s.update(x=1), lambda s: s.write_many({"x": 1})]
)
def test_a_write_looks_first_and_goes_on_with_the_session(
    table: SessionTable, store: Counting, browser: Browser, begin: Callable[[Session], None]
) -> None:
    first = table.session([])
    first.rotate("alice")
    second = table.session([browser(first)])
    begin(second)
    assert (second.user, second.set_cookies, dict(table.session([browser(first)])), len(store)) == (
        "alice", (), {"x": 1}, 1,
    )  # fmt: skip


def test_after_a_logout_nothing_is_asked_and_another_session_may_begin(
    table: SessionTable, store: Counting, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = table.session([])
    first.rotate("alice")
    ended, delete = list[bytes](), store.delete

    def noted(key: bytes) -> bool:
        ended.append(key)
        return delete(key)

    monkeypatch.setattr(store, "delete", noted)
    store.reads = 0
    second = table.session([browser(first)])
    second.revoke()
    assert (second.user, store.reads, ended) == (None, 0, [first.key])
    second["flash"] = "bye"
    assert dict(table.session([browser(second)])) == {"flash": "bye"}
    table.session(["sid=none"]).revoke()
    assert ended == [first.key]


def test_a_store_that_cannot_be_written_can_be_read(
    clock: Clock, table: SessionTable, store: Counting, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    first = table.open([])
    first.rotate("alice")
    store.full = True
    clock.now += 50
    with caplog.at_level(logging.WARNING):
        assert table.open([browser(first)]).user == "alice"
    assert "its idle end could not be moved: full" in caplog.text
    store.full = False
    clock.now += 40
    assert table.open([browser(first)]).user == "alice"
    clock.now += 90
    assert table.open([browser(first)]).user == "alice"


def test_what_was_moved_just_now_is_not_moved_again(
    clock: Clock, table: SessionTable, store: Counting, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = table.open([])
    first.rotate("alice")
    clock.now += 50
    moved: list[float] = []
    touch = store.touch

    def counted(key: bytes, expires_at: float, now: float) -> bool:
        moved.append(expires_at)
        return touch(key, expires_at, now)

    monkeypatch.setattr(store, "touch", counted)
    second = table.session([browser(first)])
    assert second.user == "alice"
    second.write("a", 1)
    second.refresh()
    assert moved == [clock.now + 100]
    clock.now += 9
    second.write("a", 2)
    assert len(moved) == 1
    clock.now += 1
    second.write("a", 3)
    assert len(moved) == 2


def test_each_request_with_a_planted_session_is_tidied_at_other_places(table: SessionTable, browser: Browser) -> None:
    one, two = table.open([]), table.open([])
    one.rotate("alice")
    two.rotate("mallory")
    lines = [f"{browser(one)}; {browser(two)}"]
    said = [table.open(lines, host="a.b.c.d.shop.test", path="/1/2/3/4").set_cookies for _ in range(3)]
    assert said[0]
    assert not set(said[0]) & set(said[1])
    assert not set(said[1]) & set(said[2])


def test_a_late_request_does_not_begin_a_session_after_its_own_has_ended(
    table: SessionTable, store: Counting, browser: Browser
) -> None:
    """It has not asked before the logout. Whoever uses that browser next would find what it stores."""
    first = table.open([])
    first.rotate("alice")
    late = table.session([browser(first)])
    table.session([browser(first)]).revoke()
    with pytest.raises(SessionError, match="ended while this request was under way"):
        late.write("draft", "x")
    next_one = table.session([browser(first)])
    next_one.write("basket", ["tea"])
    assert len(store) == 1


class Remote(Inline):
    """As a store across a network."""

    async def read(self, key: bytes, now: float) -> Record | None:
        await asyncio.sleep(0)
        return await super().read(key, now)


def test_a_store_that_has_to_be_awaited_is_asked_so(store: Counting) -> None:
    """Without `await` it cannot be: the error says what to do, each time, and is none of a session."""

    async def story() -> None:
        table = AsyncSessionTable(Remote(store), cookie=SID)
        session = table.session([ID])
        for _ in range(2):
            with pytest.raises(SessionError, match=r"await request.session.load\(\)"):
                _ = session.user
        assert store.reads == 0
        await session.load()
        assert (session.user, store.reads) == (None, 1)

    asyncio.run(story())


def test_on_asyncio_the_idle_end_moves_when_the_reply_begins(clock: Clock, store: Counting) -> None:
    async def story() -> None:
        table = AsyncSessionTable(store, idle_timeout=100, absolute_timeout=1000, clock=clock, cookie=SID)
        first = await table.open([])
        await first.rotate("alice")
        cookie = first.set_cookies[0].partition(";")[0]
        for _ in range(4):
            clock.now += 60
            session = table.session([cookie])
            assert session.user == "alice"
            assert session.unsettled
            await session.settle()
            assert not session.unsettled

    asyncio.run(story())


def test_a_long_request_learns_of_a_logout_and_stays_in_use(
    clock: Clock, table: SessionTable, browser: Browser
) -> None:
    first = table.open([])
    first.rotate("alice")
    long = table.open([browser(first)])
    for minute in range(12):
        clock.now += 60
        table.open([]).write("somebody else", 1)
        if minute % 2:
            long.refresh()
        else:
            long.write("n", minute)
    table.open([browser(first)]).write("n", "newest")
    long.refresh()
    assert (long.user, long.read("n")) == ("alice", "newest")
    table.revoke_all("alice")
    with pytest.raises(SessionError, match="ended while this request was under way"):
        long.refresh()
    assert long.user is None
