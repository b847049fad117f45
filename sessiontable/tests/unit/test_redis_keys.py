"""What is in Redis: no id and no name of a user in a key, and nothing that stays for ever."""

from collections.abc import Iterator

import pytest

from sessiontable import Change
from sessiontable.redis import RedisStore
from tests.contract.face import NOW, PLENTY, key, record
from tests.contract.redis_server import RedisServer, redis_server

SPARE = 60  # seconds that the server keeps a key longer


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def store(server: RedisServer) -> Iterator[RedisStore]:
    with RedisStore(server.url, prefix="app:") as store:
        yield store


def lives(server: RedisServer) -> dict[str, float]:
    """For how many seconds the server keeps each of its keys."""
    return {str(name): server.ask("PTTL", name) / 1000 for name in server.ask("KEYS", "*")}


def kept(server: RedisServer, name: str) -> float:
    return lives(server)[f"app:s:{key(name).hex()}"]


def test_keys_are_digests_under_the_prefix(server: RedisServer, store: RedisStore) -> None:
    store.create(key("a"), record("alice"), NOW)
    names = sorted(lives(server))
    assert names[0] == f"app:s:{key('a').hex()}"
    assert names[1] == f"app:u:{key('alice').hex()}"
    assert len(names) == 2


def test_the_server_never_ends_a_session_early(server: RedisServer, store: RedisStore) -> None:
    """Nor much too late: a minute, as the clocks of its clients may differ, and some keys of a login two."""
    store.create(key("a"), record(lives=100), NOW)
    assert 99 + SPARE < kept(server, "a") <= 100 + SPARE
    store.touch(key("a"), NOW + 300, NOW + 50)
    assert 249 + SPARE < kept(server, "a") <= 250 + SPARE
    store.touch(key("a"), NOW + 200, NOW + 50)
    store.write(key("a"), Change("x", "1", PLENTY), NOW + 50)
    assert 249 + SPARE < kept(server, "a") <= 250 + SPARE
    store.move(key("a"), key("b"), record("alice", lives=100), NOW, NOW + 10)
    assert 99 + SPARE < kept(server, "b") <= 100 + 2 * SPARE
    assert 9 < kept(server, "a") <= 10 + SPARE


def test_nothing_stays_for_ever(server: RedisServer, store: RedisStore) -> None:
    """After a life with all that there is, every key has an end, and no end is far."""
    store.create(key("a"), record("alice"), NOW)
    store.move(key("a"), key("b"), record("alice"), NOW, NOW + 10)
    store.move(key("a"), key("c"), record("alice"), NOW, NOW + 10)
    store.touch(key("c"), NOW + 150, NOW)
    store.delete(key("c"))
    store.delete(key("a"))
    assert lives(server)
    assert all(0 < seconds <= 150 + 2 * SPARE for seconds in lives(server).values())


def test_a_session_that_is_to_live_very_long(server: RedisServer, store: RedisStore) -> None:
    store.create(key("a"), record(lives=1e15), NOW)
    assert store.read(key("a"), NOW + 1e14)
    assert kept(server, "a") > 1e9


def test_a_trail_holds_nothing_that_was_in_the_session(server: RedisServer, store: RedisStore) -> None:
    store.create(key("a"), record("bob", secret="1"), NOW)
    store.move(key("a"), key("b"), record("alice"), NOW, NOW + 10)
    assert set(server.ask("HGETALL", f"app:s:{key('a').hex()}")) == {"to", "for", "until", "ends"}


def test_a_users_list_forgets_what_has_ended(server: RedisServer, store: RedisStore) -> None:
    """But not a session that was touched meanwhile, and never one that may be alive."""
    listed = f"app:u:{key('alice').hex()}"
    for name in "abc":
        store.create(key(name), record("alice", lives=5), NOW)
    store.touch(key("b"), NOW + 500, NOW + 4)
    store.create(key("d"), record("alice", lives=500), NOW + 5 + SPARE - 1)
    assert server.ask("ZCARD", listed) == 4
    store.create(key("e"), record("alice", lives=500), NOW + 5 + SPARE)
    assert set(server.ask("ZRANGE", listed, 0, -1)) == {key(name).hex() for name in "bde"}
    assert {each for each, _ in store.sessions_of("alice", NOW + 10)} == {key(name) for name in "bde"}


def test_a_prefix_is_no_pattern(server: RedisServer) -> None:
    """Going through all sessions finds those of this store alone."""
    for prefix in ("a*:", "ab:", "a[b]:", "a\\:", "a?:"):
        with RedisStore(server.url, prefix=prefix) as store:
            store.create(key(prefix), record("alice"), NOW)
    for prefix in ("a*:", "ab:", "a[b]:", "a\\:", "a?:"):
        with RedisStore(server.url, prefix=prefix) as store:
            assert store.sessions(NOW) == [(key(prefix), record("alice"))]
