"""kill -9 at random moments under load: no acknowledged write is lost, nobody sees another's session, the file is whole."""

import time
from pathlib import Path

import pytest

from tests.crash.fire import fire_on_redis, fire_on_sqlite
from tests.crash.load import BrokenPromiseError
from tests.tools import need

SQLITE_KILLS, REDIS_KILLS = 200, 50


@pytest.fixture
def seed() -> int:
    """Another one each time; pytest prints it where a test fails."""
    number = int(time.time()) % 1_000_000
    print(f"seed {number}: python -m tests.crash --seed {number}")
    return number


def test_killed_servers_on_one_sqlite_file(tmp_path: Path, seed: int) -> None:
    """Two servers of the app share a file; the load was real, and the kills met it."""
    outcome = fire_on_sqlite(tmp_path / "sessions.db", SQLITE_KILLS, seed)
    print(outcome)
    assert outcome.counts["writes"] > SQLITE_KILLS
    assert outcome.counts["unanswered"] > SQLITE_KILLS / 10
    assert outcome.counts["503"] == 0


def test_killed_redis_with_aof(seed: int) -> None:
    """While Redis is away the app says so with 503, and gives nobody a fresh session."""
    need("redis-server")
    outcome = fire_on_redis(REDIS_KILLS, seed)
    print(outcome)
    assert outcome.counts["writes"] > REDIS_KILLS
    assert outcome.counts["503"] > REDIS_KILLS / 10


def test_a_store_that_acknowledges_too_early_is_caught(tmp_path: Path, seed: int) -> None:
    with pytest.raises(BrokenPromiseError, match=r"^user\d: "):
        fire_on_sqlite(tmp_path / "sessions.db", 100, seed, hasty=True)


def test_redis_that_keeps_nothing_is_caught(seed: int) -> None:
    """Without the append-only file a killed server comes back empty."""
    need("redis-server")
    with pytest.raises(BrokenPromiseError, match=r"^user\d: "):
        fire_on_redis(20, seed, aof=False)
