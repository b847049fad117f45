"""A table on each kind of store."""

import asyncio
import gc
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sessiontable import (
    AsyncSessionTable,
    MemoryStore,
    Store,
)
from sessiontable.redis import RedisStore
from sessiontable.redis.asynchronous import AsyncRedisStore
from sessiontable.sqlite import SQLiteStore
from tests.contract.redis_server import RedisServer, redis_server
from tests.plain import SID

from .story import Remote, Story, clock


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture(params=["memory", "sqlite", "remote", "redis"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Story], None]]:
    """Runs a story with a table on a store that answers on the spot, in a file, late, or over a wire."""
    store: Store = MemoryStore()
    if request.param == "sqlite":
        store = SQLiteStore(tmp_path / "s.db")
    if request.param == "redis":
        store = RedisStore(request.getfixturevalue("redis").url, prefix=f"{request.node.name}:")

    def run(story: Story) -> None:
        async def told() -> None:
            table = AsyncSessionTable(Remote(store) if request.param == "remote" else store, cookie=SID, clock=clock)
            clock.now = time.time()
            await story(table)
            if isinstance(table.store, AsyncRedisStore):
                await table.store.aclose()

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            asyncio.run(told())
            gc.collect()

    yield run
    if isinstance(store, SQLiteStore | RedisStore):
        store.close()
