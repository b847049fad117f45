"""How sessions begin, are read, live on, expire and end in a store."""

from collections.abc import Callable

import pytest

from sessiontable import Outcome, Record
from tests.contract.face import NOW, Face, key, record

A, B = key("a"), key("b")

EVERY_METHOD: dict[str, Callable[[Face, float], object]] = {
    "read": lambda store, now: store.read(A, now),
    "write": lambda store, now: store.set(A, "x", "1", now) is not Outcome.ABSENT,
    "touch": lambda store, now: store.touch(A, now + 100, now),
    "move": lambda store, now: store.move(A, B, Record(now, now + 100), now, now + 10),
}
"""What a method answers about session A, truthy if it is there. `delete` has no time: it ends what there may be."""


def test_a_session_comes_back_as_it_was_kept(store: Face) -> None:
    """All of it, to the last bit of the times, with a user and without."""
    for name, kept in {
        "a": Record(NOW + 0.123456789, NOW + 0.1 + 0.2, "alice", {"cart": "[1,2]", "theme": '"dark"'}),
        "b": Record(NOW, NOW + 1e6 / 3, None, {}),
    }.items():
        store.create(key(name), kept)
        assert store.read(key(name)) == kept


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_absence_is_a_value(store: Face, method: str) -> None:
    assert not EVERY_METHOD[method](store, NOW)
    assert not store.delete(A)
    assert store.read(A) is None
    assert store.read(B) is None


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_at_expires_at_a_session_is_absent(store: Face, method: str) -> None:
    """A moment before, it is there; at that time itself, nothing finds it and nothing brings it back."""
    ask = EVERY_METHOD[method]
    store.create(A, record(lives=100))
    assert not ask(store, NOW + 100)
    assert not ask(store, NOW + 101)
    assert store.read(A, NOW + 100) is None
    assert store.read(B, NOW + 100) is None


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_just_before_expires_at_a_session_is_there(store: Face, method: str) -> None:
    store.create(A, record(lives=100))
    assert EVERY_METHOD[method](store, NOW + 99.999)


def test_a_touched_session_lives_on(store: Face) -> None:
    store.create(A, record("alice", lives=100, x="1"))
    assert store.touch(A, NOW + 150, NOW + 99)
    assert store.read(A, NOW + 149) == Record(NOW, NOW + 150, "alice", {"x": "1"})
    assert store.read(A, NOW + 150) is None


def test_touch_never_shortens_a_life(store: Face) -> None:
    """Requests overtake each other: the one that saw the earlier clock may be the last to touch."""
    store.create(A, record(lives=100))
    assert store.touch(A, NOW + 50)
    assert store.read(A, NOW + 99) == record(lives=100)


def test_a_deleted_session_is_gone_for_good(store: Face) -> None:
    store.create(A, record("alice", x="1"))
    assert store.delete(A)
    for ask in EVERY_METHOD.values():
        assert not ask(store, NOW)
    assert not store.delete(A)
    assert store.read(A) is None


def test_deleting_leaves_others_alone(store: Face) -> None:
    store.create(A, record("alice"))
    store.create(B, record("alice"))
    assert store.delete(A)
    assert store.read(B) == record("alice")


def test_a_snapshot_does_not_change(store: Face) -> None:
    """What was read stays as it was, and what was given to the store is the giver's own."""
    given = {"x": "1"}
    store.create(A, Record(NOW, NOW + 100, "alice", given))
    before = store.read(A)
    given["y"] = "2"
    store.set(A, "x", "3")
    store.touch(A, NOW + 200)
    assert before == record("alice", x="1")
    assert store.read(A) == Record(NOW, NOW + 200, "alice", {"x": "3"})
    store.delete(A)
    assert before == record("alice", x="1")
