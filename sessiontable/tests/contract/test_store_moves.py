"""A login moves a session to a new key: what comes along, and what the trail at the old key is good for."""

from itertools import pairwise

import pytest

from sessiontable import Outcome, Record
from tests.contract.face import NOW, Face, key, record

OLD, NEW, NEWER, NEWEST = key("old"), key("new"), key("newer"), key("newest")
ALICE, BOB = record("alice"), record("bob")


def test_the_old_session_ends_and_the_new_one_begins(store: Face) -> None:
    """The new one has the record's times and user; it is returned as it is stored."""
    store.create(OLD, Record(NOW - 50, NOW + 7, None, {"cart": "[1]"}))
    begun = Record(NOW + 0.25, NOW + 99.5, "alice", {"lang": '"de"'})
    moved = store.move(OLD, NEW, begun)
    assert moved == Record(NOW + 0.25, NOW + 99.5, "alice", {"cart": "[1]", "lang": '"de"'})
    assert store.read(NEW) == moved
    assert store.read(OLD) is None


@pytest.mark.parametrize(
    ("before", "user", "comes_along"),
    [
        (None, "alice", True),
        ("alice", "alice", True),
        ("alice", "bob", False),
        ("alice", "Alice", False),
        ("alice", None, False),
        (None, None, True),
        ("", "alice", False),
    ],
)
def test_values_come_along_unless_another_user_left_them(
    store: Face, before: str | None, user: str | None, comes_along: bool
) -> None:
    """Of two values with one name the record's counts."""
    store.create(OLD, record(before, x="old", y="old"))
    moved = store.move(OLD, NEW, record(user, y="new", z="new"))
    assert moved is not None
    assert moved.user == user
    assert moved.values == ({"x": "old"} if comes_along else {}) | {"y": "new", "z": "new"}
    assert store.read(NEW) == moved


def test_the_values_of_that_moment_come_along(store: Face) -> None:
    """Not those that some request has read before."""
    store.create(OLD, record(x="1"))
    store.read(OLD)
    store.set(OLD, "x", "2")
    moved = store.move(OLD, NEW, ALICE)
    assert moved is not None
    assert moved.values == {"x": "2"}


def test_without_an_old_session_no_new_one_is_made(store: Face) -> None:
    assert store.move(OLD, NEW, ALICE) is None
    assert store.read(NEW) is None


def test_a_trail_is_absent_to_all_but_a_move_and_shows_itself_to_a_write(store: Face) -> None:
    store.create(OLD, record(x="1"))
    store.move(OLD, NEW, ALICE)
    assert store.read(OLD) is None
    assert store.set(OLD, "x", "2") is Outcome.MOVED
    assert store.set(OLD, "x", "2", NOW + 10) is Outcome.ABSENT
    assert not store.touch(OLD, NOW + 500)
    assert store.values(NEW) == {"x": "1"}


def test_a_trail_leads_the_same_user_on(store: Face) -> None:
    """The reply of a login was lost and the login is repeated: the session goes on under a third key."""
    store.create(OLD, record(x="1"))
    store.move(OLD, NEW, ALICE)
    store.set(NEW, "y", "2")
    moved = store.move(OLD, NEWER, record("alice", z="3"), NOW + 9.9, NOW + 20)
    assert moved == record("alice", x="1", y="2", z="3")
    assert store.read(NEWER) == moved
    assert store.read(NEW) is None
    assert store.read(OLD) is None


def test_a_trail_serves_once(store: Face) -> None:
    """The third login from the same key finds nothing. From the second key, which is dead now, there is a trail."""
    store.create(OLD, record())
    store.move(OLD, NEW, ALICE)
    assert store.move(OLD, NEWER, ALICE)
    assert store.move(OLD, NEWEST, ALICE) is None
    assert store.read(NEWEST) is None
    assert store.read(NEWER) == ALICE
    assert store.move(NEW, NEWEST, ALICE) == ALICE
    assert store.read(NEWER) is None


def test_a_trail_leads_to_a_session_and_not_to_another_trail(store: Face) -> None:
    """Two ordinary moves, one after the other: the first key is two steps back, and leads nowhere."""
    store.create(OLD, record())
    store.move(OLD, NEW, ALICE)
    store.move(NEW, NEWER, ALICE)
    assert store.move(OLD, NEWEST, ALICE) is None
    assert store.move(NEW, NEWEST, ALICE) == ALICE


@pytest.mark.parametrize("other", [BOB, record(None)])
def test_a_trail_leads_nobody_else(store: Face, other: Record) -> None:
    """Neither another user nor an anonymous visitor; their attempt changes nothing, and spends no trail."""
    store.create(OLD, record())
    store.move(OLD, NEW, ALICE)
    assert store.move(OLD, NEWER, other) is None
    assert store.read(NEWER) is None
    assert store.read(NEW) == ALICE
    assert store.move(OLD, NEWER, ALICE) == ALICE


def test_a_trail_of_an_anonymous_session_leads_nowhere(store: Face) -> None:
    """It belongs to nobody, so nobody can show that it is theirs."""
    store.create(OLD, record())
    store.move(OLD, NEW, record())
    assert store.move(OLD, NEWER, record()) is None
    assert store.move(OLD, NEWER, ALICE) is None
    assert store.read(NEW) == record()


def test_a_trail_ends_at_its_time(store: Face) -> None:
    store.create(OLD, record())
    store.move(OLD, NEW, ALICE, NOW, NOW + 10)
    assert store.move(OLD, NEWER, ALICE, NOW + 10) is None
    assert store.read(NEW) == ALICE


def test_without_time_there_is_no_trail(store: Face) -> None:
    store.create(OLD, record())
    store.move(OLD, NEW, ALICE, NOW, NOW)
    assert store.move(OLD, NEWER, ALICE) is None
    assert store.read(NEW) == ALICE


def test_a_trail_does_not_bring_back_what_has_ended(store: Face) -> None:
    """Logout means logout, and expiry means expiry, whoever holds an older id."""
    for end in ("logout", "expiry"):
        old, new, newer = key(f"old {end}"), key(f"new {end}"), key(f"newer {end}")
        store.create(old, record(lives=200))
        store.move(old, new, record("alice", lives=5))
        if end == "logout":
            assert store.delete(new)
        assert store.move(old, newer, ALICE, NOW + (1 if end == "logout" else 5), NOW + 15) is None
        assert store.read(newer) is None


def test_delete_removes_a_trail(store: Face) -> None:
    """There was no session, so it answers False; the session that the trail led to is not touched."""
    store.create(OLD, record())
    store.move(OLD, NEW, ALICE)
    assert not store.delete(OLD)
    assert store.move(OLD, NEWER, ALICE) is None
    assert store.read(NEW) == ALICE


def test_a_trail_outlives_the_old_session(store: Face) -> None:
    """Its time is its own, also where the old session would have ended earlier."""
    store.create(OLD, record(lives=1))
    store.move(OLD, NEW, ALICE, NOW, NOW + 10)
    assert store.move(OLD, NEWER, ALICE, NOW + 9) == ALICE


def test_a_chain_of_moves(store: Face) -> None:
    """Ten logins of one user: one session is left, with all values, and all other keys are dead."""
    keys = [key(f"chain{number}") for number in range(11)]
    store.create(keys[0], record("alice", v0="0"))
    for number, (old, new) in enumerate(pairwise(keys), 1):
        assert store.move(old, new, Record(NOW, NOW + 100, "alice", {f"v{number}": "0"}))
    assert store.values(keys[-1]) == {f"v{number}": "0" for number in range(11)}
    assert [store.read(old) for old in keys[:-1]] == [None] * 10
