"""What a login may ask for: other limits, a device, values; who may be a user, and how many sessions one may have."""

import asyncio
import re
from enum import Enum
from typing import Any

import pytest

from sessiontable import AsyncSessionTable, Cookie, Json, MemoryStore, SessionError, SessionTable
from sessiontable.basics.users import User
from tests.plain import SID

from .conftest import Browser, Clock

MONTH = 30 * 86_400


class Name(str):
    """As frameworks make of names."""

    __slots__ = ()


def test_remember_me(clock: Clock, browser: Browser) -> None:
    """One login outlives the browser and the table's limits, another one of the same table does not."""
    table = SessionTable(MemoryStore(), clock=clock, cookie=SID)
    home, cafe = table.open([]), table.open([])
    home.rotate("alice", idle_timeout=MONTH, absolute_timeout=MONTH, max_age=MONTH)
    cafe.rotate("alice")
    assert home.set_cookies[0].partition("; ")[2] == f"Max-Age={MONTH}; Path=/; HttpOnly; SameSite=Lax"
    assert cafe.set_cookies[0].partition("; ")[2] == "Path=/; HttpOnly; SameSite=Lax"
    clock.now += MONTH - 1
    assert (table.open([browser(home)]).user, table.open([browser(cafe)]).user) == ("alice", None)
    clock.now += 1
    assert table.open([browser(home)]).user is None


def test_a_login_may_end_with_the_browser_although_others_do_not() -> None:
    table = SessionTable(MemoryStore(), cookie=Cookie("sid", max_age=60, secure=False))
    session = table.open([])
    session.rotate("alice", max_age=0)
    assert "Max-Age" not in session.set_cookies[0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"idle_timeout": 1.5}, "idle_timeout is 1.5: give a whole number of seconds, 1 or more"),
        ({"absolute_timeout": 0}, "absolute_timeout is 0: give a whole number of seconds, 1 or more"),
        ({"max_age": -1}, "max_age is -1: give a whole number of seconds, 0 or more"),
        ({"idle_timeout": 1001}, "idle_timeout of 1001 s and an absolute_timeout of 1000 s: idle must not be longer"),
        ({"device": 7}, "device is 7: give a text"),
    ],
)
def test_limits_of_a_login_that_make_no_sense(table: SessionTable, wrong: dict[str, Any], message: str) -> None:
    session = table.open([])
    with pytest.raises(SessionError, match=re.escape(message)):
        session.rotate("alice", **wrong)
    assert session.user is None


def test_an_ordinary_login_afterwards_has_the_table_s_limits_again(
    clock: Clock, table: SessionTable, browser: Browser
) -> None:
    first = table.open([])
    first.rotate("alice", idle_timeout=MONTH, absolute_timeout=MONTH)
    second = table.open([browser(first)])
    second.rotate("bob")
    clock.now += 101
    assert table.open([browser(second)]).user is None


def test_the_absolute_limit_counts_from_the_login(clock: Clock, table: SessionTable, browser: Browser) -> None:
    """An app that changes ids now and then, by `renew` or by `rotate` of the same user, gives nobody more time."""
    session = table.open([])
    session.rotate("alice")
    for step in range(12):
        clock.now += 90
        session = table.open([browser(session)])
        if session.user is None:
            break
        if step % 2:
            session.renew()
        else:
            session.rotate("alice")
    assert (step, session.user) == (11, None)  # 1,080 s after the login, of which 1,000 are allowed


@pytest.mark.parametrize(("users", "more"), [(("7", 7), 500), ((Name("ann"), Name("ann")), 0), ((7, 7), 0)])
def test_only_another_user_gets_more_time(
    clock: Clock, table: SessionTable, browser: Browser, users: tuple[User, User], more: int
) -> None:
    """7 is not "7"; and a text of a kind of its own, as Django's SafeString, is the text that it says."""
    (once, again), first = users, table.open([])
    first.rotate(once, idle_timeout=1000)
    clock.now += 500
    second = table.open([browser(first)])
    second.rotate(again, idle_timeout=1000)
    (listed,) = table.sessions_of(again)
    assert listed.expires_at == clock.now + 500 + more


