"""A client of one's own: redis-py's for threads and for asyncio, of a Sentinel, and of a cluster of two nodes."""

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import randrange
from typing import Any

import pytest
import redis
import redis.asyncio
import redis.asyncio.sentinel
import redis.sentinel

from sessiontable import AsyncSessionTable, Change, Outcome, Record, SessionError, SessionTable, StoreUnavailable
from sessiontable.redis import RedisStore
from tests.contract.face import NOW, PLENTY, key, record
from tests.contract.redis_relay import Relay
from tests.contract.redis_server import SECONDS, RedisServer, redis_server

MANY = [key(str(number)) for number in range(40)]
"""So many that both nodes of a cluster have some."""


SENTINEL: Any = redis.sentinel.Sentinel
ASYNC_SENTINEL: Any = redis.asyncio.sentinel.Sentinel


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture(scope="module")
def cluster() -> Iterator[RedisServer]:
    """One of two nodes, each with half of the slots."""
    with redis_server(cluster=True) as one, redis_server(cluster=True) as other:
        one.ask("CLUSTER", "DELSLOTSRANGE", 8192, 16383)
        other.ask("CLUSTER", "DELSLOTSRANGE", 0, 8191)
        one.ask("CLUSTER", "MEET", "127.0.0.1", str(other.port))
        for each in (one, other):
            until(lambda each=each: "cluster_state:ok" in (info := text(each)) and "cluster_known_nodes:2" in info)  # type: ignore[misc]
            until(lambda each=each: "cluster_slots_ok:16384" in text(each))  # type: ignore[misc]
        yield one


def text(server: RedisServer) -> str:
    info = server.ask("CLUSTER", "INFO")
    return info if isinstance(info, str) else "\n".join(f"{name}:{value}" for name, value in info.items())


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        with suppress(redis.RedisError):
            if holds():
                return
        assert time.monotonic() < deadline
        time.sleep(0.02)


def whole_life(store: RedisStore) -> None:
    """All that a store can do, over many keys."""
    for number, each in enumerate(MANY):
        store.create(each, record(f"user{number % 2}", n="é"), NOW)
        assert store.write(each, Change("x", '"ü"', PLENTY), NOW) is Outcome.DONE
        assert store.touch(each, NOW + 200, NOW)
    assert store.read(MANY[3], NOW) == Record(NOW, NOW + 200, "user1", {"n": "é", "x": '"ü"'})
    assert len(store.sessions_of("user0", NOW)) == len(MANY) / 2
    assert {each for each, _ in store.sessions(NOW)} == set(MANY)
    moved = store.move(MANY[0], key("new"), record("user0"), NOW, NOW + 10)
    assert moved
    assert store.read(MANY[0], NOW) is None
    assert store.delete(key("new"))
    assert store.read(key("new"), NOW) is None


async def whole_async_life(store: Any) -> None:
    for number, each in enumerate(MANY):
        await store.create(each, record(f"user{number % 2}", n="é"), NOW)
        assert await store.write(each, Change("x", '"ü"', PLENTY), NOW) is Outcome.DONE
        assert await store.touch(each, NOW + 200, NOW)
    assert await store.read(MANY[3], NOW) == Record(NOW, NOW + 200, "user1", {"n": "é", "x": '"ü"'})
    assert len(await store.sessions_of("user0", NOW)) == len(MANY) / 2
    assert {each for each, _ in await store.sessions(NOW)} == set(MANY)
    assert await store.move(MANY[0], key("new"), record("user0"), NOW, NOW + 10)
    assert await store.delete(key("new"))


@pytest.mark.parametrize("settings", [{}, {"decode_responses": True}, {"encoding": "latin-1", "decode_responses": True}, {"protocol": 3}])  # fmt: skip
def test_a_client_as_its_owner_has_set_it(server: RedisServer, settings: dict[str, Any]) -> None:
    """Whatever it makes of replies for its owner: we get ours as they are."""
    with redis.Redis(unix_socket_path=str(server.socket), **settings) as client:
        client.flushdb()
        whole_life(RedisStore(client=client))
        assert client.ping()  # it is its owner's, and not closed

    async def run() -> None:
        async with redis.asyncio.Redis(unix_socket_path=str(server.socket), **settings) as client:
            await client.flushdb()
            await whole_async_life(RedisStore(client=client))

    asyncio.run(run())


