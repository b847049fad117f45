"""Redis connections that answer wrongly or not at all: at most one request pays, in threads and on asyncio."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Barrier, Thread
from typing import Any, cast

import pytest
import redis

from sessiontable import Change, SessionError, StoreUnavailable
from sessiontable.logic.inline import for_asyncio, for_threads
from sessiontable.redis import RedisStore, line, pool
from sessiontable.redis.faults import explained
from tests.contract.face import NOW, PLENTY, key, record
from tests.contract.redis_relay import Relay
from tests.contract.redis_server import RedisServer, redis_server

CROWD = 8
"""So many are at work at the same time before, so that as many connections idle."""


@pytest.fixture
def servers() -> Iterator[Callable[..., RedisServer]]:
    with ExitStack() as running:
        yield lambda **how: running.enter_context(redis_server(**how))


class Crowd:
    """A store that many have used, and that one after the other uses now."""

    def __init__(self, store: RedisStore, kind: str, runner: asyncio.Runner) -> None:
        self.store, self._kind, self._runner = store, kind, runner
        self._face = for_asyncio(store) if kind == "asyncio" else for_threads(store)
        self.pool = cast(Any, store._wire)
        barrier = Barrier(CROWD)

        def read(_: int) -> None:
            barrier.wait(5)
            for _ in range(20):
                store.read(key("a"), NOW)

        if kind == "threads":
            with ThreadPoolExecutor(CROWD) as many:
                list(many.map(read, range(CROWD)))
            assert len(self.pool._idle) > 1
        else:
            self._runner.run(self._reads())

    async def _reads(self) -> None:
        await asyncio.gather(*(self._face.read(key("a"), NOW) for _ in range(CROWD)))

    def call(self, what: Callable[[Any], Awaitable[object]]) -> str:
        """How one request ends: "ok", or the error."""

        async def run() -> None:
            await what(self._face)

        try:
            if self._kind == "asyncio":
                self._runner.run(run())
            else:
                with pytest.raises(StopIteration):
                    run().send(None)
        except StoreUnavailable as error:
            return str(error)
        return "ok"

    def end(self) -> None:
        if self._kind == "asyncio":
            self._runner.run(self._face.aclose())  # type: ignore[attr-defined]
        self.store.close()


@pytest.fixture(params=["threads", "asyncio"])
def crowd(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Crowd]]:
    """On a URL."""
    made: list[Crowd] = []
    with asyncio.Runner() as runner:

        def make(url: str) -> Crowd:
            store = RedisStore(url, timeout=0.4)
            store.create(key("a"), record("alice"), NOW)
            made.append(Crowd(store, request.param, runner))
            return made[-1]

        yield make
        for each in made:
            each.end()


async def read(face: Any) -> None:
    await face.read(key("a"), NOW)


async def write(face: Any) -> None:
    await face.create(key("b"), record("bob"), NOW)
    await face.write(key("b"), Change("x", "1", PLENTY), NOW)


def demoted(server: RedisServer) -> None:
    server.ask("REPLICAOF", "127.0.0.1", "1")


def demoted_and_alone(server: RedisServer) -> None:
    server.ask("CONFIG", "SET", "replica-serve-stale-data", "no")
    demoted(server)


def full(server: RedisServer) -> None:
    server.ask("CONFIG", "SET", "maxmemory", "1")


def cannot_save(server: RedisServer) -> None:
    """Where the file should come is a folder."""
    server.ask("CONFIG", "SET", "save", "3600 1")
    (server.folder / "dump.rdb").mkdir()
    server.ask("BGSAVE")
    while server.ask("INFO", "persistence")["rdb_last_bgsave_status"] == "ok":
        time.sleep(0.01)


def without_replicas(server: RedisServer) -> None:
    server.ask("CONFIG", "SET", "min-replicas-to-write", "1")


def without_slots(server: RedisServer) -> None:
    server.ask("CLUSTER", "DELSLOTSRANGE", 0, 16383)


BAD: dict[str, tuple[Callable[[RedisServer], None], Callable[[Any], Awaitable[object]]]] = {
    "READONLY": (demoted, write),
    "MASTERDOWN": (demoted_and_alone, read),
    "CLUSTERDOWN": (without_slots, read),
    "OOM": (full, write),
    "MISCONF": (cannot_save, write),
    "NOREPLICAS": (without_replicas, write),
}


@pytest.mark.parametrize("word", BAD)
def test_nobody_stays_with_a_server_that_is_not_the_right_one_any_more(
    servers: Callable[..., RedisServer], crowd: Callable[[str], Crowd], word: str
) -> None:
    """1. a failover: the name leads elsewhere, and connections to the old master are open 2. it does nothing for us any
    more, and says so: we ask where the name leads now, and nobody pays 3. nor after the way back."""
    spoil, what = BAD[word]
    old, new = (servers(cluster=word == "CLUSTERDOWN") for _ in range(2))
    with Relay(old.socket) as name:
        many = crowd(name.url)
        spoil(old)
        assert many.call(what) != "ok"
        made = name.made
        name.to = new.socket
        time.sleep(
            1 if word in {"MISCONF", "NOREPLICAS", "OOM"} else 0
        )  # such a server gives new connections once in a second
        assert [many.call(what) for _ in range(5)] == ["ok"] * 5
        assert name.made <= made + 2


def test_a_server_that_is_still_reading_its_data_in(
    servers: Callable[..., RedisServer], crowd: Callable[[str], Crowd], tmp_path: Path
) -> None:
    """The master was killed and the name leads to one that says LOADING, and then to one that has loaded."""
    old, new = servers(), servers()
    with Relay(old.socket) as name, socket.socket(socket.AF_UNIX) as listener:
        many = crowd(name.url)
        listener.bind(str(tmp_path / "loading"))
        listener.listen()

        def answer() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = listener.accept()
                    with peer:
                        while peer.recv(65536):
                            peer.sendall(b"-LOADING Redis is loading the dataset in memory\r\n")

        Thread(target=answer, daemon=True).start()
        name.to = tmp_path / "loading"
        old.kill()
        assert "loading the dataset" in [many.call(read) for _ in range(3)][-1]
        name.to = new.socket
        assert [many.call(read) for _ in range(3)] == ["ok"] * 3
        listener.shutdown(socket.SHUT_RDWR)


def test_a_silent_firewall(servers: Callable[..., RedisServer], crowd: Callable[[str], Crowd]) -> None:
    """All idle connections are dead, and nobody has been told: one request pays for all."""
    with Relay(servers().socket) as name:
        many = crowd(name.url)
        name.forget()
        assert ["ok" if each == "ok" else "late" for each in (many.call(read) for _ in range(12))] == ["late"] + [
            "ok"
        ] * 11


def test_what_one_face_has_found_out_the_other_knows(servers: Callable[..., RedisServer]) -> None:
    """A time-out in a thread gives up the event loop's connection, too, and the other way round."""

    async def run(first: str) -> None:
        with Relay(servers().socket) as name, RedisStore(name.url, timeout=0.3) as store:
            face = store.asynchronous()
            await face.read(key("a"), NOW)
            name.forget()
            with pytest.raises(StoreUnavailable):
                await face.read(key("a"), NOW) if first == "asyncio" else store.read(key("a"), NOW)
            store.read(key("a"), NOW)
            await face.read(key("a"), NOW)
            await face.aclose()  # type: ignore[attr-defined]

    for first in ("asyncio", "threads"):
        asyncio.run(run(first))


