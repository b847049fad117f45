"""Measurements without HTTP, each in a process of its own, which prints JSON: `python -m tests.bench.inside sizes`."""

import gc
import json
import os
import random
import sqlite3
import sys
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter, time

from sessiontable import MemoryStore, Record, SessionTable, Store
from sessiontable.basics.ids import key_of
from sessiontable.sqlite import SQLiteStore
from sessiontable.sqlite.steps import Connection
from tests.bench.errors import BenchError
from tests.plain import SID

from . import sweeps
from .processes import SERVER_CORE, pinned
from .results import Measured
from .running import run

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LOOKED_UP, BATCHES = 2_000, 9
KILOBYTES = (1, 2, 4, 8, 16, 32, 64)
COOKIES = (100, 300, 1_000, 3_000, 10_000)


def id_of(number: int) -> str:
    """The session id of this number, the same in every process."""
    return urlsafe_b64encode(sha256(b"%d" % number).digest()).decode().rstrip("=")


def record(number: int, now: float) -> Record:
    """A small session: who it is, and one value."""
    return Record(now, now + 3000 + number % 600, f"user{number}", {"name": f'"user{number}"'})


def fill(store: Store, start: int, stop: int, now: float) -> None:
    """Sessions of these numbers, which end within the hour after `now`."""
    for number in range(start, stop):
        store.create(key_of(id_of(number)), record(number, now), now)


def fill_file(store: SQLiteStore, start: int, stop: int, now: float) -> None:
    """The same as one transaction, in the order of the keys: a million of them would take minutes."""
    with closing(sqlite3.connect(store.path, isolation_level=None, factory=Connection)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for key, number in sorted((key_of(id_of(number)), number) for number in range(start, stop)):
            connection.create(key, record(number, now), now, 0)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def lookups[Kind: Store](store: Kind, fill: Callable[[Kind, int, int, float], None]) -> dict[int, float]:
    """Microseconds for `open` of a living session, at each size; ids at random, no one twice in a batch."""
    now, found, before, chance = time(), {}, 0, random.Random(1)
    table = SessionTable(store, idle_timeout=3000, clock=lambda: now, cookie=SID)  # nothing is due for a later end
    for size in SIZES:
        fill(store, before, size, now)
        before = size
        gc.collect()
        found[size] = median(_lookup(table, chance.sample(range(size), min(size, LOOKED_UP))) for _ in range(BATCHES))
    return found


def _lookup(table: SessionTable, numbers: list[int]) -> float:
    lines = [[f"theme=dark; sid={id_of(number)}"] for number in numbers]
    start = perf_counter()
    for line in lines:
        table.open(line)
    taken = perf_counter() - start
    if not table.open(lines[0]).known:
        raise SystemExit(f"session {numbers[0]} is not in the table")
    return taken / len(lines) * 1e6


def sizes() -> dict[int, float]:
    """Bytes that this process grows by for each small session in a MemoryStore."""
    found = {}
    for size in SIZES[2:]:
        gc.collect()
        store = MemoryStore(2 * size)
        before = _resident()
        fill(store, 0, size, time())
        gc.collect()
        found[size] = (_resident() - before) / size
        del store
    return found


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def parsing() -> dict[str, dict[int, float]]:
    """Nanoseconds for each byte of a request's Cookie headers, for shapes that may be slow, as they grow."""
    table = SessionTable(MemoryStore(2 * SIZES[-1]))
    shapes: dict[str, Iterator[str]] = {
        "one long cookie": ("a=" + "b" * (1024 * size) for size in KILOBYTES),
        "semicolons alone": (";" * (1024 * size) for size in KILOBYTES),
        "our name again and again": ("sid" * (1024 * size // 3) for size in KILOBYTES),
        "cookies": (_cookies(count, "c{}=v{}") for count in COOKIES),
        "cookies of our name": (_cookies(count, "sid=v{}") for count in COOKIES),
    }
    return {name: {len(line): _nanoseconds(lambda line=line: table.open([line]), len(line))  # type: ignore[misc]
                   for line in lines} for name, lines in shapes.items()}  # fmt: skip


def _cookies(count: int, form: str) -> str:
    return "; ".join(form.format(number, number) for number in range(count)) + "; sid=" + id_of(0)


def _nanoseconds(call: Callable[[], object], size: int) -> float:
    """The fastest of many: what the code needs, without what else the machine does."""
    best = float("inf")
    end = perf_counter() + 0.15
    while perf_counter() < end:
        start = perf_counter()
        call()
        best = min(best, perf_counter() - start)
    return best / size * 1e9


MEASURES: dict[str, Callable[[], object]] = {
    "lookups-memory": lambda: lookups(MemoryStore(2 * SIZES[-1]), fill),
    "lookups-sqlite": lambda: _in_file(lambda store: lookups(store, fill_file)),
    "sizes": sizes,
    "sweep-asyncio": lambda: asdict(sweeps.in_loop(_expired(MemoryStore(2 * SIZES[-1]), fill))),
    "sweep-threads": lambda: asdict(sweeps.in_thread(_expired(MemoryStore(2 * SIZES[-1]), fill))),
    "sweep-sqlite": lambda: _in_file(lambda store: asdict(sweeps.in_process(_expired(store, fill_file)))),
    "parsing": parsing,
}


def measure(found: Measured) -> None:
    """Adds all of them, one after the other."""
    for name in MEASURES:
        print(f"measuring {name}", file=sys.stderr)
        argv = (sys.executable, "-m", __name__, name)
        try:
            said = json.loads(run(argv if name.startswith("sweep") else pinned(SERVER_CORE, *argv)))
        except BenchError as error:
            found.failures[name] = str(error)
            print(f"{name}: {error}", file=sys.stderr)
            continue
        found.add(name, said)


def _in_file(measure: Callable[[SQLiteStore], object]) -> object:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as folder:
        return measure(SQLiteStore(Path(folder) / "sessions.db"))


def _expired[Kind: Store](store: Kind, fill: Callable[[Kind, int, int, float], None]) -> Kind:
    fill(store, 0, SIZES[-1], time() - 7200)
    return store


if __name__ == "__main__":
    print(json.dumps(MEASURES[sys.argv[1]]()))
