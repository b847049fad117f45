"""A session whose values an adapter encodes: what `TextSession` adds to `Session`."""

import pytest

from sessiontable import Cookie, MemoryStore, Session, SessionError, SessionGone, SessionTable
from sessiontable.logic.lifetime import Lifetime
from sessiontable.logic.texts import MovingSession, TextSession
from tests.plain import SID

from .conftest import Clock

LIFE = Lifetime(100, 1000, 1000)


@pytest.fixture
def table(clock: Clock) -> SessionTable:
    return SessionTable(MemoryStore(), idle_timeout=50, absolute_timeout=500, cookie=SID, clock=clock)


def again(table: SessionTable, session: Session) -> TextSession:
    """The next request of the same browser."""
    return TextSession(table.open([session.set_cookies[-1].partition(";")[0]]))


def test_nothing_is_there_before_something_is_stored(table: SessionTable) -> None:
    inner = TextSession(table.open([]))
    assert (inner.exists, inner.new_id, inner.created_at, inner.texts, inner.life) == (
        False,
        None,
        None,
        {},
        Lifetime(),
    )
    inner.write({"gone": None})
    assert not inner.exists
    inner.write({"a": "1", "gone": None})
    assert (inner.exists, inner.created_at, inner.texts) == (True, 1_000_000.0, {"a": "1"})
    assert [line.partition(";")[0] for line in inner.session.set_cookies] == [f"sid={inner.new_id}"]
    assert again(table, inner.session).session["a"] == 1


def test_a_cookie_that_leads_nowhere_is_something_to_log_out_of(table: SessionTable) -> None:
    assert TextSession(table.open(["sid=" + "A" * 43])).exists


def test_begin_goes_on_under_a_new_id_with_other_limits_and_no_more_time(table: SessionTable, clock: Clock) -> None:
    first = table.open([])
    first.rotate("alice", {"a": 1})
    clock.now += 40
    inner = again(table, first)
    assert inner.new_id is None
    inner.begin({"b": "null"}, LIFE)
    assert inner.new_id
    assert "Max-Age=1000" in inner.session.set_cookies[0]
    later = again(table, inner.session)
    assert (later.session.user, dict(later.session), later.life) == ("alice", {"a": 1, "b": None}, LIFE)
    assert (later.created_at, later.texts) == (1_000_000.0, {"a": "1", "b": "null"})
    (listed,) = table.sessions_of("alice")
    assert (listed.created_at, listed.expires_at) == (1_000_000.0, clock.now + 100)
    assert not again(table, first).session.known


def test_a_login_takes_texts_and_limits(table: SessionTable) -> None:
    inner = TextSession(table.open([]))
    inner.login("alice", {"a": "[1]", "nothing": "null"}, LIFE)
    later = again(table, inner.session)
    assert (later.session.user, later.life, later.texts) == ("alice", LIFE, {"a": "[1]", "nothing": "null"})


@pytest.mark.parametrize("call", ["write", "begin", "login"])
def test_a_session_that_has_ended_is_not_brought_back(table: SessionTable, call: str) -> None:
    first = table.open([])
    first.rotate("alice")
    late = again(table, first)
    table.revoke_all("alice")
    calls = {
        "write": lambda: late.write({"a": "1"}),
        "begin": lambda: late.begin({"a": "1"}),
        "login": lambda: late.login("alice", {"a": "1"}),
    }
    with pytest.raises(SessionGone):
        calls[call]()
    assert table.sessions_of("alice") == []


def test_what_does_not_fit_is_an_error(table: SessionTable) -> None:
    with pytest.raises(SessionError, match="'a' does not fit"):
        TextSession(table.open([])).begin({"a": '"' + "x" * 70_000 + '"'})


def test_the_limits_of_a_table_can_be_read(table: SessionTable) -> None:
    assert (table.idle_timeout, table.absolute_timeout) == (50, 500)


def test_a_framework_is_told_when_its_own_cookie_has_to_live_longer(clock: Clock) -> None:
    """It is the framework's, so the table sends none."""
    table = SessionTable(
        MemoryStore(),
        idle_timeout=50,
        absolute_timeout=500,
        cookie=Cookie("sid", max_age=50, secure=False),
        clock=clock,
    )
    first = MovingSession(table)
    TextSession(first).login("alice", {"n": "1"})
    assert TextSession(first).new_id
    ids = [TextSession(first).new_id or ""]
    for seconds, moved in ((4, False), (5, True), (4, False)):
        clock.now += seconds
        inner = TextSession(MovingSession(table, ids))
        assert (inner.moved, inner.texts, inner.session.user, inner.moved) == (False, {"n": "1"}, "alice", moved)
        assert inner.session.set_cookies == ()