def test_a_long_request_of_a_long_login_moves_its_own_idle_end(
    clock: Clock, table: SessionTable, browser: Browser
) -> None:
    first = table.open([])
    first.rotate("alice", idle_timeout=500, absolute_timeout=2000)
    long = table.open([browser(first)])
    for minute in range(4):
        clock.now += 400
        long.write("n", minute)
    assert table.open([browser(first)]).user == "alice"


def test_how_a_login_s_limits_are_stored(table: SessionTable, store: MemoryStore) -> None:
    """Under no name, in a form that later versions have to read; it counts as bytes of the session."""
    session = table.open([])
    session.rotate("alice", idle_timeout=5, max_age=0, device="Firefox")
    assert session.key
    record = store.read(session.key, table.clock())
    assert record
    assert record.values == {"": '[5,null,0,"Firefox"]'}


def test_renew_keeps_all_but_the_id(table: SessionTable, browser: Browser) -> None:
    first = table.open([])
    first.rotate("alice", {"a": 1}, device="Firefox")
    second = table.open([browser(first)])
    second.renew()
    assert browser(second) != browser(first)
    third = table.open([browser(second)])
    assert (third.user, third["a"], third.device) == ("alice", 1, "Firefox")
    assert not table.open([browser(first)]).known


def test_renew_makes_no_session(table: SessionTable, store: MemoryStore) -> None:
    session = table.open([])
    session.renew()
    assert (len(store), session.set_cookies) == (0, ())


def test_values_come_with_the_login_in_one_step(table: SessionTable, browser: Browser) -> None:
    first = table.open([])
    first["a"], first["b"] = 1, 1
    first.rotate("alice", {"b": 2, "c": [3]})
    assert dict(table.open([browser(first)])) == {"a": 1, "b": 2, "c": [3]}


@pytest.mark.parametrize("stored", [{}, {"x": 5, "y": 6}], ids=["first", "later"])
def test_none_is_a_value_that_a_login_sets(table: SessionTable, browser: Browser, stored: dict[str, Json]) -> None:
    """As in a mapping, also over one that is there: `values` are what the session holds afterwards, in the same step."""
    first = table.open([])
    first.write_many(stored)
    first.rotate("alice", {"x": None, "list": [None]})
    for session in (first, table.open([browser(first)])):
        assert dict(session) == stored | {"x": None, "list": [None]}
        assert ("x" in session, session["x"], session.read("x")) == (True, None, None)


def test_none_is_a_value_that_a_login_on_asyncio_sets() -> None:
    async def story() -> None:
        table = AsyncSessionTable(MemoryStore(), cookie=SID)
        session = await table.open([])
        await session.write("x", 5)
        await session.rotate("alice", {"x": None})
        cookie = session.set_cookies[0].partition(";")[0]
        assert dict(await table.open([cookie])) == {"x": None}

    asyncio.run(story())


def test_values_that_come_with_logins_add_up(browser: Browser) -> None:
    """One that would be too much is refused, and changes nothing; a full basket keeps nobody from logging in."""
    table = SessionTable(MemoryStore(), cookie=SID, max_bytes=1000)
    session = table.open([])
    session["basket"] = "x" * 990
    for _ in range(2):
        session.rotate("alice", device="phone")
        with pytest.raises(SessionError, match=r"session value 'seen' does not fit: .* max_bytes=1000"):
            session.rotate("alice", {"theme": 1, "seen": "y" * 500})
        assert list(table.open([browser(session)])) == ["basket"]
    session.rotate("bob", {"seen": "y" * 500})
    assert list(table.open([browser(session)])) == ["seen"]


@pytest.mark.parametrize("user", [7, 0, -1, 10**30, "7", "ann", "Ünï ✓"])
def test_a_user_may_be_a_number_or_a_text(table: SessionTable, browser: Browser, user: str | int) -> None:
    """7 is not "7"."""
    first, other = table.open([]), table.open([])
    first.rotate(user)
    other.rotate(str(user) + "0" if isinstance(user, str) else str(user))
    found = table.open([browser(first)]).user
    assert (found, type(found)) == (user, type(user))
    assert [each.label for each in table.sessions_of(user)] == [first.label]
    assert table.revoke_all(user) == 1
    assert table.open([browser(other)]).known


class Role(str, Enum):  # noqa: UP042 (a StrEnum is its value already)
    EDITOR = "ed"


