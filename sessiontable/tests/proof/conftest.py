"""The places that proofs run at: a process, a folder, and a real Redis for all of them."""

import shutil
from collections.abc import Iterator

import pytest

from tests.contract.redis_server import RedisServer, redis_server

from .places import Memory, Place, Redis, SQLite


@pytest.fixture(scope="session")
def server() -> Iterator[RedisServer]:
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server on PATH (Debian: apt install redis-server)")
    with redis_server() as server:
        yield server


@pytest.fixture(params=["memory", "sqlite", "redis"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "memory":
        yield Memory()
    elif request.param == "sqlite":
        yield SQLite(request.getfixturevalue("tmp_path"))
    else:
        place = Redis(request.getfixturevalue("server"))
        yield place
        place.close()
