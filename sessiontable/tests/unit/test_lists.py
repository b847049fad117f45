"""A user's sessions: listed, and ended, one or all."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from sessiontable import (
    AsyncSessionTable,
    MemoryStore,
    Record,
    Session,
    SessionError,
    SessionGone,
    SessionTable,
    StoreUnavailable,
)
from tests.plain import SID

from .conftest import Browser, Clock


def log_in(table: SessionTable, user: str) -> Session:
    session = table.open([])
    session.rotate(user)
    return session


def test_a_user_sees_their_sessions(table: SessionTable, clock: Clock) -> None:
    """The newest first, the current one marked, nobody else's, no anonymous ones, none that is over."""
    old = log_in(table, "alice")
    clock.now += 5
    phone = log_in(table, "alice")
    log_in(table, "bob")
    log_in(table, "alice").revoke()
    table.open([]).write("x", 1)
    found = table.sessions_of("alice", current=old)
    assert [(item.label, item.current) for item in found] == [(phone.label, False), (old.label, True)]
    assert [item.expires_at - item.created_at for item in found] == [100, 100]
    clock.now += 95
    assert [item.label for item in table.sessions_of("alice")] == [phone.label]
    assert table.sessions_of("nobody") == []


def test_the_current_one_is_known_although_nobody_has_asked_it_yet(store: MemoryStore, browser: Browser) -> None:
    """A page that changes the password may know from elsewhere who it is."""
    table = SessionTable(store, cookie=SID)
    here, there = browser(log_in(table, "alice")), browser(log_in(table, "alice"))
    assert [item.current for item in table.sessions_of("alice", current=table.session([here]))] == [False, True]
    assert table.revoke_all("alice", but=table.session([here])) == 1
    assert [table.open([each]).user for each in (here, there)] == ["alice", None]

    async def story() -> None:
        table = AsyncSessionTable(store, cookie=SID)
        assert [item.current for item in await table.sessions_of("alice", table.session([here]))] == [True]
        assert await table.revoke_all("alice", but=table.session([here])) == 0

    asyncio.run(story())


def test_all_but_the_current_one_are_ended(table: SessionTable, browser: Browser) -> None:
    """As after a change of password; a request that is in flight in one of them is told."""
    here, there, bob = log_in(table, "alice"), log_in(table, "alice"), log_in(table, "bob")
    in_flight = table.open([browser(there)])
    assert table.revoke_all("alice", but=here) == 1
    assert table.open([browser(here)]).user == "alice"
    assert table.open([browser(bob)]).user == "bob"
    assert not table.open([browser(there)]).known
    with pytest.raises(SessionGone):
        in_flight.write("x", 1)
    assert table.revoke_all("alice") == 1
    assert not table.open([browser(here)]).known


def test_one_is_ended_by_its_label(table: SessionTable, browser: Browser) -> None:
    """Only by its own user: a label that somebody else saw is of no use to them."""
    alice, bob = log_in(table, "alice"), log_in(table, "bob")
    assert alice.label
    assert not table.revoke_one("bob", alice.label)
    assert table.open([browser(alice)]).user == "alice"
    assert table.revoke_one("alice", alice.label)
    assert not table.revoke_one("alice", alice.label)
    assert not table.open([browser(alice)]).known
    assert table.open([browser(bob)]).user == "bob"


class Plain:
    """A store with the six methods and nothing else."""

    def __init__(self, store: MemoryStore) -> None:
        self.create, self.read, self.write = store.create, store.read, store.write
        self.touch, self.move, self.delete = store.touch, store.move, store.delete


class Iterable(Plain):
    """One that can also go through all it has."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.store, self.keys = store, set[bytes]()
        self.create = self._create

    def _create(self, key: bytes, record: Record, now: float) -> None:
        self.keys.add(key)
        self.store.create(key, record, now)

    def sessions(self, now: float) -> Iterator[tuple[bytes, Record]]:
        yield from ((key, record) for key in self.keys if (record := self.store.read(key, now)))


def test_a_store_without_an_index_is_gone_through(clock: Clock) -> None:
    table = SessionTable(Iterable(MemoryStore()), clock=clock, cookie=SID)
    alice, _ = log_in(table, "alice"), log_in(table, "bob")
    assert [item.label for item in table.sessions_of("alice")] == [alice.label]
    assert table.sweep() == 0


def test_a_store_that_cannot_list_says_so(clock: Clock) -> None:
    table = SessionTable(Plain(MemoryStore()), clock=clock, cookie=SID)
    log_in(table, "alice")
    with pytest.raises(SessionError) as refused:
        table.revoke_all("alice")
    assert str(refused.value) == (
        "Plain cannot list the sessions of 'alice': "
        "give it the method sessions_of, or sessions, as described in store.py"
    )
    assert table.sweep() == 0


class Moving(MemoryStore):
    """While the first session is being ended, `meanwhile` happens to it."""

    meanwhile: Callable[[], None] | None = None

    def delete(self, key: bytes) -> bool:
        if self.meanwhile:
            moved, self.meanwhile = self.meanwhile, None
            moved()
        return super().delete(key)


def test_a_session_that_is_carried_on_meanwhile_is_ended_too(clock: Clock, browser: Browser) -> None:
    """A login gives it another key while `revoke_all` is at it: both of two sessions have ended, and are counted."""
    store = Moving()
    table = SessionTable(store, clock=clock, cookie=SID)
    log_in(table, "alice")
    clock.now += 1
    newest = table.open([browser(log_in(table, "alice"))])
    store.meanwhile = lambda: newest.rotate("alice")
    assert table.revoke_all("alice") == 2
    assert len(store) == 0


def test_sessions_that_cannot_be_caught_are_told_of(clock: Clock) -> None:
    class Slippery(MemoryStore):
        tries = 0

        def delete(self, key: bytes) -> bool:
            self.tries += 1
            return False

    store = Slippery()
    table = SessionTable(store, clock=clock, cookie=SID)
    log_in(table, "alice")
    message = "sessions of 'alice' were moved by others 1000 times: try again later"
    with pytest.raises(StoreUnavailable, match=f"^{message}$"):
        table.revoke_all("alice")
    assert store.tries == 1000


def test_a_sweep_throws_away_what_has_expired_in_short_steps(clock: Clock) -> None:
    swept: list[tuple[float, int]] = []

    class Sweeping(Plain):
        def sweep(self, now: float, limit: int) -> int:
            swept.append((now, limit))
            return 3

    table = SessionTable(Sweeping(MemoryStore()), clock=clock, cookie=SID)
    assert (table.sweep(), table.sweep(7)) == (3, 3)
    assert swept == [(clock.now, 100), (clock.now, 7)]
