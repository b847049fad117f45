"""kill -9 while an event loop writes in groups: what was acknowledged is there, and each group is there as a whole."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from sessiontable.sqlite import SQLiteStore

SRC = Path(__file__).parents[2] / "src"
WRITERS = 16
SCRIPT = """
import asyncio, os, sys
from sessiontable import Change, Record
from sessiontable.sqlite import SQLiteStore
store = SQLiteStore(sys.argv[1], durable=sys.argv[2] == "durable")
face = store.asynchronous()
async def writer(number):
    key = b"%d" % number
    if await face.read(key, 0) is None:
        await face.create(key, Record(0, 1000), 0)
    for turn in range(int(sys.argv[3]), 10 ** 9):
        await face.write(key, Change("x", str(turn), 99), 0)
        os.write(1, b"%d %d\\n" % (number, turn))
async def main():
    await asyncio.gather(*map(writer, range(16)))
asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["usual", "durable"])
def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path, kind: str) -> None:
    """Ten kills of a process that goes on where the last one was killed."""
    chance, path, answered = Random(), tmp_path / "sessions.db", [-1] * WRITERS
    for _ in range(10):
        writer = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(path), kind, str(max(answered) + 1)],
            env=os.environ | {"PYTHONPATH": str(SRC)},
            stdout=subprocess.PIPE,
        )
        assert writer.stdout
        lines = [writer.stdout.readline() for _ in range(chance.randrange(20, 400))]
        writer.kill()
        lines += writer.stdout.readlines()
        writer.stdout.close()
        writer.wait()
        for number, turn in (map(int, line.split()) for line in lines):
            answered[number] = turn
        assert min(answered) >= 0
        with SQLiteStore(path) as store:
            for number, last in enumerate(answered):
                found = store.read(b"%d" % number, 0)
                assert found
                assert int(found.values["x"]) >= last
