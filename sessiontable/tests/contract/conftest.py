"""The stores that the contract is about, each one through its face for threads and its face for asyncio."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, partial
from itertools import count
from pathlib import Path

import pytest

from sessiontable import MemoryStore, Store
from sessiontable.logic.inline import finish, for_asyncio, for_threads
from sessiontable.redis import RedisStore
from sessiontable.sqlite import SQLiteStore
from tests.contract.face import Face
from tests.contract.redis_server import RedisServer, redis_server

type Opener = Callable[[], Store]
"""Opens the same sessions each time it is called. Where processes share a store it goes to them: it can be pickled."""


def memory(request: pytest.FixtureRequest) -> Opener:
    return MemoryStore


def sqlite(request: pytest.FixtureRequest) -> Opener:
    folder: Path = request.getfixturevalue("tmp_path")
    return partial(SQLiteStore, folder / "sessions.db")


def on_server(program: str, request: pytest.FixtureRequest) -> Opener:
    """On a server for all tests, in a corner of its own."""
    server = request.getfixturevalue("servers")(program)
    return partial(RedisStore, server.url, prefix=f"test-{next(NUMBERS)}:", timeout=5)


STORES: dict[str, Callable[[pytest.FixtureRequest], Opener]] = {
    "memory": memory,
    "sqlite": sqlite,
    "redis": partial(on_server, "redis-server"),
    "valkey": partial(on_server, "valkey-server"),
}
"""All stores; a new one is one line here."""

ALONE = {"memory"}
"""Those that processes cannot share."""


NUMBERS = count(1)


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], RedisServer]]:
    """The server of a program, started when it is first asked for. A cluster of one: it refuses steps on two keys."""
    with ExitStack() as running:
        yield cache(lambda program: running.enter_context(redis_server(program, cluster=True)))


@pytest.fixture(params=STORES)
def opener(request: pytest.FixtureRequest) -> Opener:
    """How the store is opened: in this process, or, unless it is one of ALONE, in others."""
    return STORES[request.param](request)


@pytest.fixture(params=[name for name in STORES if name not in ALONE])
def shared(request: pytest.FixtureRequest) -> Opener:
    """How a store is opened that processes share."""
    return STORES[request.param](request)


@pytest.fixture
def opened(opener: Opener) -> Iterator[Store]:
    """The store as threads have it."""
    store = opener()
    yield store
    if close := getattr(store, "close", None):
        close()


@pytest.fixture(params=["threads", "asyncio"])
def store(request: pytest.FixtureRequest, opened: Store) -> Iterator[Face]:
    """The store through one face and then the other: what holds for one holds for both."""
    if request.param == "threads":
        yield Face(opened, for_threads(opened), finish)
        return
    with asyncio.Runner() as runner:
        face = for_asyncio(opened)
        yield Face(opened, face, runner.run)
        if close := getattr(face, "aclose", None):
            runner.run(close())
