"""A Redis that may throw out what has not expired: said at the start, and "log out everywhere" still finds all."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from sessiontable import AsyncSessionTable, SessionTable, StoreUnavailable
from sessiontable.redis import RedisStore
from tests.contract.face import NOW, key, record
from tests.contract.redis_server import RedisServer, redis_server
from tests.plain import SID

BAD = (
    "Redis at {} has maxmemory-policy allkeys-lru: when its memory is full it throws sessions out, and visitors are logged "
    "out; to end all sessions of a user takes a look at all that it has: CONFIG SET maxmemory-policy noeviction"
)
UNKNOWN = (
    "Redis at {} does not tell its maxmemory-policy, which has to be noeviction: allow this user INFO (ACL SETUSER)"
)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


def evict_lists(server: RedisServer) -> None:
    """What an eviction does, when it comes to that."""
    for name in server.ask("KEYS", "cookielab:u:*"):
        server.ask("DEL", name)


def commands(server: RedisServer, name: str) -> int:
    return int(server.ask("INFO", "commandstats").get(f"cmdstat_{name}", {}).get("calls", 0))


def test_it_is_said_at_the_start(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """And nothing is where nothing is wrong."""
    RedisStore(server.url).close()
    assert caplog.messages == []
    server.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    RedisStore(server.url).close()
    assert caplog.messages == [BAD.format(server.url)]
    assert caplog.records[0].levelno == logging.WARNING


@pytest.mark.parametrize(
    ("allowed", "said"),
    [("+info", BAD), ("+config|get", BAD), ("-info", UNKNOWN)],
)
def test_who_may_not_ask_one_way_asks_the_other(
    server: RedisServer, caplog: pytest.LogCaptureFixture, allowed: str, said: str
) -> None:
    server.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    server.ask("ACL", "SETUSER", "app", "on", ">pw", "~*", "+@all", "-info", "-config", allowed)
    RedisStore(f"unix://app:pw@{server.socket}").close()
    assert caplog.messages == [said.format(server.url)]


def test_log_out_everywhere_finds_sessions_whose_list_is_gone(server: RedisServer) -> None:
    """1. three sessions, of which a thrown-out list names none, or only a later one 2. all of them end, no one else's."""
    server.ask("CONFIG", "SET", "maxmemory-policy", "volatile-ttl")
    with RedisStore(server.url) as store:
        for name in "abc":
            store.create(key(name), record("alice"), NOW)
        store.create(key("x"), record("bob"), NOW)
        store.create(key("y"), record(), NOW)
        evict_lists(server)
        assert {each for each, _ in store.sessions_of("alice", NOW)} == {key(name) for name in "abc"}
        store.create(key("d"), record("alice"), NOW)
        assert {each for each, _ in store.sessions_of("alice", NOW)} == {key(name) for name in "abcd"}
        assert {each for each, _ in store.listed("alice", NOW)} == {key("d")}

        async def run() -> set[bytes]:
            face = store.asynchronous()
            found = await face.sessions_of("alice", NOW)  # type: ignore[attr-defined]
            await face.aclose()  # type: ignore[attr-defined]
            return {each for each, _ in found}

        assert asyncio.run(run()) == {key(name) for name in "abcd"}


def test_a_change_of_password_ends_them(server: RedisServer) -> None:
    """Through the table, in threads and on asyncio."""
    server.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
    with RedisStore(server.url) as store:
        table = SessionTable(store, cookie=SID)
        session = table.open([])
        session.rotate("alice")
        evict_lists(server)
        assert table.revoke_all("alice") == 1
        assert table.open([session.set_cookies[-1].partition(";")[0]]).user is None

        async def run() -> int:
            table = AsyncSessionTable(store, cookie=SID)
            session = await table.open([])
            await session.rotate("alice")
            evict_lists(server)
            ended = await table.revoke_all("alice")
            await table.store.aclose()  # type: ignore[attr-defined]
            return ended

        assert asyncio.run(run()) == 1


def test_the_search_is_for_those_who_need_it(server: RedisServer) -> None:
    """Not where nothing is thrown out, and at no login anywhere."""
    with RedisStore(server.url) as store:
        table = SessionTable(store, cookie=SID)
        table.open([]).rotate("alice")
        assert table.revoke_all("alice") == 1
        server.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        table.open([]).rotate("alice")
        assert commands(server, "scan") == 0
        assert table.revoke_all("alice") == 1
        assert commands(server, "scan") > 0


def test_readers_read_on_where_it_is_full(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """With noeviction: only the idle end cannot be moved, which is logged; a change is refused, and a logout is not."""
    now = [NOW]
    with RedisStore(server.url) as store:
        table = SessionTable(store, cookie=SID, clock=lambda: now[0])
        session = table.open([])
        session.rotate("alice")
        cookie = session.set_cookies[-1].partition(";")[0]
        server.ask("CONFIG", "SET", "maxmemory", "1")
        for wait in (10, 120, 600):
            now[0] += wait
            assert table.open([cookie]).user == "alice"
        assert len(caplog.messages) == 2
        assert caplog.messages[0].startswith(
            f"session {session.label} goes on, but its idle end could not be moved: Redis at {server.url} cannot answer now"
        )
        with pytest.raises(StoreUnavailable):
            table.open([cookie]).write("x", 1)
        with pytest.raises(StoreUnavailable):
            table.open([]).write("x", 1)  # a stranger's first value, which would let it grow without end
        table.open([cookie]).revoke()
        assert table.open([cookie]).user is None


def test_readers_read_on_on_asyncio(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    now = [NOW]

    async def run() -> None:
        with RedisStore(server.url) as store:
            table = AsyncSessionTable(store, cookie=SID, clock=lambda: now[0])
            session = await table.open([])
            await session.rotate("alice")
            cookie = session.set_cookies[-1].partition(";")[0]
            server.ask("CONFIG", "SET", "maxmemory", "1")
            now[0] += 120
            assert (await table.open([cookie])).user == "alice"
            with pytest.raises(StoreUnavailable):
                await (await table.open([cookie])).write("x", 1)
            await table.store.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())
    assert len(caplog.messages) == 2
