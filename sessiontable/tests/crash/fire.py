"""kill -9 at random moments, under load: what is killed comes back, and every promise must hold meanwhile and after."""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event

from tests.contract.redis_server import redis_server
from tests.crash.load import BrokenPromiseError, Client
from tests.crash.nursery import Nursery, nursery
from tests.crash.stores import HASTY

CLIENTS, SERVERS = 6, 2
_LONGEST = {"sqlite": 0.06, "redis": 0.15}  # seconds from a restart to the next kill, at most

type Kill = Callable[[Nursery, Random], None]
type Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did; it is returned only if no promise was broken."""

    kills: int
    seed: int
    seconds: float
    counts: Counter[str]

    def __str__(self) -> str:
        counts = ", ".join(f"{number:,} {what}" for what, number in sorted(self.counts.items()))
        return f"{self.kills} kills in {self.seconds:.1f} s, seed {self.seed}: no promise broken\n  {counts}"


def _silent(done: int) -> None:
    """Tells nobody how many kills are done."""


def fire_on_sqlite(
    path: Path, kills: int, seed: int, tell: Tell = _silent, *, hasty: bool = False, face: str = ""
) -> Outcome:
    """Servers of the app are killed, which share one file; afterwards the file is whole. Raises BrokenPromiseError.

    `hasty`: with a store that has to be caught. `face`: ASYNCIO for servers on an event loop.
    """
    store = f"{face}{HASTY if hasty else ''}sqlite:{path}"
    outcome = _fire(store, kills, seed, kill=_kill_servers, longest=_LONGEST["sqlite"], tell=tell)
    with closing(sqlite3.connect(path)) as file:
        (found,) = file.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        raise BrokenPromiseError(f"{path} is no longer whole: {found}")
    return outcome


def fire_on_redis(kills: int, seed: int, tell: Tell = _silent, *, aof: bool = True, face: str = "") -> Outcome:
    """Redis is killed, and now and then servers of the app with it. Raises BrokenPromiseError; always without `aof`."""
    with redis_server(aof=aof) as redis:

        def kill(servers: Nursery, random: Random) -> None:
            redis.kill()
            if random.random() < 0.25:
                _kill_servers(servers, random)
            redis.start()

        return _fire(f"{face}{redis.url}", kills, seed, kill=kill, longest=_LONGEST["redis"], tell=tell)


def _kill_servers(servers: Nursery, random: Random) -> None:
    """One of the app's servers, or now and then all at once; as many are started."""
    count = SERVERS if random.random() < 0.25 else 1
    for pid in random.sample(servers.living, count):
        servers.kill(pid)
    for _ in range(count):
        servers.start()


def _fire(store: str, kills: int, seed: int, *, kill: Kill, longest: float, tell: Tell) -> Outcome:
    random, stop, began = Random(seed), Event(), time.monotonic()
    with nursery(store) as servers:
        for _ in range(SERVERS):
            servers.start()
        clients = [Client(f"user{i}", servers.address, Random(f"{seed}/{i}")) for i in range(CLIENTS)]
        with ThreadPoolExecutor(CLIENTS) as pool, _stopping(stop):
            running = [pool.submit(client.run, stop) for client in clients]
            for done in range(1, kills + 1):
                time.sleep(random.uniform(0, longest))
                if any(client.done() for client in running):
                    break  # a promise was broken
                kill(servers, random)
                tell(done)
        for client in running:
            client.result()
    counts = sum((client.counts for client in clients), Counter[str]())
    return Outcome(kills, seed, time.monotonic() - began, counts)


@contextmanager
def _stopping(stop: Event) -> Iterator[None]:
    try:
        yield
    finally:
        stop.set()
