"""A login whose reply was lost: the old id leads to the new session, for who logs in again, once, and for a short time."""

from typing import Any

import pytest

from sessiontable import MemoryStore, SessionError, SessionGone, SessionTable
from tests.plain import SID

from .conftest import Browser, Clock


@pytest.fixture
def lost(table: SessionTable, browser: Browser) -> str:
    """The Cookie header of a browser with a basket that logged in as alice and never saw the reply."""
    visit = table.open([])
    visit.write("basket", ["book"])
    header = browser(visit)
    login = table.open([header])
    login.rotate("alice")
    login.write("seen", True)
    return header


def test_the_login_is_completed_by_repeating_it(table: SessionTable, store: MemoryStore, lost: str) -> None:
    """1. under the old id 2. what was there, before and since the first login, is there 3. one session, not two."""
    again = table.open([lost])
    again.rotate("alice")
    assert (again.user, again.read("basket"), again.read("seen")) == ("alice", ["book"], True)
    assert len(table.sessions_of("alice")) == 1


def test_the_old_id_alone_opens_nothing(table: SessionTable, lost: str) -> None:
    """Whoever planted the id that a victim logged in with is not in, not for a moment (session fixation)."""
    planter = table.open([lost])
    assert (planter.known, planter.user, planter.read("basket")) == (False, None, None)
    planter.rotate("mallory")
    assert planter.read("basket") is None
    assert len(table.sessions_of("alice")) == 1


def test_it_leads_there_once(table: SessionTable, lost: str) -> None:
    first, second = table.open([lost]), table.open([lost])
    first.rotate("alice")
    second.rotate("alice")
    assert first.read("basket") == ["book"]
    assert second.read("basket") is None
    assert len(table.sessions_of("alice")) == 2


def test_two_repetitions_in_a_row(table: SessionTable, browser: Browser, lost: str) -> None:
    """The reply to the repetition was lost as well; but that one's own id leads on."""
    second = table.open([lost])
    second.rotate("alice")
    third = table.open([browser(second)])
    third.rotate("alice")
    fourth = table.open([browser(second)])
    fourth.rotate("alice")
    assert fourth.read("basket") == ["book"]


def test_not_after_the_grace(table: SessionTable, lost: str, clock: Clock) -> None:
    clock.now += 10
    late = table.open([lost])
    late.rotate("alice")
    assert late.read("basket") is None


def test_not_after_logout(table: SessionTable, browser: Browser) -> None:
    """Neither after a logout of the new session, nor after one that was sent under the old id."""
    for logs_out in ("new", "old"):
        visit = table.open([])
        visit.write("basket", [logs_out])
        old = browser(visit)
        login = table.open([old])
        login.rotate("alice")
        table.open([browser(login) if logs_out == "new" else old]).revoke()
        again = table.open([old])
        again.rotate("alice")
        assert again.read("basket") is None, logs_out


def test_a_double_click_on_login(table: SessionTable, browser: Browser) -> None:
    """Both requests are in flight from the same anonymous session: the second goes on where the first one came to."""
    visit = table.open([])
    visit.write("basket", ["book"])
    first, second = table.open([browser(visit)]), table.open([browser(visit)])
    first.rotate("alice")
    second.rotate("alice")
    assert (second.user, second.read("basket")) == ("alice", ["book"])
    assert [listed.current for listed in table.sessions_of("alice", second)] == [True]


def test_a_request_that_was_overtaken_by_a_login(table: SessionTable, browser: Browser, clock: Clock) -> None:
    """It was sent with the old id and arrives after the login: a cookie of its own would put the login's out."""
    visit = table.open([])
    visit.write("basket", ["book"])
    table.open([browser(visit)]).rotate("alice")
    for by_update in (False, True):
        late = table.open([browser(visit)])
        with pytest.raises(SessionGone, match=f"^session {visit.label} ended while this request was under way"):
            late.update("x", lambda _: 1) if by_update else late.write("x", 1)
        assert late.set_cookies == ()
    clock.now += 10
    later = table.open([browser(visit)])
    later.write("x", 1)
    assert len(later.set_cookies) == 1


def test_a_stale_id_of_long_ago_does_not_keep_a_visitor_out(table: SessionTable, browser: Browser) -> None:
    """Nor does one that ended by a logout, nor a living one of somebody else's that was planted beside it."""
    alice, bob = table.open([]), table.open([])
    alice.rotate("alice")
    bob.rotate("bob")
    table.open([browser(alice)]).revoke()
    for header in ("sid=" + "A" * 43, browser(alice)):
        visitor = table.open([header])
        visitor.write("x", 1)
        assert visitor.label
    carol = table.open([])
    carol.rotate("carol")
    between = table.open([f"{browser(bob)}; {browser(carol)}"])
    between.write("probe", 1)
    assert table.open([browser(bob)]).names() == []


def test_no_grace_at_all(store: MemoryStore, clock: Clock, browser: Browser) -> None:
    table = SessionTable(store, clock=clock, grace=0, cookie=SID)
    visit = table.open([])
    visit.write("basket", ["book"])
    table.open([browser(visit)]).rotate("alice")
    again = table.open([browser(visit)])
    again.rotate("alice")
    assert again.read("basket") is None


@pytest.mark.parametrize("grace", [-1, 61, 2.5, float("nan")])
def test_a_grace_that_makes_no_sense_is_refused(grace: Any) -> None:
    with pytest.raises(SessionError) as refused:
        SessionTable(MemoryStore(), grace=grace, cookie=SID)
    assert str(refused.value).startswith(f"grace is {grace}: give a whole number of seconds, from 0 to 60")
