"""Every order of the steps of requests that run at once, on every store, and every order of Redis' own commands."""

from contextlib import closing
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest

from sessiontable import MemoryStore
from sessiontable.logic import session as module
from sessiontable.redis import RedisStore
from sessiontable.redis.steps import RedisSteps
from sessiontable.sqlite import SQLiteStore
from tests.contract.redis_server import RedisServer

from .lives import LONG
from .programs import LONGER, MORE, TWO, Program
from .schedule import Choose, SteppedWire, explore, sample
from .stage import Stage

SEED = 20261123
pytestmark = pytest.mark.timeout(1200 if LONG else 120)


def told(capsys: pytest.CaptureFixture[str], program: Program, orders: int) -> None:
    """How many orders it were, on the terminal of whoever asked for a long proof."""
    if LONG:
        with capsys.disabled():
            print(f"\n  {orders:7} orders of {program.name}", end="")


@pytest.mark.parametrize("program", [*TWO, *MORE], ids=str)
def test_memory(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    orders = explore(lambda choose: Stage(program, MemoryStore()).play(choose))
    assert orders >= program.least
    told(capsys, program, orders)


@pytest.mark.parametrize("program", TWO, ids=str)
def test_acknowledged_late(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    """Each request also stops between a step and hearing of it."""
    orders = explore(lambda choose: Stage(program, MemoryStore(), after=True).play(choose))
    assert orders >= 2 * program.least
    told(capsys, program, orders)


@pytest.mark.parametrize("program", LONGER, ids=str)
def test_longer_ones_are_sampled(program: Program) -> None:
    sample(lambda choose: Stage(program, MemoryStore()).play(choose), SEED, 8_000 if LONG else 120)


@pytest.mark.parametrize("program", [*TWO, *(MORE if LONG else ())], ids=str)
def test_sqlite(program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plays = count()

    def once(choose: Choose) -> None:
        """In a file of its own: what an earlier play left would be in alice's list."""
        with SQLiteStore(tmp_path / f"{next(plays)}.sqlite") as store:
            Stage(program, store).play(choose)

    orders = explore(once)
    assert orders >= program.least
    told(capsys, program, orders)


@pytest.mark.parametrize("program", [*TWO, *MORE], ids=str)
def test_redis_commands(program: Program, server: RedisServer, capsys: pytest.CaptureFixture[str]) -> None:
    """A login and a list take several commands on Redis: requests stop before each of them, not only between calls.

    All orders where there are few, and where there are many, some of them.
    """
    with closing(RedisStore(server.url)) as store:
        wire, plays = store._wire, count()

        def once(choose: Choose) -> None:
            """With the same ids each time: the order in which a list names them is part of the play."""
            ids, prefix = count(), f"{program.name}:{next(plays)}:"
            with patch.object(module, "new_id", lambda: f"{next(ids):043d}"):
                steps = RedisSteps(SteppedWire(wire), prefix)
                Stage(program, RedisSteps(wire, prefix), steps=steps).play(choose)

        once(lambda _: 0)  # the server has seen the scripts: from now on each is one command
        most = 700 if LONG else 60
        orders = explore(once, most)
        if orders == most:
            orders += sample(once, SEED, most)
    assert orders >= min(program.least, most)
    told(capsys, program, orders)