def test_a_cluster(cluster: RedisServer) -> None:
    """Of two nodes: each step goes where its key is."""
    with redis.RedisCluster(host="127.0.0.1", port=cluster.port or 0, socket_timeout=5) as client:
        whole_life(RedisStore(client=client, prefix="threads:"))

    async def run() -> None:
        async with redis.asyncio.RedisCluster(host="127.0.0.1", port=cluster.port or 0) as client:
            await whole_async_life(RedisStore(client=client, timeout=5, prefix="asyncio:"))

    asyncio.run(run())


def test_a_single_connection_to_one_of_its_nodes(cluster: RedisServer) -> None:
    """Is told so, and what helps."""
    with RedisStore(cluster.url) as store, pytest.raises(SessionError) as refused:
        store._steps._read_all(MANY, NOW).send(None)
    assert str(refused.value) == (
        f"Redis at {cluster.url} is one of several nodes of a cluster, and the session is on another one: "
        "give a client that knows them all, RedisStore(client=redis.RedisCluster(…)), or a proxy's address"
    )


@contextmanager
def sentinel(master: RedisServer, folder: Path) -> Iterator[int]:
    """One that watches a master; its port."""
    port, file = randrange(30_000, 32_000), folder / "sentinel.conf"
    file.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\nsentinel monitor main 127.0.0.1 {master.port} 1\n"
        "sentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 5000\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["redis-server", str(file), "--sentinel"], stdin=subprocess.DEVNULL, stdout=log)
    try:
        with redis.Redis(port=port) as client:
            until(client.ping)
            yield port
    finally:
        process.terminate()
        process.wait(SECONDS)


def test_a_sentinel(tmp_path: Path) -> None:
    """1. its master is used 2. a failover: the name leads to the other one, and at most one request pays, in both faces."""
    with ExitStack() as running:
        master, other = (running.enter_context(redis_server(tcp=True)) for _ in range(2))
        master.ask("CONFIG", "SET", "repl-diskless-sync-delay", "0")
        other.ask("CONFIG", "SET", "repl-diskless-sync-delay", "0")
        other.ask("REPLICAOF", "127.0.0.1", str(master.port))
        until(lambda: other.ask("INFO", "replication")["master_link_status"] == "up")
        port = running.enter_context(sentinel(master, tmp_path))
        knows = running.enter_context(redis.Redis(port=port, decode_responses=True))
        asked = SENTINEL([("127.0.0.1", port)])
        threads = running.enter_context(asked.master_for("main", socket_timeout=1))
        for each in asked.sentinels:
            running.enter_context(each)
        store = RedisStore(client=threads)
        store.create(key("a"), record("alice"), NOW)

        async def run() -> list[str]:
            watch = ASYNC_SENTINEL([("127.0.0.1", port)])
            client = watch.master_for("main", socket_timeout=1)
            face: Any = RedisStore(client=client)
            await face.create(key("b"), record("bob"), NOW)
            await asyncio.to_thread(until, lambda: knows.execute_command("SENTINEL", "REPLICAS", "main"))
            until(lambda: knows.execute_command("SENTINEL", "FAILOVER", "main"))
            until(lambda: other.ask("INFO", "replication")["role"] == "master")
            until(lambda: knows.sentinel_master("main")["port"] == other.port)
            master.ask("REPLICAOF", "127.0.0.1", str(other.port))  # Sentinel does so, too, some ten seconds later
            results = [await outcome(lambda: face.create(key("c"), record(), NOW)) for _ in range(4)]
            for each in (client, *watch.sentinels):
                await each.aclose()
            return results

        assert asyncio.run(run())[1:] == ["ok"] * 3
        results = [tried(lambda: store.create(key("d"), record(), NOW)) for _ in range(4)]
        assert results[1:] == ["ok"] * 3
        assert other.ask("EXISTS", f"cookielab:s:{key('c').hex()}", f"cookielab:s:{key('d').hex()}") == 2


async def outcome(call: Callable[[], Awaitable[object]]) -> str:
    try:
        await call()
    except StoreUnavailable as error:
        return str(error)
    return "ok"