def test_a_member_of_an_enum_is_the_text_that_it_is(table: SessionTable, browser: Browser) -> None:
    """And not "Role.EDITOR", under which nobody would look for it."""
    session = table.open([])
    session.rotate(Role.EDITOR)
    assert table.open([browser(session)]).user == session.user == "ed"
    assert len(table.sessions_of("ed")) == len(table.sessions_of(Role.EDITOR)) == 1


def test_a_number_has_a_limit(table: SessionTable, browser: Browser) -> None:
    """What Python makes no text of, or no number again, is refused, and not only by Python."""
    session = table.open([])
    session.rotate(2**2048 - 1)
    assert table.open([browser(session)]).user == 2**2048 - 1
    for user, bits in ((2**2048, 2049), (-(10**5000), 16610)):
        with pytest.raises(SessionError, match=f"^user is a number of {bits} bits: give one of 2048 at most$"):
            session.rotate(user)


def test_devices_and_last_use_are_listed(clock: Clock, table: SessionTable, browser: Browser) -> None:
    began = clock.now
    phone, laptop = table.open([]), table.open([])
    phone.rotate("alice", {"theme": "dark"}, device="Safari\r\n on a phone" + "x" * 500)
    clock.now += 5
    laptop.rotate("alice", device="Firefox")
    clock.now += 50
    assert table.open([browser(phone)]).user == "alice"
    newest, oldest = table.sessions_of("alice", current=laptop)
    assert (newest.device, newest.current, newest.last_used_at) == ("Firefox", True, began + 5)
    assert oldest.device == "Safari on a phone" + "x" * 183
    assert (oldest.created_at, oldest.last_used_at, oldest.read("theme"), oldest.read("none")) == (
        began, began + 55, "dark", None,
    )  # fmt: skip
    assert "dark" not in repr(oldest)


def test_the_oldest_session_goes_where_a_user_has_too_many(clock: Clock, browser: Browser) -> None:
    table = SessionTable(MemoryStore(), clock=clock, cookie=SID, max_per_user=3)
    sessions = []
    for _ in range(5):
        clock.now += 1
        session = table.open([])
        session.rotate("alice")
        sessions.append(session)
    other = table.open([])
    other.rotate("bob")
    assert [table.open([browser(each)]).known for each in sessions] == [False, False, True, True, True]
    assert table.open([browser(other)]).known


def test_a_session_from_the_future_is_nobody_s(clock: Clock, browser: Browser) -> None:
    """A board without a battery boots a year ahead, somebody logs in, and then its clock is set right."""
    table = SessionTable(MemoryStore(), clock=clock, cookie=SID)
    clock.now += 365 * 86_400
    session = table.open([])
    session.rotate("alice")
    clock.now -= 365 * 86_400
    assert table.open([browser(session)]).user is None
    assert table.sessions_of("alice") == []


def test_a_clock_that_is_a_little_behind_harms_nobody(clock: Clock, table: SessionTable, browser: Browser) -> None:
    """A minute, to the second."""
    session = table.open([])
    session.rotate("alice")
    clock.now -= 60
    assert table.open([browser(session)]).user == "alice"
    assert [each.label for each in table.sessions_of("alice")] == [session.label]
    clock.now -= 1
    assert table.open([browser(session)]).user is None
    assert table.sessions_of("alice") == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_bytes": 1.0}, "max_bytes is 1.0: give the bytes that one session may take, a whole number, 1 or more"),
        ({"max_per_user": 0}, "max_per_user is 0: give how many sessions one user may have, a whole number, 1 or more"),
        ({"grace": 61}, "grace is 61: give a whole number of seconds, from 0 to 60, as in grace=60 "),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SessionError, match=f"^{re.escape(message)}"):
        SessionTable(MemoryStore(), cookie=SID, **settings)


def test_settings_at_their_ends(clock: Clock, browser: Browser) -> None:
    table = SessionTable(
        MemoryStore(),
        clock=clock,
        cookie=SID,
        idle_timeout=1,
        absolute_timeout=1,
        max_bytes=4,
        max_per_user=1,
        grace=60,
    )
    first, second = table.open([]), table.open([])
    first.rotate("alice", {"a": 123})
    second.rotate("alice")
    assert [table.open([browser(each)]).user for each in (first, second)] == [None, "alice"]
    clock.now += 1
    assert table.open([browser(second)]).user is None
