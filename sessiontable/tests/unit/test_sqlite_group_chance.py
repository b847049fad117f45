"""Groups of writes in orders drawn by seed: callers give up, others hold the file, some writes fail."""

import asyncio
import sqlite3
from collections.abc import Coroutine
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sessiontable import Change, Outcome, Record
from sessiontable.sqlite import SQLiteStore

type Place = tuple[bytes, str]
KEYS, NAMES = (b"a", b"b"), ("x", "y")


async def story(store: SQLiteStore, other: sqlite3.Connection, seed: int) -> None:
    """Every answer is DONE or that of its own mistake; at each place stands the last value that was acknowledged, or a
    later one whose caller has given up."""
    face, chance = store.asynchronous(), Random(seed)
    begun: dict[Place, list[str]] = {(key, name): [] for key in KEYS for name in NAMES}
    answered: dict[Place, list[str]] = {place: [] for place in begun}
    good: list[asyncio.Task[None]] = []
    bad: list[asyncio.Task[None]] = []

    async def write(key: bytes, name: str, value: str) -> None:
        begun[key, name].append(value)
        assert await face.write(key, Change(name, value, 999), 0) is Outcome.DONE
        answered[key, name].append(value)

    def start[Answer](call: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        return asyncio.Task(call, loop=asyncio.get_running_loop(), eager_start=chance.random() < 0.5)

    for turn in range(200):
        match chance.randrange(12):
            case 0:
                await asyncio.sleep(0)
            case 1:
                await asyncio.sleep(0.001)
            case 2:
                chance.choice(good or [asyncio.Future()]).cancel()
            case 3 if other.in_transaction:
                other.execute("COMMIT")
            case 3 if not chance.randrange(3):
                hold(other)
            case 4:
                bad.append(start(face.create(b"bad", Record(0, 1000, "\ud800"), 0)))
            case _:
                good.append(start(write(chance.choice(KEYS), chance.choice(NAMES), str(turn))))
    if other.in_transaction:
        other.execute("COMMIT")
    for each in await asyncio.gather(*bad, return_exceptions=True):
        assert isinstance(each, UnicodeEncodeError)
    answers = await asyncio.gather(*good, return_exceptions=True)
    assert {type(each) for each in answers} <= {type(None), asyncio.CancelledError}
    for (key, name), values in begun.items():
        done = answered[key, name]
        assert done == [value for value in values if value in done]
        found = store.read(key, 0)
        assert found
        assert found.values.get(name) in values[values.index(done[-1]) if done else 0 :] + [None] * (not done)


def hold(other: sqlite3.Connection) -> None:
    """Another program writes, unless the store does just now."""
    try:
        other.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return


@pytest.mark.parametrize("durable", [False, True])
def test_groups_by_chance(tmp_path: Path, durable: bool) -> None:
    for seed in range(60):
        path = tmp_path / f"{seed}.db"
        with SQLiteStore(path, durable=durable) as store:
            for key in KEYS:
                store.create(key, Record(0, 1000), 0)
            other = sqlite3.connect(path, timeout=0, isolation_level=None)
            try:
                asyncio.run(story(store, other, seed))
            finally:
                other.close()
