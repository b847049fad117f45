"""Redis for asyncio: many calls on one connection, of which some are cancelled, time out or lose their server."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessiontable import AsyncStore, Change, Outcome, Record, StoreUnavailable
from sessiontable.redis import RedisStore
from sessiontable.redis import line as module
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


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("seed", range(3))
def test_a_cancelled_call_leaves_no_reply_behind(server: RedisServer, store: RedisStore, seed: int, loop: str) -> None:
    """Calls that are cancelled at random moments, beside others on the same connection: whoever is not cancelled gets
    their own reply, and the connection stays the same one."""
    random = Random(seed)

    async def visit(face: AsyncStore, number: int) -> int:
        """Looks at one session and another one, until it is cancelled or has done all."""
        for turn in range(30):
            await check(face, number)
            assert await face.write(key(str(number)), Change("n", str(turn), PLENTY), NOW) is Outcome.DONE
            await check(face, (number * 7 + turn) % MANY)
        return number

    async def run() -> None:
        async with face_of(store) as face:
            await check(face, 0)
            before = made(server)
            tasks = [asyncio.create_task(visit(face, number)) for number in range(MANY)]
            for doomed in random.sample(tasks, MANY // 2):
                for _ in range(random.randrange(3)):
                    await asyncio.sleep(0)
                doomed.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            cancelled = [one for one in results if isinstance(one, asyncio.CancelledError)]
            assert len(cancelled) > MANY // 4
            assert len([one for one in results if isinstance(one, int)]) == MANY - len(cancelled)
            await asyncio.gather(*(check(face, number) for number in range(MANY)))
            assert made(server) == before + 1  # the one that asks

    within(10, run(), loop)


def made(server: RedisServer) -> int:
    """How many connections there have been, the one that asks included."""
    return int(server.ask("INFO", "stats")["total_connections_received"])


@given(st.lists(st.tuples(st.integers(0, 7), st.sampled_from(["ask", "cancel", "turn", "wait"])), max_size=60))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_cancelled_when_replies_reach_those_who_asked(
    store: RedisStore, acts: list[tuple[int, str]]
) -> None:
    """Any order of asking, cancelling, turns of the loop and waiting for the server."""

    async def run() -> None:
        async with face_of(store) as face:
            calls: list[tuple[int, asyncio.Task[Record | None]]] = []
            for number, act in acts:
                if act == "ask":
                    calls.append((number, asyncio.create_task(look(face, number))))
                elif act == "cancel" and calls:
                    calls[number % len(calls)][1].cancel()
                else:
                    await asyncio.sleep(0 if act == "turn" else 0.0002)
            for number, call in calls:
                with suppress(asyncio.CancelledError):
                    found = await call
                    assert found
                    assert found.user == f"user{number}"

    async def look(face: AsyncStore, number: int) -> Record | None:
        return await face.read(key(str(number)), NOW)

    within(5, run())


class Interrupted(BaseException):
    """What Ctrl-C, a worker's time limit or an alarm raise in the middle of whatever runs."""


@pytest.mark.parametrize("where", ["asking", "answering"])
def test_a_call_that_is_broken_off_in_the_middle(
    store: RedisStore, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Between asking and sending, or between a reply and whom it is for: the next ones get their own replies."""

    def breaks_off(_: object) -> bytes:
        raise Interrupted

    async def run() -> None:
        async with face_of(store) as face:
            await check(face, 0)
            line = cast(Any, face)._lines._line
            with monkeypatch.context() as broken:
                if where == "asking":
                    broken.setattr(module, "packed", breaks_off)
                    with pytest.raises(Interrupted):
                        await check(face, 1)
                else:
                    reader, line._reader = line._reader, BreaksOff(line._reader)
                    calls = [asyncio.create_task(face_read(face, number)) for number in range(3)]
                    await asyncio.sleep(0)
                    with pytest.raises(Interrupted):
                        line.data_received(b"")
                    line._reader = reader
                    for each in await asyncio.gather(*calls, return_exceptions=True):
                        assert isinstance(each, StoreUnavailable)
            await asyncio.gather(*(check(face, number) for number in range(MANY)))

    within(5, run())


class BreaksOff:
    """A reader in whose `gets` an alarm goes off, after it has taken a reply out."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def feed(self, data: bytes) -> None:
        pass

    def gets(self) -> Any:
        raise Interrupted


async def face_read(face: AsyncStore, number: int) -> Record | None:
    return await face.read(key(str(number)), NOW)


def test_a_cancelled_call_whose_reply_does_not_come(store: RedisStore) -> None:
    """Those who wait behind it are told in time, and the connection is given up with all that may still come on it."""
    with redis_server() as server:
        slow = RedisStore(server.url, timeout=0.3)
        for number in range(4):
            slow.create(key(str(number)), record(f"user{number}"), NOW)

        async def run() -> None:
            async with face_of(slow) as face:
                await check(face, 0)
                with server.frozen():
                    call = asyncio.create_task(check(face, 1))
                    await asyncio.sleep(0.01)
                    call.cancel()
                    with pytest.raises(StoreUnavailable):
                        await check(face, 2)
                await check(face, 3)

        within(5, run())
        slow.close()


def within(seconds: float, coroutine: Coroutine[Any, Any, None], loop: str = "asyncio") -> None:
    async def run() -> None:
        await asyncio.wait_for(coroutine, seconds)

    factory = pytest.importorskip(loop).new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(run())


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


def test_a_busy_loop_is_no_silent_server(server: RedisServer, store: RedisStore) -> None:
    """The loop itself was held up for longer than the timeout, and then finds the reply."""
    slow = RedisStore(server.url, timeout=0.1)

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
