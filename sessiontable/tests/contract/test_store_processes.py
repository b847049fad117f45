"""Several real processes on one store."""

from collections.abc import Callable, Iterator

import pytest

from sessiontable import Outcome, Record, Store
from tests.contract.face import NOW, key, record
from tests.contract.worker import apart, count_up, log_in, log_out, write_each, write_first, write_own

TIMES = 60


@pytest.fixture
def store(shared: Callable[[], Store]) -> Iterator[Store]:
    """The store as this process has it."""
    store = shared()
    yield store
    if close := getattr(store, "close", None):
        close()


def test_four_processes_write_into_one_session(store: Store, shared: Callable[[], Store]) -> None:
    """Each acknowledged write is there, and of those that race for a name one wins."""
    store.create(key("a"), record("alice"), NOW)
    own, other, first, second = apart(
        shared,
        [(write_own, "own", TIMES), (write_own, "other", TIMES), (write_first, "1", TIMES), (write_first, "2", TIMES)],
    )
    assert (own, other) == (2 * TIMES, 2 * TIMES)
    winners = [{Outcome.DONE: "1", Outcome.CHANGED: "2"}[outcome] for outcome in first]
    assert [outcome is Outcome.DONE for outcome in second] == [winner == "2" for winner in winners]
    expected = {f"round{number}": winner for number, winner in enumerate(winners)}
    for name in ("own", "other"):
        expected |= {f"{name}{number}": str(number) for number in range(TIMES)} | {name: str(TIMES - 1)}
    assert store.read(key("a"), NOW) == Record(NOW, NOW + 100, "alice", expected)


def test_three_processes_count_together(store: Store, shared: Callable[[], Store]) -> None:
    store.create(key("a"), record(n="0"), NOW)
    apart(shared, [(count_up, "", TIMES)] * 3)
    assert store.read(key("a"), NOW) == record(n=str(3 * TIMES))


def test_what_ends_in_one_process_stays_ended_in_all(store: Store, shared: Callable[[], Store]) -> None:
    """One process logs in, one logs out, two write, each through sixty sessions in the same order."""
    for number in range(TIMES):
        store.create(key(f"old{number}"), record(), NOW)
    moved, deleted, *written = apart(
        shared, [(log_in, "", TIMES), (log_out, "", TIMES), (write_each, "x", TIMES), (write_each, "y", TIMES)]
    )
    for number in range(TIMES):
        after = moved[number]
        assert deleted[number] is (after is None)
        assert store.read(key(f"old{number}"), NOW) is None
        assert store.read(key(f"new{number}"), NOW) == after
        if after:
            done = {name for name, outcomes in zip("xy", written, strict=True) if outcomes[number] is Outcome.DONE}
            assert set(after.values) == done
