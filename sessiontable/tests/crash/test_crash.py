"""kill -9 at random moments under load: no acknowledged write is lost, nobody sees another's session, the file is whole."""

import time
from pathlib import Path

import pytest

from tests.crash.fire import fire_on_redis, fire_on_sqlite
from tests.crash.load import BrokenPromiseError
from tests.crash.stores import ASYNCIO
from tests.tools import need

SQLITE_KILLS, REDIS_KILLS = 200, 50


@pytest.fixture
def seed() -> int:
    """Another one each time; pytest prints it where a test fails."""
    number = int(time.time()) % 1_000_000
    print(f"seed {number}: python -m tests.crash --seed {number}")
    return number


@pytest.mark.parametrize("face", ["", ASYNCIO], ids=["threads", "asyncio"])
def test_killed_servers_on_one_sqlite_file(face: str, tmp_path: Path, seed: int) -> None:
    """Two servers of the app share a file; the load was real, and the kills met it."""
    kills = SQLITE_KILLS if not face else SQLITE_KILLS // 2
    outcome = fire_on_sqlite(tmp_path / "sessions.db", kills, seed, face=face)
    print(outcome)
    assert outcome.counts["writes"] > kills
    assert outcome.counts["unanswered"] > kills / 10
    assert outcome.counts["503"] == 0


@pytest.mark.parametrize("face", ["", ASYNCIO], ids=["threads", "asyncio"])
def test_killed_redis_with_aof(face: str, seed: int) -> None:
    """While Redis is away the app says so with 503, and gives nobody a fresh session."""
    need("redis-server")
    outcome = fire_on_redis(REDIS_KILLS if not face else REDIS_KILLS // 2, seed, face=face)
    print(outcome)
    assert outcome.counts["writes"] > outcome.kills
    assert outcome.counts["503"] > outcome.kills / 10


def test_a_store_that_acknowledges_too_early_is_caught(tmp_path: Path, seed: int) -> None:
    with pytest.raises(BrokenPromiseError, match=r"^user\d: "):
        fire_on_sqlite(tmp_path / "sessions.db", 100, seed, hasty=True)


def test_redis_that_keeps_nothing_is_caught(seed: int) -> None:
    """Without the append-only file a killed server comes back empty."""
    need("redis-server")
    with pytest.raises(BrokenPromiseError, match=r"^user\d: "):
        fire_on_redis(20, seed, aof=False)
