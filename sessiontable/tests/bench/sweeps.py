"""How long a request has to wait while a million expired sessions are thrown away beside it.

A request is `open` of a living session and `write` of one value. A tick of a quiet machine counts as well: the same is
measured before, without a sweep.
"""

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from time import perf_counter

from sessiontable import AsyncSessionTable, MemoryStore, SessionTable
from sessiontable.sqlite import SQLiteStore
from tests.plain import SID

from .results import Sweep

QUIET = 2.0
"""Seconds that are measured without a sweep."""
LIVING = 100
LONGEST = 45.0
"""Seconds after which another process sweeps no further."""


def in_loop(store: MemoryStore) -> Sweep:
    """A task of the same event loop sweeps; other tasks have their turn after each call."""
    return asyncio.run(_in_loop(AsyncSessionTable(store, cookie=SID)))


async def _in_loop(table: AsyncSessionTable) -> Sweep:
    lines = [await _begin(table) for _ in range(LIVING)]
    gc.collect()

    async def requests(until: Callable[[], bool]) -> float:
        longest, number = 0.0, 0
        while not until():
            start = perf_counter()
            await asyncio.sleep(0)
            session = await table.open([lines[number % LIVING]])
            await session.write("count", number)
            longest, number = max(longest, perf_counter() - start), number + 1
        return longest * 1000

    end = perf_counter() + QUIET
    without = await requests(lambda: perf_counter() > end)
    start = perf_counter()
    sweeping = asyncio.create_task(_sweep(table))
    longest = await requests(sweeping.done)
    return Sweep(await sweeping, perf_counter() - start, longest, without)


async def _begin(table: AsyncSessionTable) -> str:
    session = await table.open([])
    await session.rotate(user="alice")
    return _cookie(session.set_cookies[0])


async def _sweep(table: AsyncSessionTable) -> int:
    swept = 0
    while gone := await table.sweep():
        swept += gone
        await asyncio.sleep(0)
    return swept


def in_thread(store: MemoryStore) -> Sweep:
    """Another thread sweeps, without a pause."""
    table, swept = SessionTable(store, cookie=SID), list[int]()
    sweeper = threading.Thread(target=lambda: swept.extend(iter(table.sweep, 0)))
    return _beside(table, sweeper.start, lambda: not sweeper.is_alive(), lambda: sum(swept))


def in_process(store: SQLiteStore) -> Sweep:
    """Another process sweeps the same file, without a pause."""
    argv = (sys.executable, "-m", __name__, str(store.path))
    started: list[subprocess.Popen[str]] = []
    try:
        return _beside(
            SessionTable(store, cookie=SID),
            lambda: started.append(subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)),
            lambda: started[0].poll() is not None,
            lambda: int(started[0].communicate()[0]),
        )
    finally:
        for child in started:
            child.kill()
            child.wait()


def _beside(
    table: SessionTable, start: Callable[[], object], done: Callable[[], bool], swept: Callable[[], int]
) -> Sweep:
    lines = []
    for _ in range(LIVING):
        session = table.open([])
        session.rotate(user="alice")
        lines.append(_cookie(session.set_cookies[0]))
    gc.collect()

    def requests(until: Callable[[], bool]) -> float:
        longest, number = 0.0, 0
        while not until():
            begun = perf_counter()
            table.open([lines[number % LIVING]]).write("count", number)
            longest, number = max(longest, perf_counter() - begun), number + 1
        return longest * 1000

    end = perf_counter() + QUIET
    without = requests(lambda: perf_counter() > end)
    began = perf_counter()
    start()
    longest = requests(done)
    return Sweep(swept(), perf_counter() - began, longest, without)


def _cookie(line: str) -> str:
    return line.partition(";")[0]


def main(path: str) -> None:
    """Sweeps the file until nothing is left, or for LONGEST seconds; prints how many it were."""
    table, swept, end = SessionTable(SQLiteStore(path), cookie=SID), 0, perf_counter() + LONGEST
    while (gone := table.sweep()) and perf_counter() < end:
        swept += gone
    print(swept)


if __name__ == "__main__":
    main(sys.argv[1])
