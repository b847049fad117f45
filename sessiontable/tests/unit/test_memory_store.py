"""What is the memory store's own: its bound, who has to go when it is full, and what a session costs.

What it has in common with other stores: tests/contract.
"""

import tracemalloc
from hashlib import sha256
from itertools import count
from threading import Thread
from time import perf_counter, sleep

import pytest

from sessiontable import Change, MemoryStore, Outcome, Record, SessionError, StoreUnavailable


def record(user: str | None = None, ends: float = 1000, **values: str) -> Record:
    return Record(0, ends, user, values)


def kept(store: MemoryStore, *keys: bytes, now: float = 0) -> list[bytes]:
    """Those of the keys that lead to a session."""
    return [key for key in keys if store.read(key, now)]


@pytest.mark.parametrize("number", [0, -1])
def test_a_bound_is_at_least_one(number: int) -> None:
    with pytest.raises(SessionError) as error:
        MemoryStore(number)
    assert (
        str(error.value) == f"max_sessions is {number}: give the number of sessions to keep, a whole number, 1 or more"
    )


def test_dead_sessions_do_not_pile_up() -> None:
    """Ten thousand that live for ten seconds, one a second: about ten are ever kept, and three that live on."""
    store, most = MemoryStore(), 0
    for key in (b"1", b"2", b"3"):
        store.create(key, record(ends=1e6), 0)
    for now in range(10_000):
        store.create(now.to_bytes(8), Record(created_at=now, expires_at=now + 10), now)
        most = max(most, len(store))
    assert most <= 15
    assert kept(store, b"1", b"2", b"3", now=9_999) == [b"1", b"2", b"3"]


def test_logouts_leave_nothing_behind() -> None:
    """Thousands of sessions that end before their time, with one trail each, take no memory afterwards."""
    store = MemoryStore()
    store.create(b"first", record(), 0)

    def visit(number: int) -> None:
        old, new = b"old%d" % number, b"new%d" % number
        store.create(old, record(x="1"), 0)
        store.move(old, new, record(f"user{number}"), 0, 10)
        store.delete(old)
        store.delete(new)

    visit(0)
    tracemalloc.start()
    try:
        for number in range(5_000):
            visit(number)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 20_000  # bytes: less than four for each


def test_when_full_expired_ones_go_first() -> None:
    """Be they whose they may, and before any living one that was used less recently."""
    store = MemoryStore(3)
    store.create(b"visitor", record(), 0)
    store.create(b"alice", record("alice", ends=5), 0)
    store.create(b"bob", record("bob"), 0)
    store.create(b"carol", record("carol"), 5)
    assert kept(store, b"visitor", b"alice", b"bob", b"carol", now=5) == [b"visitor", b"bob", b"carol"]


def test_then_the_least_recently_used_anonymous_one_goes() -> None:
    """Written and touched is used; the first to go is the one for which that is longest ago."""
    store = MemoryStore(5)
    for key in (b"1", b"2", b"3"):
        store.create(key, record(), 0)
    store.create(b"alice", record("alice"), 0)
    store.create(b"bob", record("bob"), 0)
    store.write(b"1", Change("x", "1", 99), 0)
    store.touch(b"2", 2000, 0)
    everybody = [b"1", b"2", b"3", b"alice", b"bob"]
    for new, user, gone in ((b"4", None, b"3"), (b"carol", "carol", b"1"), (b"5", None, b"2")):
        store.create(new, record(user), 0)
        everybody = [key for key in everybody if key != gone] + [new]
        assert kept(store, *everybody, gone) == everybody
        assert len(store) == 5


def test_nobody_is_logged_out_by_what_others_do() -> None:
    """A flood of visitors and of logins: whoever is logged in stays so, and the rest is refused in clear words."""
    store = MemoryStore(3)
    for name in (b"alice", b"bob", b"carol"):
        store.create(name, record(name.decode()), 0)
    for user in (None, "mallory", "alice"):
        with pytest.raises(StoreUnavailable) as error:
            store.create(b"new", record(user), 0)
        assert str(error.value) == (
            "the memory store is full: max_sessions=3, and all belong to users who are logged in; "
            "raise max_sessions, shorten the timeouts, or use SQLiteStore"
        )
    assert kept(store, b"alice", b"bob", b"carol", b"new") == [b"alice", b"bob", b"carol"]
    assert store.write(b"bob", Change("x", "1", 99), 0) is Outcome.DONE
    store.delete(b"carol")
    store.create(b"new", record("mallory"), 0)
    assert kept(store, b"alice", b"bob", b"new") == [b"alice", b"bob", b"new"]


