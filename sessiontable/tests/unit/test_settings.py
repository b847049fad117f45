"""What a table is told when it is made: limits that make no sense are refused, and those of the cookie are used."""

# mypy: disable-error-code="arg-type"

import re
import sys
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from sessiontable import AsyncSessionTable, Cookie, Event, Hooks, MemoryStore, SessionError, SessionTable
from sessiontable.asgi import SessionMiddleware
from sessiontable.httpserver import SessionMixin
from sessiontable.logic.inline import Inline
from sessiontable.logic.timed import Timed
from sessiontable.sqlite import SQLiteStore
from sessiontable.wsgi import SessionMiddleware as WSGIMiddleware
from tests.plain import SID


@pytest.mark.parametrize("wrong", [0, -1, 0.5, 10.0, float("nan"), True, "10", timedelta(minutes=30), None])
@pytest.mark.parametrize("name", ["idle_timeout", "absolute_timeout"])
def test_timeouts_that_make_no_sense_are_refused(name: str, wrong: Any) -> None:
    settings: dict[str, Any] = {"idle_timeout": 5, "absolute_timeout": 10, name: wrong}
    message = (
        f"{name} is {wrong!r}: give a whole number of seconds, 1 or more, as in {name}=1800 "
        "(an int, as int(delta.total_seconds()) makes it of a timedelta)"
    )
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        SessionTable(MemoryStore(), cookie=SID, **settings)


def test_idle_is_no_longer_than_absolute() -> None:
    with pytest.raises(
        SessionError, match=r"^idle_timeout is 11 s and absolute_timeout 10 s: idle must not be longer$"
    ):
        SessionTable(MemoryStore(), idle_timeout=11, absolute_timeout=10, cookie=SID)


async def _later(event: Event) -> None:
    """A hook that nobody would await."""


class _Later:
    async def __call__(self, event: Event) -> None: ...


def _app(*_: Any) -> Any: ...


