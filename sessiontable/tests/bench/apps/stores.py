"""The stores and Redis clients that the apps share; BENCH_REDIS is the socket of the benchmark's own Redis."""

import os
from pathlib import Path
from typing import Any

from sessiontable import MemoryStore


def ours(name: str, place: Path) -> Any:
    """Our store of this name."""
    if name == "memory":
        return MemoryStore()
    if name == "sqlite":
        from sessiontable.sqlite import SQLiteStore

        return SQLiteStore(str(place / "sessions.db"))
    from sessiontable.redis import RedisStore

    return RedisStore(f"unix://{os.environ['BENCH_REDIS']}")


def redis_asyncio() -> Any:
    """A peer's client for asyncio."""
    from redis.asyncio import Redis

    return Redis(unix_socket_path=os.environ["BENCH_REDIS"])


def redis_threads() -> Any:
    """A peer's client for threads."""
    from redis import Redis

    return Redis(unix_socket_path=os.environ["BENCH_REDIS"])
