"""What a security log and metrics are told."""

import logging
from typing import Any

import pytest

from sessiontable import Event, Hooks, MemoryStore, SessionGone, SessionTable, StoreUnavailable
from tests.plain import SID

from .conftest import Browser, Clock


@pytest.fixture
def told() -> list[tuple[Any, ...]]:
    return []


@pytest.fixture
def table(clock: Clock, store: MemoryStore, told: list[tuple[Any, ...]]) -> SessionTable:
    def log(kind: str) -> Any:
        return lambda event: told.append((kind, event.user, event.label))

    hooks = Hooks(**{kind: log(kind) for kind in ("login", "logout", "gone", "planted")})
    return SessionTable(store, clock=clock, cookie=SID, hooks=hooks, max_per_user=2)


def test_a_life(table: SessionTable, browser: Browser, told: list[tuple[Any, ...]]) -> None:
    session = table.open([])
    session.write("x", 1)
    session.rotate("alice")
    label = session.label
    late = table.open([browser(session)])
    table.open([browser(session)]).revoke()
    with pytest.raises(SessionGone):
        late.write("x", 2)
    assert told == [("login", "alice", label), ("logout", "alice", label), ("gone", "alice", label)]


def test_logins_elsewhere_that_are_ended(table: SessionTable, told: list[tuple[Any, ...]]) -> None:
    sessions = [table.open([]) for _ in range(3)]
    for session in sessions:
        session.rotate(7)
    assert [(kind, user) for kind, user, _ in told] == [("login", 7)] * 3 + [("logout", 7)]  # one was too many
    told.clear()
    assert table.revoke_all(7) == 2
    assert [(kind, user) for kind, user, _ in told] == [("logout", 7)] * 2


def test_a_planted_session(table: SessionTable, browser: Browser, told: list[tuple[Any, ...]]) -> None:
    alice, mallory = table.open([]), table.open([])
    alice.rotate("alice")
    mallory.rotate("mallory")
    told.clear()
    assert table.open([f"{browser(mallory)}; {browser(alice)}"]).user is None
    assert told == [("planted", "mallory", mallory.label), ("planted", "alice", alice.label)]
    told.clear()
    session = table.open([f"{browser(mallory)}; {browser(alice)}"])
    session.rotate("alice")
    assert told[2:] == [
        ("logout", "mallory", mallory.label), ("logout", "alice", alice.label), ("login", "alice", session.label),
    ]  # fmt: skip
    told.clear()
    session.rotate("alice")  # of which there is nothing left to end
    assert told == [("login", "alice", session.label)]


def test_whose_session_was_ended(table: SessionTable, browser: Browser, told: list[tuple[Any, ...]]) -> None:
    """Also where nobody had asked before the logout, and where it is ended from afar."""
    alice, bob, visit = table.open([]), table.open([]), table.open([])
    alice.rotate("alice")
    bob.rotate(7)
    visit.write("x", 1)
    told.clear()
    table.session([browser(alice)]).revoke()
    assert bob.label
    assert table.revoke_one(7, bob.label)
    table.session([browser(visit)]).revoke()
    table.session(["sid=" + "A" * 43]).revoke()  # nobody's
    assert told == [("logout", "alice", alice.label), ("logout", 7, bob.label), ("logout", None, visit.label)]


def test_a_hook_that_fails_is_logged_and_changes_nothing(store: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Event) -> None:
        raise ZeroDivisionError("a hook")

    table = SessionTable(store, cookie=SID, hooks=Hooks(login=broken))
    session = table.open([])
    with caplog.at_level(logging.ERROR):
        session.rotate("alice")
    assert session.user == "alice"
    assert "a hook of the session table failed" in caplog.text


def test_a_hook_that_turns_out_to_be_async_is_told(store: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    """A security log that nobody awaits would stay empty in silence."""

    async def later(text: str) -> None: ...

    session = SessionTable(store, cookie=SID, hooks=Hooks(login=lambda event: later(event.label))).open([])
    session.rotate("alice")
    assert "is async, and nobody awaits it: give a function without async" in caplog.text


def test_each_step_of_the_store_is_timed() -> None:
    class Down(MemoryStore):
        def delete(self, key: bytes) -> bool:
            raise StoreUnavailable("down")

    steps: list[tuple[str, bool]] = []
    table = SessionTable(
        Down(), cookie=SID, hooks=Hooks(step=lambda name, seconds, failed: steps.append((name, failed)))
    )
    session = table.open([])
    session.write("x", 1)
    session.rotate("alice")
    with pytest.raises(StoreUnavailable):
        session.revoke()
    assert steps == [("create", False), ("move", False), ("delete", True)]
