"""The memory store: absence is a value, time is an argument, dead sessions do not pile up."""

from collections.abc import Callable

from cookielab.sessions import Change, MemoryStore, Outcome, Record

RECORD = Record(created_at=0, expires_at=10, user=None, values={"a": "1"})


def test_absence_is_a_value() -> None:
    store = MemoryStore()
    assert store.read(b"k", 0) is None
    assert store.write(b"k", Change("a", "1", 99), 0) is Outcome.ABSENT
    assert not store.touch(b"k", 10, 0)
    assert not store.move(b"k", b"n", RECORD, 0, 5)
    assert not store.delete(b"k")
    assert len(store) == 0


def test_expired_is_absent_at_the_boundary() -> None:
    """At `expires_at` itself every method treats the session as gone."""
    refusals: tuple[Callable[[MemoryStore], bool], ...] = (
        lambda store: store.read(b"k", 10) is None,
        lambda store: store.write(b"k", Change("a", "1", 99), 10) is Outcome.ABSENT,
        lambda store: not store.touch(b"k", 20, 10),
        lambda store: not store.move(b"k", b"n", RECORD, 10, 15),
    )
    for refused in refusals:
        store = MemoryStore()
        store.create(b"k", RECORD, 0)
        assert store.read(b"k", 9.999) == RECORD
        assert refused(store)


def test_touch_never_shortens_a_life() -> None:
    store = MemoryStore()
    store.create(b"k", RECORD, 0)
    assert store.touch(b"k", 30, 5)
    assert store.touch(b"k", 20, 5)
    assert store.read(b"k", 29) is not None


def test_a_snapshot_does_not_change() -> None:
    store = MemoryStore()
    store.create(b"k", RECORD, 0)
    before = store.read(b"k", 0)
    store.write(b"k", Change("a", "2", 99), 0)
    store.write(b"k", Change("b", "3", 99), 0)
    assert before == RECORD
    after = store.read(b"k", 0)
    assert after is not None
    assert after.values == {"a": "2", "b": "3"}


def test_dead_sessions_do_not_pile_up() -> None:
    """Ten thousand sessions that live for ten seconds, one a second: about twenty are ever kept, and three that live on."""
    store, most = MemoryStore(), 0
    for key in (b"1", b"2", b"3"):
        store.create(key, Record(created_at=0, expires_at=1e9), 0)
    for now in range(10_000):
        store.create(now.to_bytes(8), Record(created_at=now, expires_at=now + 10), now)
        most = max(most, len(store))
    assert most <= 30
    assert all(store.read(key, now) for key in (b"1", b"2", b"3"))
