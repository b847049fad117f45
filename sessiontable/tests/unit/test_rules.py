"""What holds for all sessions of a table: its defaults, what it remembers, and how it asks its store."""

import asyncio

import pytest

from sessiontable import AsyncSessionTable, Event, Hooks, MemoryStore, Record, SessionGone, SessionTable
from sessiontable.logic.inline import finish
from tests.plain import SID

from .conftest import Browser, Clock


def test_the_defaults() -> None:
    """Half an hour, twelve hours, 64 KB, a hundred sessions, ten seconds."""
    table = SessionTable(MemoryStore())
    assert (table.idle_timeout, table.absolute_timeout, table.refresh) == (1800, 43_200, 60)
    assert (table.max_bytes, table.max_per_user, table.grace) == (65_536, 100, 10)
    assert table.cookie.issue("A") == "__Host-sessiontable=A; Path=/; HttpOnly; SameSite=Lax; Secure"


def test_a_table_remembers_the_last_thousand_that_it_has_ended(table: SessionTable) -> None:
    keys = [number.to_bytes(32) for number in range(1001)]
    for key in keys[:1000]:
        finish(table.end(key, None))
    assert all(table.ended_since(0, key) for key in keys[:1000])
    finish(table.end(keys[1000], None))
    assert [table.ended_since(0, key) for key in (keys[0], keys[1], keys[1000])] == [False, True, True]


def test_a_late_request_is_told_however_many_have_ended_before(table: SessionTable, browser: Browser) -> None:
    for _ in range(3):
        first = table.open([])
        first.rotate("alice")
        late = table.session([browser(first)])
        table.session([browser(first)]).revoke()
        with pytest.raises(SessionGone):
            late.write("draft", "x")
        table.session([browser(first)]).write("next", 1)


def test_an_event_says_when(clock: Clock, store: MemoryStore) -> None:
    told: list[Event] = []
    table = SessionTable(store, clock=clock, cookie=SID, hooks=Hooks(login=told.append))
    session = table.open([])
    session.rotate(7)
    assert told == [Event(7, session.label or "", clock.now)]


def test_each_planted_session_has_the_next_turn_of_tidying(table: SessionTable, browser: Browser) -> None:
    """The first one the likeliest places; and all places have had a turn when all turns are through."""
    one, two = table.open([]), table.open([])
    one.rotate("alice")
    two.rotate("mallory")
    host, path = "a.b.c.d.shop.test", "/1/2/3/4"
    turns = [table.cookie.delete_elsewhere(host, path, turn) for turn in range(6)]
    said = [table.open([f"{browser(one)}; {browser(two)}"], host=host, path=path).set_cookies for _ in turns]
    assert said == [tuple(turn) for turn in turns]
    assert said[0] != said[1]


class Quick(MemoryStore):
    """Its whole list would take long."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, float]] = []

    def sessions_of(self, user: str, now: float) -> list[tuple[bytes, Record]]:
        self.asked.append(("sessions_of", user, now))
        return super().sessions_of(user, now)

    def listed(self, user: str, now: float) -> list[tuple[bytes, Record]]:
        self.asked.append(("listed", user, now))
        return super().sessions_of(user, now)


def test_a_login_looks_for_the_oldest_session_without_a_long_search(clock: Clock, browser: Browser) -> None:
    store = Quick()
    table = SessionTable(store, clock=clock, cookie=SID, max_per_user=1)
    first, second = table.open([]), table.open([])
    first.rotate("alice")
    second.rotate("alice")
    assert [table.open([browser(each)]).known for each in (first, second)] == [False, True]
    assert store.asked == [("listed", "alice", clock.now)] * 2
    assert table.revoke_all("alice") == 1
    assert store.asked[2:] == [("sessions_of", "alice", clock.now)]


def test_a_look_that_nobody_awaits_is_timed_too(store: MemoryStore) -> None:
    """On asyncio `session.user` looks up on the spot, where the store is in memory."""
    steps: list[tuple[str, bool]] = []

    async def story() -> None:
        hooks = Hooks(step=lambda name, seconds, failed: steps.append((name, failed)))
        table = AsyncSessionTable(store, cookie=SID, hooks=hooks)
        first = await table.open([])
        await first.rotate("alice")
        steps.clear()
        assert table.session([first.set_cookies[0].partition(";")[0]]).user == "alice"

    asyncio.run(story())
    assert steps == [("read", False)]
