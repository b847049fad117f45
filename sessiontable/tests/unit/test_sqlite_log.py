"""SQLite's log is moved into the file beside the writes, and begins anew before it is long, whoever writes."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
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
pages, waits, long, waited = [], [], 0, 0
with SQLiteStore(sys.argv[1], busy_timeout=60) as store:
    kept = store._file.log
    tidy, move, alone = kept.tidy, kept._move, kept._move_alone
    def moved():
        pages.append(move())
        return pages[-1]
    def moved_alone():
        waits.append(True)
        alone()
    def tidied():
        global long, waited
        pages.clear()
        waits.clear()
        tidy()
        long += bool(pages and pages[0] > log._LONGEST)
        waited += bool(waits)
    kept.tidy, kept._move, kept._move_alone = tidied, moved, moved_alone
    for number in range(200):
        store.create(sys.argv[3].encode() + b"%d" % number, Record(0, 1000, None, {"x": "1" * 500}), 0)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(5000):
        store.write(sys.argv[3].encode() + b"%d" % (number % 200), Change("x", str(number), 999), 0)
print(long, waited)
"""
"""Prints how often it found a log that is too long, and how often it made all writers wait for the rest."""


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
    """Four threads write all the time: the first time that the log is found to be too long, the writers have to wait for
    what is left to be moved, and then it begins anew.

    How long that takes is the disk's affair; what they write afterwards makes the file no longer.
    """
    monkeypatch.setattr(log, "_LONGEST", 500)  # fewer than it has when it is looked at first
    anew, move, alone, written = Event(), store._file.log._move, store._file.log._move_alone, count()
    moves: list[int] = []

    def moved() -> int:
        moves.append(move())
        return moves[-1]

    def moved_alone() -> None:
        if not anew.is_set():
            assert len(moves) == 1 + log._ROUNDS, moves
        alone()
        anew.set()

    monkeypatch.setattr(store._file.log, "_move", moved)
    monkeypatch.setattr(store._file.log, "_move_alone", moved_alone)

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
    for number in range(100):  # with the last ones of the threads fewer than the log has had
        store.write(b"a", Change("x", str(number), 99), 0)
    assert size(path) == before
    assert before <= next(written) * PAGE


def test_nobody_writes_while_the_rest_of_a_long_log_is_moved(
    path: Path, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other process either: or busy ones would leave no moment at which the log can begin anew."""
    monkeypatch.setattr(log, "_LONGEST", 0)
    checkpoint, refused = store._file.checkpoint, list[str]()

    def move() -> int:
        with closing(sqlite3.connect(path, timeout=0)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                refused.append(str(error))
        return checkpoint()

    monkeypatch.setattr(store._file, "checkpoint", move)
    store._file.log.tidy()
    assert refused == ["database is locked"]


def test_the_log_of_many_processes_has_one_limit(path: Path, store: SQLiteStore) -> None:
    """Three processes write fifteen thousand times, thirty thousand pages, while a reader looks at it all the time.

    Whichever of them finds that the log, which is that of all, is too long makes all of them wait: how long the log is
    by then is the disk's affair.
    """
    longest = 1500
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(longest), str(number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(3)
    ]  # fmt: skip
    done, found = Event(), list[list[str]]()

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
            said, _ = writer.communicate("go\n", timeout=100)
            found.append(said.split())
    finally:
        done.set()
        for writer in writers:
            writer.kill()
            writer.wait()
    reader.join()
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert all(long == waited for long, waited in found), found
    assert any(waited != "0" for _, waited in found), found
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
