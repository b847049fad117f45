"""In which order several values are written, and that none is where they do not fit together."""

import pytest

from sessiontable import Change, MemoryStore, Outcome, Session, SessionError, SessionTable
from sessiontable.basics.values import Json
from tests.plain import SID

from .conftest import Browser, Clock


class Told(MemoryStore):
    """It tells what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        self.names.append(change.name)
        return super().write(key, change, now)


@pytest.fixture
def store() -> Told:
    return Told()


@pytest.fixture
def small(store: Told, clock: Clock) -> SessionTable:
    return SessionTable(store, clock=clock, cookie=SID, max_bytes=100)


@pytest.fixture
def filled(small: SessionTable, browser: Browser, store: Told) -> Session:
    """It takes 2 + 2 * (1 + 22) = 48 bytes."""
    first = small.open([])
    first.write_many({"a": "x" * 20, "m": 1, "z": "x" * 20})
    first = small.open([browser(first)])
    store.names.clear()
    assert sum(len(name) + len(text) for name, text in first._values.items()) == 48
    return first


def test_what_makes_room_comes_first_whatever_it_is_called(filled: Session, store: Told) -> None:
    filled.write_many({"a": "x" * 70, "m": 22, "z": None})
    assert store.names == ["z", "m", "a"]
    filled.write_many({"a": None, "z": "x" * 70})
    assert store.names[3:] == ["a", "z"]


def test_they_may_take_all_that_there_is(filled: Session, small: SessionTable, store: Told) -> None:
    """To the byte; one more, and none is written."""
    with pytest.raises(SessionError, match="'z' does not fit"):
        filled.write_many({"a": "x" * 10, "z": "x" * 83})
    assert store.names == []
    filled.write_many({"a": "x" * 10, "z": "x" * 82})
    assert sum(len(name) + len(text) for name, text in filled._values.items()) == 100


def test_the_one_that_grows_most_is_named(filled: Session) -> None:
    """Neither the first one, nor the longest, nor the last in the alphabet."""
    cases: list[tuple[str, dict[str, Json]]] = [
        ("m", {"a": "x" * 40, "m": "x" * 60, "z": "x" * 5}),
        ("n", {"n": "x" * 80, "a": "x" * 21}),
        ("m", {"a": 1, "m": "x" * 80}),
    ]
    for name, given in cases:
        with pytest.raises(SessionError, match=f"^session value '{name}' does not fit"):
            filled.write_many(given)


def test_a_long_name_takes_room_too(filled: Session, store: Told) -> None:
    with pytest.raises(SessionError, match="does not fit"):
        filled.write_many({"m": None, "a": "x", "n" * 80: 1})
    assert store.names == []


def test_of_a_session_that_is_too_large_already_values_can_be_removed(
    filled: Session, store: Told, clock: Clock, browser: Browser, small: SessionTable
) -> None:
    """By whoever has lowered `max_bytes`; what takes away and sets does one as little as the other."""
    filled.rotate("alice")
    session = SessionTable(store, clock=clock, cookie=SID, max_bytes=20).open([browser(filled)])
    refused: list[dict[str, Json]] = [{"a": None, "m": 2}, {"a": None, "z": "x" * 21}, {"m": None, "n": 2}]
    for given in refused:
        with pytest.raises(SessionError, match="does not fit"):
            session.write_many(given)
    assert store.names == []
    session.write_many({"a": None, "m": None})
    assert dict(session) == {"z": "x" * 20}
