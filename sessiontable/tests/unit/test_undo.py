"""A login or first value is taken back where its cookie never reaches the browser: the browser's own id goes on as before."""

import logging
from collections.abc import Callable

import pytest

from sessiontable import MemoryStore, Record, Session, SessionGone, SessionTable

from .conftest import Browser, Counting


def stored(table: SessionTable, store: MemoryStore, session: Session) -> Record | None:
    assert session.key
    return store.read(session.key, table.clock())


@pytest.fixture
def alice(table: SessionTable) -> Session:
    """Logged in, with limits of her own."""
    session = table.open([])
    session.rotate("alice", {"a": 1, "b": 2}, idle_timeout=200, device="Firefox")
    return session


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.rotate("bob"),
        lambda session: session.rotate("alice", {"a": 7, "c": 3}),
        lambda session: session.rotate("alice", idle_timeout=50),
        lambda session: session.renew(),
        lambda session: (session.rotate("alice"), session.rotate("carol", {"x": 1})),
    ],
    ids=["another user", "values", "limits", "renew", "twice"],
)
def test_all_is_as_before(
    table: SessionTable, store: MemoryStore, browser: Browser, alice: Session, change: Callable[[Session], object]
) -> None:
    before = stored(table, store, alice)
    session = table.open([browser(alice)])
    change(session)
    assert stored(table, store, alice) is None
    changed = browser(session)
    session.undo()
    session.undo()
    assert (stored(table, store, alice), len(store)) == (before, 1)
    assert (session.set_cookies, session.label, session.user, dict(session)) == ((), None, None, {})
    assert not table.open([changed]).known


def test_a_visit_has_no_user_before_and_after(table: SessionTable, store: MemoryStore, browser: Browser) -> None:
    visit = table.open([])
    visit.write("basket", ["tea"])
    before = stored(table, store, visit)
    session = table.open([browser(visit)])
    session.rotate("alice", {"x": 1})
    session.undo()
    assert (stored(table, store, visit), table.sessions_of("alice")) == (before, [])


def test_a_first_value_leaves_nothing(table: SessionTable, store: MemoryStore) -> None:
    """Nor does one after a logout, or after a login that was taken back by a logout in the same request."""
    for before in (lambda _: None, lambda each: each.revoke(), lambda each: (each.rotate("alice"), each.revoke())):
        session = table.open([])
        before(session)
        session.write("x", 1)
        assert len(store) == 1
        session.undo()
        assert (len(store), session.set_cookies) == (0, ())


def test_what_others_wrote_meanwhile_stays(
    table: SessionTable, store: MemoryStore, browser: Browser, alice: Session
) -> None:
    """Between the look and the login; a value that came with the login alone goes."""
    session = table.open([browser(alice)])
    table.open([browser(alice)]).write_many({"other": "tab", "c": "tab"})
    session.rotate("alice", {"c": 3, "d": 4})
    session.undo()
    assert dict(table.open([browser(alice)])) == {"a": 1, "b": 2, "other": "tab"}


def test_another_user_s_values_are_not_brought_back_as_one_s_own(
    table: SessionTable, store: MemoryStore, browser: Browser
) -> None:
    """A double click on login: the second one goes on with the first one's session, and the old id is nobody's."""
    visit = table.open([])
    visit.write("basket", ["tea"])
    first, second = table.open([browser(visit)]), table.open([browser(visit)])
    first.rotate("alice", {"secret": 1})
    second.rotate("alice")
    assert second["secret"] == 1
    second.undo()
    again = table.open([browser(visit)])
    assert (again.user, dict(again)) == (None, {"basket": ["tea"]})


def test_a_repeated_login_brings_no_old_id_back(table: SessionTable, store: MemoryStore, browser: Browser) -> None:
    """It led to the session of the first one, and was no session any more."""
    visit = table.open([])
    visit.write("basket", ["tea"])
    table.open([browser(visit)]).rotate("alice")
    repeated = table.open([browser(visit)])
    repeated.rotate("alice")
    assert repeated["basket"] == ["tea"]
    repeated.undo()
    assert not table.open([browser(visit)]).known
    assert len(store) == 0


def test_there_is_nothing_to_take_back(
    table: SessionTable, store: MemoryStore, browser: Browser, alice: Session
) -> None:
    """1. of a request that only wrote 2. of a login whose cookie is out 3. of one that never had a session."""
    wrote = table.open([browser(alice)])
    wrote.write("a", 2)
    wrote.undo()
    assert table.open([browser(alice)])["a"] == 2
    out = table.open([browser(alice)])
    out.rotate("alice")
    out.sent = True
    out.undo()
    assert (out.user, table.open([browser(out)]).user) == ("alice", "alice")
    table.open([]).undo()
    assert len(store) == 1


def test_what_was_ended_meanwhile_does_not_come_back(
    table: SessionTable, store: MemoryStore, browser: Browser, alice: Session
) -> None:
    """Whether or not the request has noticed."""
    for notices in (False, True):
        session = table.open([browser(alice)])
        session.rotate("alice")
        assert table.revoke_all("alice") == 1
        if notices:
            with pytest.raises(SessionGone):
                session.write("x", 1)
        session.undo()
        assert len(store) == 0
        alice = table.open([])
        alice.rotate("alice")


def test_a_store_that_is_down_is_logged(table: SessionTable, store: Counting, caplog: pytest.LogCaptureFixture) -> None:
    session = table.open([])
    session.rotate("alice")
    label, store.down = session.label, True
    with caplog.at_level(logging.ERROR):
        session.undo()
    assert caplog.messages == [f"session {label} could not be taken back after its request had failed: down"]
    assert session.set_cookies == ()