class _Page(SessionMixin, BaseHTTPRequestHandler):
    session_table = AsyncSessionTable(MemoryStore())  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SessionTable(MemoryStore), "the store is <class "),
        (
            lambda: AsyncSessionTable(SessionTable(MemoryStore())),
            "the store is <sessiontable.logic.table.SessionTable object",
        ),
        (lambda: SessionTable(None), "the store is None: give one as MemoryStore()"),
        (lambda: SessionTable(MemoryStore(), clock=time.time()), "clock is "),
        (lambda: SessionTable(MemoryStore(), hooks=print), "hooks is <built-in function print>: give one as Hooks("),
        (lambda: SessionTable(MemoryStore(), cookie="sid"), "cookie is 'sid': give one as Cookie("),
        (
            lambda: SessionTable(MemoryStore(), idle_timeout=10**5000),
            "idle_timeout is more than that: give a whole number",
        ),
        (lambda: SessionTable(MemoryStore(), idle_timeout=2**63), "from 1 to 9223372036854775807"),
        (lambda: SessionTable(MemoryStore(), idle_timeout=-(10**5000)), "idle_timeout is less than that: give a whole"),
        (
            lambda: SessionTable(MemoryStore(), grace=10**5000),
            "grace is more than that: give a whole number of seconds, from 0 to 60",
        ),
        (
            lambda: SessionTable(MemoryStore(), max_bytes=2**63),
            "max_bytes is more than that: give the bytes that one session may take, a whole number, "
            "from 1 to 9223372036854775807",
        ),
        (
            lambda: SessionTable(MemoryStore(), max_per_user=-(10**5000)),
            "max_per_user is less than that: give how many",
        ),
        (lambda: MemoryStore(2**63), "max_sessions is more than that: give the number"),
        (lambda: SQLiteStore("x.db", 10**400), "busy_timeout is 1000"),
        (lambda: SQLiteStore("x.db", float("inf")), "busy_timeout is inf s: give a finite number of seconds"),
        (
            lambda: SessionTable(MemoryStore()).sessions_of(10**5000),
            "user is a number of 16610 bits: give one of 2048 at most",
        ),
        (lambda: Cookie(max_age=2**63), "cookie max_age is more than that"),
        (lambda: Cookie(same_site=["Lax"]), "cookie same_site is ['Lax']: use 'Lax', 'Strict' or 'None'"),
        (lambda: Hooks(login=_later), "the hook login is <function _later"),
        (lambda: Hooks(gone=_Later()), "the hook gone is <tests.unit.test_settings._Later"),
        (lambda: Hooks(step="log"), "the hook step is 'log': give a function without async"),
        (lambda: MemoryStore("5"), "max_sessions is '5': give the number"),
        (lambda: MemoryStore(True), "max_sessions is True: give the number"),
        (lambda: MemoryStore(max_bytes=1e6), "max_bytes is 1000000.0: give the bytes"),
        (lambda: SQLiteStore("x.db", "5"), "busy_timeout is 5 s: give a finite number of seconds"),
        (lambda: SQLiteStore("x.db", True), "busy_timeout is True s: give a finite number of seconds"),
        (lambda: SQLiteStore("x.db", timedelta(seconds=5)), "busy_timeout is 0:00:05 s: give a finite number"),
        (lambda: SQLiteStore("x.db", durable="no"), "durable is 'no': give True or False"),
        (lambda: SQLiteStore(None), "session file 'None' is no path: name a file"),
        (lambda: SQLiteStore(b"x.db"), "is no path: name a file"),
        (lambda: SessionMiddleware(_app, SessionTable(MemoryStore())), "of sessiontable.asgi got the table <"),
        (lambda: SessionMiddleware(_app, MemoryStore()), "give an AsyncSessionTable"),
        (lambda: WSGIMiddleware(_app, AsyncSessionTable(MemoryStore())), "of sessiontable.wsgi got the table <"),
        (
            lambda: _Page.__new__(_Page).session,
            "_Page.session_table is <sessiontable.logic.asynchronous.AsyncSessionTable",
        ),
    ],
)
def test_one_thing_in_place_of_another(make: Any, message: str) -> None:
    """What people mix up; otherwise it would be found by the first visitor, or lose in silence what is stored."""
    with pytest.raises(SessionError, match=re.escape(message)):
        make()


def test_never_is_a_limit_too() -> None:
    store, most = MemoryStore(sys.maxsize), sys.maxsize
    table = SessionTable(store, idle_timeout=most, absolute_timeout=most, max_bytes=most, max_per_user=most, cookie=SID)
    session = table.open([])
    session.rotate("alice")
    assert table.open([session.set_cookies[0].partition(";")[0]]).user == "alice"


def test_the_cookie_settings_are_used(store: MemoryStore) -> None:
    table = SessionTable(store, cookie=Cookie("id", max_age=7, secure=True))
    session = table.open([])
    session.write("x", 1)
    (line,) = session.set_cookies
    assert re.fullmatch(r"__Host-id=[\w-]{43}; Max-Age=7; Path=/; HttpOnly; SameSite=Lax; Secure", line)


def test_what_is_said_of_a_store_or_clock_that_is_none() -> None:
    for given, message in (
        (
            {"store": None},
            'the store is None: give one as MemoryStore() or SQLiteStore("sessions.db"), with the methods create, read, '
            "write, touch, move, delete",
        ),
        ({"clock": 5}, "clock is 5: give one as time.time, without a call"),
        ({"hooks": None}, "hooks is None: give one as Hooks(login=log_it)"),
        ({"cookie": "sid"}, """cookie is 'sid': give one as Cookie("shop")"""),
    ):
        settings: dict[str, Any] = {"store": MemoryStore(), **given}
        with pytest.raises(SessionError) as told:
            SessionTable(**settings)
        assert str(told.value) == message


def test_nothing_stands_between_a_table_and_its_store_where_no_step_is_timed() -> None:
    assert type(SessionTable(MemoryStore()).store) is Inline
    assert type(SessionTable(MemoryStore(), hooks=Hooks(step=print)).store) is Timed