def test_a_login_always_finds_room() -> None:
    """It takes the place of the session that it ends; for a trail the oldest trail goes, or there is none."""
    store = MemoryStore(3)
    store.create(b"1", record(), 0)
    store.create(b"alice", record("alice"), 0)
    assert store.move(b"1", b"2", record("bob"), 0, 10)
    assert store.move(b"2", b"3", record("bob"), 0, 10)
    assert store.move(b"1", b"4", record("bob"), 0, 10) is None
    store.create(b"carol", record("carol"), 0)
    assert kept(store, b"alice", b"3", b"carol") == [b"alice", b"3", b"carol"]
    assert store.move(b"3", b"5", record("bob"), 0, 10)
    assert store.move(b"3", b"6", record("bob"), 0, 10) is None
    assert kept(store, b"alice", b"5", b"carol") == [b"alice", b"5", b"carol"]


def test_trails_count_and_go_by_themselves() -> None:
    """A full store of one session and one trail: the trail's place is free when its time is over."""
    store = MemoryStore(2)
    store.create(b"1", record("alice"), 0)
    store.move(b"1", b"2", record("alice"), 0, 10)
    store.create(b"bob", record("bob"), 10)
    assert kept(store, b"2", b"bob", now=10) == [b"2", b"bob"]
    with pytest.raises(StoreUnavailable):
        store.create(b"carol", record("carol"), 10)


def test_a_store_for_one() -> None:
    store = MemoryStore(1)
    store.create(b"1", record(), 0)
    store.create(b"2", record(), 0)
    assert kept(store, b"1", b"2") == [b"2"]
    assert store.move(b"2", b"3", record("alice"), 0, 10)
    assert kept(store, b"1", b"2", b"3") == [b"3"]


@pytest.mark.parametrize("user", ["user", None])
def test_a_small_session_takes_800_bytes_at_most(user: str | None) -> None:
    """All in: key, times, user, one value with its name, and all that is kept to find it. Later use adds nothing.

    As many end in each second as if there were 100,000 that live for half an hour.
    """
    number = 3_000
    keys = [sha256(b"%d" % each).digest() for each in range(number)]
    store, fresh = MemoryStore(number), count()

    def small(now: float) -> Record:
        each = next(fresh)
        return Record(now + 0.5, now + 1800.5, user and f"{user}-{each}", {f"name-{each}": f"[{each},2,3]"})

    tracemalloc.start()
    try:
        for each, key in enumerate(keys):
            store.create(bytes(bytearray(key)), small(each % 60), 0)
        size, _ = tracemalloc.get_traced_memory()
        for each, key in enumerate(keys):
            store.touch(bytes(bytearray(key)), 4000.5 + each % 60, 0)
            store.write(bytes(bytearray(key)), Change("name", "[4,5,6]", 99), 0)
            store.write(bytes(bytearray(key)), Change("name", None, 99), 0)
        later, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(store) == number
    assert size / number <= 800
    assert (later - size) / number <= 30  # a key that is kept twice would be 65


def test_a_sweep_keeps_nobody_waiting() -> None:
    """While another thread throws away sixty thousand expired ones, no write waits for 10 ms of them.

    The writes come from outside, one in half a millisecond: whoever asks again at once has the lock by luck.
    """
    store = MemoryStore(70_000)
    store.create(b"alice", record("alice", ends=1e6), 0)
    for number in range(60_000):
        store.create(b"%d" % number, record(ends=number % 100), -1)
    swept: list[int] = []

    def sweep() -> None:
        while number := store.sweep(1000, 1000):
            swept.append(number)

    thread, times = Thread(target=sweep), []
    thread.start()
    while thread.is_alive():
        began = perf_counter()
        store.write(b"alice", Change("x", "1", 99), 1000)
        times.append(perf_counter() - began)
        sleep(0.0005)
    thread.join()
    assert 60_000 - 2 * len(times) <= sum(swept) <= 60_000  # each write throws two away
    assert len(store) == 1
    assert len(times) > 20
    assert sorted(times)[len(times) * 99 // 100] < 0.01
