"""Redis for asyncio: many calls on one connection, of which some are cancelled, time out or lose their server."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from sessiontable import AsyncStore, Change, Outcome, Record, StoreUnavailable
from sessiontable.redis import RedisStore
from tests.contract.face import NOW, PLENTY, key, record
from tests.contract.redis_server import RedisServer, redis_server

MANY = 200


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def store(server: RedisServer) -> Iterator[RedisStore]:
    """With many sessions, each of a user of its own."""
    store = RedisStore(server.url, timeout=5)
    for number in range(MANY):
        store.create(key(str(number)), record(f"user{number}", n="0"), NOW)
    yield store
    store.close()


@asynccontextmanager
async def face_of(store: RedisStore) -> AsyncIterator[AsyncStore]:
    face = store.asynchronous()
    yield face
    await face.aclose()  # type: ignore[attr-defined]


def connections(server: RedisServer) -> int:
    """How many the server has, the one that asks included."""
    return str(server.ask("CLIENT", "LIST")).count(" addr=")


async def check(face: AsyncStore, number: int) -> None:
    """The session is that of its own user."""
    found = await face.read(key(str(number)), NOW)
    assert found
    assert found.user == f"user{number}"


def test_what_is_asked_in_one_turn_goes_out_in_one_write(server: RedisServer, store: RedisStore) -> None:
    """On one connection: the server has two hundred reads to do after one read of its own, or a few."""

    async def run() -> None:
        async with face_of(store) as face:
            await check(face, 0)
            before, clients = events(server), connections(server)
            await asyncio.gather(*(check(face, number) for number in range(MANY)))
            assert events(server) - before < MANY / 4
            assert connections(server) == clients

    def events(server: RedisServer) -> int:
        return int(server.ask("INFO", "stats")["total_reads_processed"])

    asyncio.run(run())


@pytest.mark.parametrize("seed", range(5))
def test_a_cancelled_call_leaves_no_reply_behind(server: RedisServer, store: RedisStore, seed: int) -> None:
    """Two hundred calls, of which every third is cancelled at a random moment: each of the others gets its own reply,
    and the connections that were given up are closed once they have answered."""
    random = Random(seed)

    async def call(face: AsyncStore, number: int) -> None:
        for turn in range(3):
            await check(face, number)
            assert await face.write(key(str(number)), Change("n", str(turn), PLENTY), NOW) is Outcome.DONE
            await asyncio.sleep(random.random() * 1e-3)

    async def run() -> None:
        async with face_of(store) as face:
            await check(face, 0)
            clients = connections(server)
            tasks = [asyncio.create_task(call(face, number)) for number in range(MANY)]
            doomed = tasks[::3]
            while doomed:
                await asyncio.sleep(random.random() * 1e-3)
                doomed.pop(random.randrange(len(doomed))).cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert [one for one in results if one and not isinstance(one, asyncio.CancelledError)] == []
            assert len([one for one in results if one]) > 10
            await asyncio.gather(*(check(face, number) for number in range(MANY)))
            while connections(server) > clients:
                await asyncio.sleep(0.001)

    within(5, run())


def within(seconds: float, coroutine: Coroutine[Any, Any, None]) -> None:
    async def run() -> None:
        await asyncio.wait_for(coroutine, seconds)

    asyncio.run(run())


def test_a_call_that_is_cancelled_before_it_goes_out(store: RedisStore) -> None:
    async def run() -> None:
        async with face_of(store) as face:
            for number in range(50):
                call = asyncio.create_task(check(face, 0))
                if number % 2:
                    await asyncio.sleep(0)
                call.cancel()
                await check(face, number)

    within(5, run())


def test_a_server_that_does_not_answer() -> None:
    """StoreUnavailable for all who wait, in time; the late replies reach nobody; afterwards all is as before."""
    with redis_server() as server:
        store = RedisStore(server.url, timeout=0.3)
        for number in range(20):
            store.create(key(str(number)), record(f"user{number}"), NOW)

        async def run() -> None:
            async with face_of(store) as face:
                await check(face, 0)
                with server.frozen():
                    for _ in range(2):  # on a connection that is there, and on one that cannot be made
                        began = time.monotonic()
                        calls = (face.read(key(str(number)), NOW) for number in range(20))
                        for error in await asyncio.gather(*calls, return_exceptions=True):
                            assert isinstance(error, StoreUnavailable)
                            assert str(error) == (
                                f"Redis at {server.url} does not answer (no answer within 0.3 s): "
                                "look whether it runs there, and can be reached"
                            )
                        assert 0.3 <= time.monotonic() - began < 1
                await asyncio.gather(*(check(face, number) for number in range(20)))

        within(10, run())
        store.close()


def test_a_busy_loop_is_no_silent_server(store: RedisStore) -> None:
    """The loop itself was held up for longer than the timeout, and then finds the reply."""
    slow = RedisStore(f"unix://{store._host.shown.removeprefix('unix://')}", timeout=0.1)

    async def run() -> None:
        async with face_of(slow) as face:
            await check(face, 0)
            call = asyncio.create_task(check(face, 1))
            await asyncio.sleep(0)
            until = time.monotonic() + 0.3
            while time.monotonic() < until:
                pass
            await call

    within(5, run())
    slow.close()


def test_a_server_that_was_killed_and_is_back() -> None:
    """Calls in flight and those meanwhile fail; then it works by itself."""
    with redis_server(aof=True) as server:
        store = RedisStore(server.url)
        for number in range(20):
            store.create(key(str(number)), record(f"user{number}"), NOW)

        async def run() -> None:
            async with face_of(store) as face:
                await check(face, 0)
                with server.frozen():
                    calls = [asyncio.create_task(face.read(key(str(number)), NOW)) for number in range(20)]
                    await asyncio.sleep(0.01)
                    server.kill()
                for _ in range(2):
                    for error in await asyncio.gather(*calls, return_exceptions=True):
                        assert isinstance(error, StoreUnavailable)
                    calls = [asyncio.create_task(face.read(key(str(number)), NOW)) for number in range(20)]
                await asyncio.gather(*calls, return_exceptions=True)
                server.start()
                await asyncio.gather(*(check(face, number) for number in range(20)))

        within(20, run())
        store.close()


def test_one_loop_after_the_other(store: RedisStore) -> None:
    """A table is made once, at the start; its loop may be another one each time."""
    face = store.asynchronous()

    async def run(number: int) -> Record | None:
        return await face.read(key(str(number)), NOW)

    for number in range(3):
        assert asyncio.run(run(number)) == record(f"user{number}", n="0")