def test_after_long_idling_nobody_pays(
    servers: Callable[..., RedisServer], crowd: Callable[[str], Crowd], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that nobody has used for long is not used again."""
    with Relay(servers().socket) as name:
        many = crowd(name.url)
        assert many.call(read) == "ok"
        for module in (pool, line):
            monkeypatch.setattr(module, "MOST_IDLE", 0.05)
        name.forget()
        time.sleep(0.1)
        assert [many.call(read) for _ in range(3)] == ["ok"] * 3


def test_a_connection_that_the_server_has_closed(
    servers: Callable[..., RedisServer], crowd: Callable[[str], Crowd]
) -> None:
    """Nobody pays: it is seen before it is used. The event loop had no turn meanwhile in which it could be told."""
    server = servers()
    many = crowd(server.url)
    for _ in range(3):
        server.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        assert [many.call(read) for _ in range(3)] == ["ok"] * 3


def test_a_full_server_costs_no_storm_of_connections(
    servers: Callable[..., RedisServer], crowd: Callable[[str], Crowd]
) -> None:
    """It may be full for long: readers read on, on the connections that there are, while each write fails."""
    server = servers()
    with Relay(server.socket) as name:
        many = crowd(name.url)
        full(server)
        made, until = name.made, time.monotonic() + 0.9
        for _ in range(100):
            assert "OOM" in many.call(write) or "not allowed" in many.call(write)
            assert many.call(read) == "ok"
            if time.monotonic() > until:
                break
        assert name.made - made <= 2


def test_what_a_script_of_redis_6_says() -> None:
    """The word stands in the middle there; the request is answered with 503, and the connection given up."""
    for word, kind in (("OOM", StoreUnavailable), ("READONLY", StoreUnavailable), ("WRONGTYPE", SessionError)):
        text = f"ERR Error running script (call to f_1a2b): @user_script:6: @user_script: 6: -{word} so it is"
        error = explained(redis.ResponseError(text), "redis://h")
        assert type(error) is kind


def test_a_peer_that_is_gone_is_noticed(servers: Callable[..., RedisServer], crowd: Callable[[str], Crowd]) -> None:
    """TCP's keep-alive is on: the machine asks after 15 s."""
    with Relay(servers().socket) as name:
        many = crowd(name.url)
        if many._kind == "threads":
            ours = many.pool._idle[-1].connection._sock
        else:
            ours = many._face._lines._line._transport.get_extra_info("socket")  # type: ignore[attr-defined]
        assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 15
