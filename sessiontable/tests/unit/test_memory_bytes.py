"""A memory store is bounded in bytes as well, and gives back what has expired."""

import tracemalloc
from collections.abc import Callable
from random import Random

import pytest

from sessiontable import Change, MemoryStore, Outcome, Record, SessionError, StoreUnavailable
from sessiontable.memory.weight import weight

LIMIT = 10**6
KB = "x" * 1000
ONE = 1000 + 1 + 150
"""What a value of that size weighs, whose name is one letter."""
FULL = (
    "the memory store is full: max_bytes={}, which the values of users who are logged in take, or an eighth of it one "
    "anonymous session; raise max_bytes, keep large things elsewhere, or use SQLiteStore"
)


def record(user: str | None = None, ends: float = 1000, **values: str) -> Record:
    return Record(0, ends, user, values)


def kept(store: MemoryStore, *keys: bytes) -> list[bytes]:
    return [key for key in keys if store.read(key, 0)]


def keys(start: int, stop: int) -> list[bytes]:
    return [b"%d" % number for number in range(start, stop)]


@pytest.mark.parametrize("number", [0, -1])
def test_a_bound_is_at_least_one(number: int) -> None:
    with pytest.raises(SessionError) as error:
        MemoryStore(max_bytes=number)
    assert str(error.value) == f"max_bytes is {number}: give the bytes that values may take, a whole number, 1 or more"


def test_a_larger_store_may_take_more() -> None:
    assert [MemoryStore(most).max_bytes for most in (1, 100_000, 2_000_000)] == [
        256_000_000,
        256_000_000,
        5_120_000_000,
    ]


def test_visitors_fill_no_memory() -> None:
    """Thousands of anonymous sessions of 64 KB: with the default bound they take 32 MB, and the last ones are there."""
    store, number = MemoryStore(), 1_500
    tracemalloc.start()
    try:
        for each in range(number):
            store.create(b"%d" % each, record(draft="x" * 60_000 + str(each)), 0)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 33_000_000
    assert kept(store, *keys(0, number)) == keys(number - 531, number)


def test_the_least_recently_used_anonymous_ones_go_first() -> None:
    """For a new session, for a value and for a login; whoever writes stays, and whoever is logged in."""
    store = MemoryStore(max_bytes=8 * 4 * ONE)
    store.create(b"alice", record("alice", a=KB), 0)
    for key in keys(0, 4):
        store.create(key, record(a=KB), 0)
    assert store.write(b"0", Change("b", KB, LIMIT), 0) is Outcome.DONE
    assert kept(store, *keys(0, 4)) == [b"0", b"2", b"3"]
    store.create(b"4", record(a=KB), 0)
    assert kept(store, *keys(0, 5)) == [b"0", b"3", b"4"]
    assert store.write(b"alice", Change("a", KB * 28, LIMIT), 0) is Outcome.DONE
    assert kept(store, b"alice", *keys(0, 5)) == [b"alice", b"0", b"3", b"4"]
    assert store.move(b"3", b"bob", record("bob", b=KB * 4), 0, 0)
    assert kept(store, b"alice", b"bob", *keys(0, 5)) == [b"alice", b"bob", b"4"]


def test_nobody_is_logged_out_by_what_others_write() -> None:
    """Where users have taken all bytes, what is new is refused in clear words, and what was there stays as it was."""
    store = MemoryStore(max_bytes=4 * ONE)
    for name in (b"alice", b"bob", b"carol"):
        store.create(name, record(name.decode(), a=KB), 0)
    store.create(b"visitor", record(a="1"), 0)
    refused: list[Callable[[], object]] = [
        lambda: store.create(b"dave", record("dave", a=KB * 2), 0),
        lambda: store.write(b"alice", Change("b", KB * 2, LIMIT), 0),
        lambda: store.move(b"visitor", b"dave", record("dave", a=KB * 2), 0, 10),
        lambda: store.write(b"visitor", Change("b", KB, LIMIT), 0),
    ]
    for each in refused:
        with pytest.raises(StoreUnavailable) as error:
            each()
        assert str(error.value) == FULL.format(4 * ONE)
        assert kept(store, b"alice", b"bob", b"carol", b"visitor", b"dave") == [b"alice", b"bob", b"carol", b"visitor"]
        assert store.sessions_of("alice", 0) == [(b"alice", record("alice", a=KB))]
        assert store.read(b"visitor", 0) == record(a="1")
    assert store.write(b"alice", Change("a", "1", LIMIT), 0) is Outcome.DONE
    assert store.move(b"visitor", b"dave", record("dave", a=KB), 0, 10)


def test_expired_ones_go_before_anybody_else() -> None:
    store = MemoryStore(max_bytes=3200)
    store.create(b"alice", record("alice", ends=5, a=KB * 2), 0)
    store.create(b"bob", record("bob", ends=1000, b="1"), 0)
    with pytest.raises(StoreUnavailable):
        store.write(b"bob", Change("b", KB, LIMIT), 4)
    assert store.write(b"bob", Change("b", KB, LIMIT), 6) is Outcome.DONE


def test_what_is_counted_is_what_is_there() -> None:
    """After any number of calls of any kind."""
    chance = Random(1)
    store, names = MemoryStore(50, max_bytes=40 * ONE), keys(0, 30)
    for now in range(20_000):
        key, other = chance.choice(names), chance.choice(names)
        user = chance.choice([None, None, "alice"])
        values = {chance.choice("abc"): "x" * chance.randrange(900)}
        try:
            match chance.randrange(6):
                case 0:
                    store.create(key, Record(now, now + chance.randrange(1, 99), user, values), now)
                case 1:
                    store.write(key, Change(chance.choice("abc"), chance.choice([None, "x" * 400]), LIMIT), now)
                case 2:
                    store.touch(key, now + 50, now)
                case 3:
                    store.move(key, other, Record(now, now + 50, user, values), now, now + 10)
                case 4:
                    store.delete(key)
                case _:
                    store.sweep(now, 3)
        except StoreUnavailable:
            continue
        weights, records = store._weights, store._records.values()
        assert weights._anonymous == sum(weight(each.values) for each in records if each.user is None)
        assert weights._users == sum(weight(each.values) for each in records if each.user)
        assert weights._anonymous + weights._users <= store.max_bytes
        assert weights._anonymous <= store.max_bytes // 8


def test_a_month_of_moved_ends_leaves_nothing_behind() -> None:
    """Sixty sessions with an idle end in thirty days, each used once a minute for four days: a few kilobytes."""
    store, month = MemoryStore(), 30 * 86_400.0
    for key in keys(0, 60):
        store.create(key, record(ends=month), 0)
    tracemalloc.start()
    try:
        for now in range(60, 4 * 86_400, 60):
            for number, key in enumerate(keys(0, 60)):
                store.touch(key, now + number + month, now + number)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 60_000


def test_expired_ones_go_without_new_ones() -> None:
    """Whoever goes on using a session clears away those of others."""
    store = MemoryStore()
    store.create(b"alice", record("alice", ends=1e9), 0)
    for key in keys(0, 100):
        store.create(key, record(), 0)
    for now in range(1001, 1040):
        store.write(b"alice", Change("x", "1", LIMIT), now)
        store.touch(b"alice", 1e9, now)
    assert len(store) == 1