def tried(call: Callable[[], object]) -> str:
    try:
        call()
    except StoreUnavailable as error:
        return str(error)
    return "ok"


def test_its_idle_connections_are_given_up_together(server: RedisServer) -> None:
    """After a time-out or a READONLY, as with a URL."""
    with Relay(server.socket) as name, redis_server() as other:
        port = int(name.url.rpartition(":")[2])
        settings: dict[str, Any] = {"port": port, "socket_timeout": 0.3, "retry": None}
        with redis.Redis(**settings) as client:
            store = RedisStore(client=client)
            pool = client.connection_pool
            for each in [pool.get_connection() for _ in range(4)]:
                pool.release(each)
            name.forget()
            results = [tried(lambda: store.read(key("a"), NOW)) for _ in range(6)]
            assert results[0].startswith(f"Redis at redis://localhost:{port} does not answer (")
            assert results[1:] == ["ok"] * 5
            server.ask("REPLICAOF", "127.0.0.1", "1")
            name.to = other.socket
            try:
                results = [tried(lambda: store.create(key("a"), record(), NOW)) for _ in range(3)]
            finally:
                server.ask("REPLICAOF", "NO", "ONE")
            assert results == ["ok"] * 3


def test_a_client_for_asyncio_that_is_not_answered(server: RedisServer) -> None:
    """Its own time-out may be none: ours counts."""

    async def run() -> None:
        async with redis.asyncio.Redis(unix_socket_path=str(server.socket), socket_timeout=None) as client:
            face: Any = RedisStore(client=client, timeout=0.2)
            assert await face.read(key("none"), NOW) is None
            began = time.monotonic()
            with server.frozen(), pytest.raises(StoreUnavailable):
                await face.read(key("none"), NOW)
            assert time.monotonic() - began < 1
            assert await face.read(key("none"), NOW) is None

    asyncio.run(run())


def test_a_client_of_the_other_kind(server: RedisServer) -> None:
    """Said when the table is made."""
    path = str(server.socket)
    with redis.Redis(unix_socket_path=path) as client, pytest.raises(SessionError) as refused:
        AsyncSessionTable(RedisStore(client=client))
    assert str(refused.value) == (
        "this RedisStore has a client for threads, which would hold up the event loop: "
        "give it a client of redis.asyncio, or the URL"
    )
    with pytest.raises(SessionError) as refused:
        SessionTable(RedisStore(client=redis.asyncio.Redis(unix_socket_path=path)))
    assert str(refused.value) == "RedisStore is a store for asyncio: use it with AsyncSessionTable"


def test_what_is_no_client() -> None:
    for wrong, text in (
        ({"client": "redis://h"}, "client is 'redis://h': give one of redis-py, as redis.Redis(…), redis.asyncio.Redis(…), "
            "Sentinel(…).master_for(…) or redis.RedisCluster(…)"),
        ({}, "RedisStore takes the URL of a server or a client: give one of them"),
        ({"url": "redis://h", "client": redis.Redis()}, "RedisStore takes the URL of a server or a client: give one of them"),
    ):  # fmt: skip
        with pytest.raises(SessionError) as refused:
            RedisStore(**wrong)
        assert str(refused.value) == text
    for each in (redis.Redis().pipeline(), redis.asyncio.Redis().pipeline(), redis.Redis, redis):  # a pipeline waits
        with pytest.raises(SessionError, match=r"^client is <.*: give one of redis-py"):
            RedisStore(client=each)


def test_it_evicts(cluster: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """Also there it is said, at the start, or with the first call on asyncio."""
    cluster.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        with redis.Redis(unix_socket_path=str(cluster.socket)) as client:
            RedisStore(client=client)
        assert [f"unix://{cluster.socket} has maxmemory-policy" in each for each in caplog.messages] == [True]

        async def run() -> None:
            async with redis.asyncio.Redis(unix_socket_path=str(cluster.socket)) as client:
                face: Any = RedisStore(client=client)
                for _ in range(2):
                    await face.sessions(NOW)

        asyncio.run(run())
        assert len(caplog.messages) == 2
    finally:
        cluster.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
