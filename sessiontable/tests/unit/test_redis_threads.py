"""Redis connections of threads: nobody gets a reply that was meant for somebody else, whatever breaks a call off."""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import inf, nan
from typing import Any, cast

import pytest

from sessiontable import Change, Record, SessionError, StoreUnavailable
from sessiontable.redis import RedisStore
from tests.contract.face import NOW, PLENTY, key, record
from tests.contract.redis_server import RedisServer, redis_server


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def store(server: RedisServer) -> Iterator[RedisStore]:
    store = RedisStore(server.url, timeout=5)
    for number in range(8):
        store.create(key(str(number)), record(f"user{number}"), NOW)
    yield store
    store.close()


def connections(server: RedisServer) -> int:
    """How many the server has, the one that asks included."""
    return str(server.ask("CLIENT", "LIST")).count(" addr=")


class Interrupted(BaseException):
    """What Ctrl-C, a worker's time limit or a greenlet's end raise in the middle of whatever runs."""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a signal may hit a destructor
def test_a_call_that_is_broken_off_takes_its_connection_along(server: RedisServer, store: RedisStore) -> None:
    """A signal raises between the command and its reply, a hundred times at random: each later reply is the right one.

    A read takes some 50 µs, and the signal comes 0 to 200 µs after the call begins, so that many hit the middle.
    """

    def interrupt(*_: object) -> None:
        raise Interrupted

    before, hits = signal.signal(signal.SIGALRM, interrupt), 0
    try:
        for number in range(100):
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-6 + number * 2e-6)
                for each in range(8):
                    found = store.read(key(str(each)), NOW)
                    assert found
                    assert found.user == f"user{each}"
                signal.setitimer(signal.ITIMER_REAL, 0)
            except Interrupted:
                hits += 1
            for each in range(8):
                found = store.read(key(str(each)), NOW)
                assert found
                assert found.user == f"user{each}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert hits > 50


def test_threads_share_connections(server: RedisServer, store: RedisStore) -> None:
    """Eight threads get each their own session, on no more connections than there are threads."""

    def work(number: int) -> set[str | None]:
        found = [store.read(key(str(number)), NOW) for _ in range(200)]
        return {one.user for one in found if one}

    before = connections(server)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [{f"user{number}"} for number in range(8)]
    assert connections(server) <= before + 8


def test_a_connection_that_another_thread_takes_at_once(store: RedisStore) -> None:
    """The moment it is given back, somebody beside this thread has it, and the pool is empty."""

    class Taken(deque[Any]):
        def append(self, pooled: Any) -> None:
            taken.append(pooled)

    taken: list[Any] = []
    pool = cast(Any, store._wire)
    pool.close()
    pool._idle = Taken()
    found = store.read(key("1"), NOW)
    assert found
    assert found.user == "user1"
    for each in taken:
        each.connection.disconnect()


def test_a_fork_shares_no_connection(store: RedisStore) -> None:
    """Three processes read at the same time, each with connections of its own."""
    pids, (gate, opens) = [], os.pipe()
    for number in (1, 2):
        if not (pid := os.fork()):
            wrong = 1
            try:
                os.read(gate, 1)
                found = [store.read(key(str(number)), NOW) for _ in range(300)]
                wrong = sum(one is None or one.user != f"user{number}" for one in found)
            finally:
                os._exit(min(wrong, 255))
        pids.append(pid)
    os.write(opens, b"go")
    found = [store.read(key("3"), NOW) for _ in range(300)]
    assert {one.user for one in found if one} == {"user3"}
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0, 0]
    os.close(gate)
    os.close(opens)


def test_a_server_that_does_not_answer() -> None:
    """StoreUnavailable in time, also for those who come later; afterwards all is as before, and each reply is right."""
    with redis_server() as server:
        store = RedisStore(server.url, timeout=0.2)
        for number in range(4):
            store.create(key(str(number)), record(f"user{number}"), NOW)
        with server.frozen(), ThreadPoolExecutor(4) as pool:
            began = time.monotonic()
            for call in [pool.submit(store.read, key(str(number)), NOW) for number in range(4)]:
                assert isinstance(call.exception(), StoreUnavailable)
                assert str(call.exception()).startswith(f"Redis at {server.url} does not answer (Timeout ")
            assert time.monotonic() - began < 2
        for number in range(4):
            assert store.read(key(str(number)), NOW) == record(f"user{number}")
        store.close()


def test_a_server_that_was_killed_and_is_back() -> None:
    """Meanwhile StoreUnavailable; then the first call finds a new connection, and all that was acknowledged is there."""
    with redis_server(aof=True) as server:
        store = RedisStore(server.url)
        store.create(key("a"), record("alice"), NOW)
        store.write(key("a"), Change("x", "1", PLENTY), NOW)
        server.kill()
        for _ in range(2):
            with pytest.raises(StoreUnavailable) as down:
                store.read(key("a"), NOW)
            assert str(down.value).endswith("look whether it runs there, and can be reached")
        server.start()
        assert store.read(key("a"), NOW) == record("alice", x="1")
        assert store.write(key("a"), Change("x", "2", PLENTY), NOW).name == "DONE"  # the server forgot the scripts
        assert store.sessions_of("alice", NOW) == [(key("a"), record("alice", x="2"))]
        store.close()


def test_a_server_that_was_restarted_while_nobody_asked() -> None:
    """The connections that are kept are dead, and no call is the one that finds out."""
    with redis_server(aof=True) as server:
        store = RedisStore(server.url)
        store.create(key("a"), record("alice"), NOW)
        server.kill()
        server.start()
        assert store.read(key("a"), NOW) == record("alice")
        store.close()


def test_the_idle_ones_are_given_back(server: RedisServer) -> None:
    store = RedisStore(server.url)
    before, barrier = connections(server), threading.Barrier(4)

    def work(_: int) -> Record | None:
        barrier.wait(5)
        return store.read(key("none"), NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    store.close()
    assert connections(server) <= before - 1
    assert store.read(key("none"), NOW) is None
    store.close()


@pytest.mark.parametrize("timeout", [0, -1, inf, nan])
def test_a_timeout_that_makes_no_sense_is_refused(timeout: float) -> None:
    with pytest.raises(SessionError) as refused:
        RedisStore("unix:///none", timeout=timeout)
    assert str(refused.value) == f"timeout is {timeout} s: give the seconds, above 0, that Redis may take to answer"
