"""One value is changed, all others stay; what refuses a change, and which refusal comes first."""

import pytest

from sessiontable import Change, Outcome, Record
from sessiontable.store import size_of
from tests.contract.face import NOW, PLENTY, Face, key, record

A = key("a")


def test_a_change_leaves_all_else_alone(store: Face) -> None:
    """A new value, another one in its place, one removed; neither the times nor the user change."""
    store.create(A, record("alice", x="1", y="2"))
    for name, value, after in (
        ("z", "3", {"x": "1", "y": "2", "z": "3"}),
        ("x", "4", {"x": "4", "y": "2", "z": "3"}),
        ("y", None, {"x": "4", "z": "3"}),
        ("y", None, {"x": "4", "z": "3"}),
    ):
        assert store.set(A, name, value, NOW + 5) is Outcome.DONE
        assert store.read(A, NOW + 5) == Record(NOW, NOW + 100, "alice", after)


def test_a_removed_value_can_come_back(store: Face) -> None:
    store.create(A, record(x="1"))
    store.set(A, "x", None)
    assert store.values(A) == {}
    store.set(A, "x", "null")
    assert store.values(A) == {"x": "null"}


def test_a_change_is_of_one_session(store: Face) -> None:
    store.create(A, record(x="1"))
    store.create(key("b"), record(x="1"))
    store.set(A, "x", "2")
    assert store.values(key("b")) == {"x": "1"}


@pytest.mark.parametrize(
    ("held", "before", "outcome"),
    [
        ("1", "1", Outcome.DONE),
        ("1", "2", Outcome.CHANGED),
        ("1", None, Outcome.CHANGED),
        (None, None, Outcome.DONE),
        (None, "1", Outcome.CHANGED),
        ("1", "1 ", Outcome.CHANGED),
        ("1.0", "1", Outcome.CHANGED),
        ("null", None, Outcome.CHANGED),
        (None, "null", Outcome.CHANGED),
        ("", None, Outcome.CHANGED),
        (None, "", Outcome.CHANGED),
    ],
)
def test_a_checked_change_needs_the_value_that_it_expects(
    store: Face, held: str | None, before: str | None, outcome: Outcome
) -> None:
    """Compared as texts; None is a value that is missing, which a null is not."""
    kept = {} if held is None else {"x": held}
    store.create(A, Record(NOW, NOW + 100, None, {"y": "7"} | kept))
    assert store.write(A, Change("x", "new", PLENTY, checked=True, before=before)) is outcome
    assert store.values(A) == {"y": "7", **({"x": "new"} if outcome is Outcome.DONE else kept)}


def test_an_unchecked_change_expects_nothing(store: Face) -> None:
    store.create(A, record(x="1"))
    assert store.write(A, Change("x", "2", PLENTY, before="other")) is Outcome.DONE
    assert store.values(A) == {"x": "2"}


def test_a_checked_removal(store: Face) -> None:
    store.create(A, record(x="1"))
    assert store.write(A, Change("x", None, PLENTY, checked=True, before="2")) is Outcome.CHANGED
    assert store.write(A, Change("x", None, PLENTY, checked=True, before="1")) is Outcome.DONE
    assert store.write(A, Change("x", None, PLENTY, checked=True, before=None)) is Outcome.DONE
    assert store.values(A) == {}


@pytest.mark.parametrize("text", ["plain", "ä", "€", "🍪", '"\\"'])
def test_the_limit_is_exact_in_bytes(store: Face, text: str) -> None:
    """Names and values in UTF-8 as `size_of` counts them, all together, with the new value in place of the old one."""
    after = {"other": "12345", text: text}
    store.create(A, record(other="12345"))
    store.set(A, text, "what was there before counts no more")
    before = store.values(A)
    assert store.write(A, Change(text, text, size_of(after) - 1)) is Outcome.TOO_LARGE
    assert store.values(A) == before
    assert store.write(A, Change(text, text, size_of(after))) is Outcome.DONE
    assert store.values(A) == after


def test_a_removal_always_fits(store: Face) -> None:
    """Also where the session is larger than the limit, which may have been lowered since."""
    store.create(A, record(x="1" * 100, y="2" * 100))
    assert store.write(A, Change("y", "2", 50)) is Outcome.TOO_LARGE
    assert store.write(A, Change("y", None, 50)) is Outcome.DONE
    assert store.write(A, Change("none", None, 1)) is Outcome.DONE
    assert store.values(A) == {"x": "1" * 100}


def test_of_several_refusals_the_first_counts(store: Face) -> None:
    """ABSENT before CHANGED before TOO_LARGE."""
    hopeless = Change("x", "12345", 1, checked=True, before="other")
    assert store.write(A, hopeless) is Outcome.ABSENT
    store.create(A, record(x="1"))
    assert store.write(A, hopeless) is Outcome.CHANGED
    assert store.write(A, Change("x", "12345", 1, checked=True, before="1")) is Outcome.TOO_LARGE
    assert store.write(A, hopeless, NOW + 100) is Outcome.ABSENT
    assert store.values(A) == {"x": "1"}
