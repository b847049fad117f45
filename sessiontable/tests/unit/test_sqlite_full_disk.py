"""An SQLite file on a disk that is full: who reads can read, who writes is told, and all goes on when there is room."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from sessiontable import Change, Outcome, Record, StoreUnavailable
from sessiontable.sqlite import SQLiteStore
from tests.scripts import printed

FULL_DISK = """
import resource, sys
from sessiontable import Record, StoreUnavailable
from sessiontable.sqlite import SQLiteStore
with SQLiteStore(sys.argv[1]) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, -1))
    kept = 0
    try:
        for number in range(10_000):
            store.create(b"%d" % number, Record(0, 1000, None, {"x": "1" * 1000}), 0)
            kept += 1
    except StoreUnavailable as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    store.create(b"later", Record(0, 1000), 0)
    print(kept > 20, all(store.read(b"%d" % number, 0) for number in range(kept)))
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(tmp_path)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("root alone can mount a small tmpfs")
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_a_write_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    """What was acknowledged is there, and all goes on when there is room."""
    path = tmp_path / "sessions.db"
    first, last = printed(FULL_DISK, path).splitlines()
    assert first in {
        f"session file {path}: database or disk is full; free space on its disk",
        f"session file {path}: disk I/O error; see what the system says of its disk",
    }
    assert last == "True True"


def fill(store: SQLiteStore) -> int:
    """Write until nothing fits any more; how many sessions there are."""
    numbers = count()

    def create() -> None:
        for number in numbers:
            store.create(b"%d" % number, Record(0, 1000, None, {"x": "1" * 1000}), 0)

    with pytest.raises(StoreUnavailable) as error:
        create()
    assert str(error.value) == f"session file {store.path}: database or disk is full; free space on its disk"
    return next(numbers) - 1


EATER = """
import sys
log = open(sys.argv[1], "ab", buffering=0)
while True:
    try:
        log.write(b"x" * 512)
    except OSError:
        pass
"""
"""Somebody's log, which takes whatever is free, at once."""


def ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def test_readers_read_on_a_full_disk(disk: Path) -> None:
    """All of them, in other threads, and again after each write that is refused; with room all goes on as it was, without
    a restart."""
    with ExitStack() as stack, SQLiteStore(disk / "sessions.db") as store:
        kept = fill(store)
        eater = subprocess.Popen([sys.executable, "-c", EATER, str(disk / "log")])
        stack.callback(ended, eater)
        for _ in range(20):
            with pytest.raises(StoreUnavailable):
                store.write(b"1", Change("y", "1" * 50_000, 10**6), 0)
            assert all(store.read(b"%d" % number, 0) for number in range(kept))
            with pytest.raises(StoreUnavailable):
                store.move(b"1", b"new", Record(0, 1000, "alice", {"z": "1" * 50_000}), 0, 10)
            assert all(store.read(b"%d" % number, 0) for number in range(kept))
        with SQLiteStore(store.path) as other:
            assert other.read(b"1", 0)
        found: list[Record | None] = []
        threads = [threading.Thread(target=lambda: found.append(store.read(b"1", 0))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [Record(0, 1000, None, {"x": "1" * 1000})] * 8
        stack.close()
        subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
        assert store.write(b"1", Change("y", "1" * 50_000, 10**6), 0) is Outcome.DONE
        assert all(store.read(b"%d" % number, 0) for number in range(kept))
