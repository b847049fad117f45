"""SQLite's log is moved into the file beside the writes, and begins anew before it is long, whoever writes."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest

from sessiontable import Change, Record
from sessiontable.sqlite import SQLiteStore, log

PAGE = 4096 + 24  # bytes in the log
WRITER = """
import sys
from pathlib import Path
from sessiontable import Change, Record
from sessiontable.sqlite import SQLiteStore, log
log._LONGEST = int(sys.argv[2])
with SQLiteStore(sys.argv[1], busy_timeout=60) as store:
    for number in range(200):
        store.create(sys.argv[3].encode() + b"%d" % number, Record(0, 1000, None, {"x": "1" * 500}), 0)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(5000):
        store.write(sys.argv[3].encode() + b"%d" % (number % 200), Change("x", str(number), 999), 0)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    with SQLiteStore(path) as store:
        store.create(b"a", Record(0, 1000), 0)
        yield store


def size(path: Path) -> int:
    return path.with_name("sessions.db-wal").stat().st_size


@pytest.mark.parametrize("asynchronous", [False, True])
def test_the_log_is_moved_into_the_file(path: Path, store: SQLiteStore, asynchronous: bool) -> None:
    """Again and again, beside the writes. Where there is a pause the log begins anew: it grows no further."""

    async def story() -> None:
        face, turns = store.asynchronous(), 10
        for _ in range(1000 // turns):
            await asyncio.gather(*(face.write(b"a", Change("x", str(n), 99), 0) for n in range(turns)))

    sizes = []
    for _ in range(4):
        if asynchronous:
            asyncio.run(story())
        else:
            for number in range(1000):
                store.write(b"a", Change("x", str(number), 99), 0)
        assert store._file.log._thread
        store._file.log.wait()
        store._file.checkpoint()
        sizes.append(size(path))
    assert max(sizes) <= 1000 * 3 * PAGE


def test_a_long_log_begins_anew_without_a_pause(
    path: Path, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four threads write all the time: once the writers have to wait for what is left to be moved, and then it begins anew.

    How long that takes is the disk's affair; what they write afterwards makes the file no longer.
    """
    monkeypatch.setattr(log, "_LONGEST", 500)
    anew, alone, written = Event(), store._file.log._move_alone, count()

    def noted() -> None:
        alone()
        anew.set()

    monkeypatch.setattr(store._file.log, "_move_alone", noted)

    def write() -> None:
        for number in range(200_000):
            if number % 100 == 0 and anew.is_set():
                break
            store.write(b"a", Change("x", str(number), 99), 0)
            next(written)

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert anew.is_set()
    store._file.log.wait()
    before = size(path)
    for number in range(1000):
        store.write(b"a", Change("x", str(number), 99), 0)
    assert size(path) == before
    assert before <= (next(written) + 1000) * PAGE


def test_the_log_of_many_processes_has_one_limit(path: Path, store: SQLiteStore) -> None:
    """Three processes write fifteen thousand times, thirty thousand pages, while a reader looks at it all the time."""
    longest = 1500
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(longest), str(number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(3)
    ]  # fmt: skip
    done = Event()

    def read() -> None:
        while not done.is_set():
            store.read(b"a", 0)

    reader = Thread(target=read)
    try:
        for writer in writers:
            assert writer.stdout
            assert writer.stdout.readline() == "ready\n"
        reader.start()
        for writer in writers:
            writer.communicate("go\n", timeout=100)
    finally:
        done.set()
        for writer in writers:
            writer.kill()
            writer.wait()
    reader.join()
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert size(path) < 20_000 * PAGE  # of thirty thousand


def test_the_disk_is_waited_for_without_a_descriptor_of_ones_own(path: Path, store: SQLiteStore) -> None:
    """Closing one would drop the locks that this process has on the file."""
    assert store._file.place.sync()
    with SQLiteStore(path) as second:
        assert not second._file.place.sync()  # whose descriptor is whose, nobody knows
    assert store._file.place.sync()
    other = subprocess.run(
        [sys.executable, "-c", f"import sqlite3; sqlite3.connect({str(path)!r}).execute('PRAGMA journal_mode = DELETE')"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "database is locked" in other.stderr
