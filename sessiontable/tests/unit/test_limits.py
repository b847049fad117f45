"""When the idle end is moved, and when a cookie has to be renewed: to the second."""

import asyncio

import pytest

from sessiontable import AsyncSessionTable, Cookie, MemoryStore, Record, Session, SessionTable
from sessiontable.logic.lifetime import USUAL, Lifetime
from tests.plain import SID

from .conftest import Browser, Clock


def end(store: MemoryStore, session: Session, clock: Clock) -> float:
    assert session.key
    record = store.read(session.key, clock.now)
    assert record
    return record.expires_at - clock.now


@pytest.mark.parametrize(("idle", "refresh"), [(None, 10), (20, 2), (400, 10 * 4), (1000, 60)])
def test_a_long_request_moves_its_idle_end_after_a_tenth(
    store: MemoryStore, clock: Clock, browser: Browser, idle: int | None, refresh: int
) -> None:
    """Of its own limit, where its login had one; no later than after a minute."""
    table = SessionTable(store, idle_timeout=100, absolute_timeout=1000, clock=clock, cookie=SID)
    first = table.open([])
    first.rotate("alice", idle_timeout=idle, absolute_timeout=10_000)
    session, lives = table.open([browser(first)]), idle or 100
    clock.now += refresh - 0.5
    session.write("n", 1)
    assert end(store, session, clock) == lives - refresh + 0.5
    clock.now += 0.5
    session.write("n", 2)
    assert end(store, session, clock) == lives
    clock.now += refresh
    session.write("n", 3)
    assert end(store, session, clock) == lives
    clock.now += refresh - 0.5
    session.refresh()
    assert end(store, session, clock) == lives - refresh + 0.5


@pytest.mark.parametrize(("idle", "refresh"), [(None, 10), (20, 2)])
def test_a_write_on_the_spot_does_so_too(store: MemoryStore, clock: Clock, idle: int | None, refresh: int) -> None:
    async def story() -> None:
        table = AsyncSessionTable(store, idle_timeout=100, absolute_timeout=1000, clock=clock, cookie=SID)
        session, lives = table.session([]), idle or 100
        await session.rotate("alice", idle_timeout=idle)
        clock.now += refresh - 0.5
        await session.write("n", 1)
        assert session.key
        record = store.read(session.key, clock.now)
        assert record
        assert record.expires_at == clock.now + lives - refresh + 0.5
        clock.now += 0.5
        await session.write("n", 2)
        record = store.read(session.key, clock.now)
        assert record
        assert record.expires_at == clock.now + lives

    asyncio.run(story())


def rules(idle: int = 1800, absolute: int = 43_200, max_age: int | None = None) -> SessionTable:
    cookie = Cookie("sid", max_age=max_age, secure=False)
    return SessionTable(MemoryStore(), idle_timeout=idle, absolute_timeout=absolute, cookie=cookie)


@pytest.mark.parametrize(
    ("idle", "max_age", "life", "refresh"),
    [
        (1800, None, USUAL, 60),
        (600, None, USUAL, 60),
        (590, None, USUAL, 59),
        (1800, 600, USUAL, 60),
        (1800, 590, USUAL, 59),
        (1800, 1, USUAL, 0.1),
        (1800, 10_000, USUAL, 60),
        (1800, 590, Lifetime(idle=100), 10),
        (1800, 590, Lifetime(max_age=100), 10),
        (1800, 590, Lifetime(max_age=0), 60),
        (100, None, Lifetime(idle=1800), 60),
    ],
)
def test_use_is_counted_after_a_tenth_of_the_shortest_limit(
    idle: int, max_age: int | None, life: Lifetime, refresh: float
) -> None:
    table = rules(idle, max_age=max_age)
    assert table.refresh_of(life) == refresh
    if life is USUAL:
        assert table.refresh == refresh


@pytest.mark.parametrize(("max_age", "rolls"), [(None, False), (1, True), (1799, True), (1800, False), (1801, False)])
def test_a_cookie_that_ends_before_an_unused_session_is_renewed(max_age: int | None, rolls: bool) -> None:
    table = rules(1800, max_age=max_age)
    assert table.rolls is rolls
    last = Record(0, 43_200, None)
    assert table.is_short_of(last, USUAL) is rolls


@pytest.mark.parametrize(
    ("expires_at", "life", "short"),
    [
        (43_200, USUAL, True),
        (43_199, USUAL, False),  # it moves once more
        (43_201, USUAL, True),  # the limit was lowered
        (5000, Lifetime(absolute=5000), True),
        (4999, Lifetime(absolute=5000), False),
        (43_200, Lifetime(max_age=0), False),
        (43_200, Lifetime(max_age=1800), False),
        (43_200, Lifetime(max_age=1799), True),
        (43_200, Lifetime(max_age=1), True),
        (43_200, Lifetime(idle=60), False),
        (43_200, Lifetime(idle=61), True),
    ],
)
def test_a_cookie_is_short_of_a_session_whose_end_moves_no_more(expires_at: int, life: Lifetime, short: bool) -> None:
    assert rules(1800, max_age=60).is_short_of(Record(1000, 1000 + expires_at, None), life) is short
