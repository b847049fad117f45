"""What is the SQLite store's own: its file, what may be wrong with it, waiting for others, forks, sweeping.

What it has in common with other stores: tests/contract.
"""

import asyncio
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep

import pytest

from sessiontable import Change, Outcome, Record, SessionError, StoreUnavailable
from sessiontable.sqlite import SQLiteStore
from tests.scripts import printed

NOBODY = 65534

METHODS: list[Callable[[SQLiteStore], object]] = [
    lambda store: store.create(b"new", record(), 0),
    lambda store: store.read(b"a", 0),
    lambda store: store.write(b"a", Change("x", "2", 99), 0),
    lambda store: store.touch(b"a", 2000, 0),
    lambda store: store.move(b"a", b"b", record(), 0, 10),
    lambda store: store.delete(b"a"),
    lambda store: store.sessions_of("alice", 0),
    lambda store: list(store.sessions(0)),
    lambda store: store.sweep(2000, 10),
]


def record(ends: float = 1000, **values: str) -> Record:
    return Record(0, ends, "alice", values)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    with SQLiteStore(path, busy_timeout=0.1) as store:
        store.create(b"a", record(x="1"), 0)
        yield store


@pytest.fixture
def locked(path: Path, store: SQLiteStore) -> Iterator[sqlite3.Connection]:
    """Another one that is writing, until it commits."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder of an ordinary user, who this process is meanwhile: root may write everywhere."""
    folder = Path(tempfile.mkdtemp(prefix="sessions-"))
    before = os.geteuid()
    if before == 0:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    yield folder
    os.seteuid(before)
    shutil.rmtree(folder)


def refusal(path: Path | str) -> str:
    with pytest.raises(SessionError) as error:
        SQLiteStore(path)
    return str(error.value)


def test_sessions_outlive_the_store(path: Path, store: SQLiteStore) -> None:
    store.close()
    with SQLiteStore(str(path)) as again:
        assert again.read(b"a", 0) == record(x="1")
        assert again.path == path


def test_the_file_is_for_this_user_alone(path: Path, store: SQLiteStore) -> None:
    """As are the two that SQLite keeps beside it, whatever the umask."""
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"sessions.db": 0o600, "sessions.db-shm": 0o600, "sessions.db-wal": 0o600}


@pytest.mark.parametrize("known", [True, False])
def test_a_look_up_leaves_nothing_open(path: Path, store: SQLiteStore, known: bool) -> None:
    """Its cursor is kept: a row that it had not read to the end would hold the log up for all."""
    store.create(b"k" * 32, Record(0, 9e9, "alice", {"n": "1"}), 1.0)
    assert (store.read(b"k" * 32 if known else b"x" * 32, 1.0) is None) is not known
    with closing(sqlite3.connect(path)) as other:
        other.execute("DELETE FROM sessions")
        other.commit()
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    assert store.read(b"k" * 32, 1.0) is None


def test_durable_waits_for_the_disk(path: Path, store: SQLiteStore) -> None:
    """Otherwise the disk is waited for only when the log is moved into the file."""
    with SQLiteStore(path, durable=True) as durable:
        levels = [
            each._file.read(lambda connection: connection.execute("PRAGMA synchronous").fetchone())
            for each in (store, durable)
        ]
    assert levels == [(1,), (2,)]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_a_busy_timeout_is_a_number_of_seconds(path: Path, seconds: float) -> None:
    with pytest.raises(SessionError) as error:
        SQLiteStore(path, seconds)
    assert str(error.value) == f"busy_timeout is {seconds} s: give a finite number of seconds, 0 at least"


@pytest.mark.parametrize("name", ["", ":memory:"])
def test_a_path_is_needed(name: str) -> None:
    assert refusal(name) == f"session file {name!r} is no path: name a file, or use MemoryStore"


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "sessions.db"
    assert refusal(path) == f"session file {path}: there is no such folder: create it, or name another file"


def test_a_path_that_is_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"session file {tmp_path} is a folder: name a file in it"


def test_a_file_that_is_no_database(path: Path) -> None:
    """It is left as it is."""
    path.write_text("name,password\n" * 100)
    assert refusal(path) == (
        f"session file {path}: file is not a database; stop the server and restore the file from a copy, "
        "or name another file, and everybody logs in again"
    )
    assert path.read_text() == "name,password\n" * 100


def test_a_database_of_something_else(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE sessions (id)")
    other.close()
    before = path.read_bytes()
    assert refusal(path) == f"session file {path} is the database of another program: name another file"
    assert path.read_bytes() == before


def test_tables_of_another_version(path: Path, store: SQLiteStore) -> None:
    store.close()
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 7")
    other.close()
    assert refusal(path) == (
        f"session file {path} has version 7 of the tables, this release knows 1: "
        "use the release that made it, or another file"
    )


def test_a_file_that_may_not_be_written(as_nobody: Path) -> None:
    path = as_nobody / "sessions.db"
    SQLiteStore(path).close()
    path.chmod(0o400)
    assert refusal(path) == (
        f"session file {path}: {path} may not be written: let this user write to it, or name another file"
    )


def test_a_folder_that_may_not_be_written(as_nobody: Path) -> None:
    """With a file in it, and without one."""
    path = as_nobody / "sessions.db"
    SQLiteStore(path).close()
    as_nobody.chmod(0o500)
    assert refusal(path) == (
        f"session file {path}: {as_nobody} may not be written: let this user write to it, or name another file"
    )
    other = as_nobody / "other.db"
    assert refusal(other) == (
        f"session file {other} cannot be made ([Errno 13] Permission denied: '{other}'): name another file"
    )
    as_nobody.chmod(0o700)


@pytest.mark.parametrize("method", METHODS)
def test_a_closed_store_says_so(store: SQLiteStore, method: Callable[[SQLiteStore], object]) -> None:
    store.close()
    with pytest.raises(StoreUnavailable) as error:
        method(store)
    assert str(error.value) == f"session file {store.path}: this store has been closed; open another one"


@pytest.mark.parametrize("method", METHODS)
def test_a_broken_file_is_a_store_that_is_unavailable(
    path: Path, store: SQLiteStore, method: Callable[[SQLiteStore], object]
) -> None:
    """Never an error of SQLite's own, and never an answer as if there were no session."""
    store.close()
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096 * 4)
    with SQLiteStore(path) as broken, pytest.raises(StoreUnavailable) as error:
        method(broken)
    assert str(error.value) == (
        f"session file {path}: database disk image is malformed; "
        "stop the server and restore the file from a copy, or name another file, and everybody logs in again"
    )


def test_locked_for_too_long(store: SQLiteStore, locked: sqlite3.Connection) -> None:
    """Reading goes on; writing gives up after busy_timeout, and works again when the other one is done."""
    assert store.read(b"a", 0) == record(x="1")
    with pytest.raises(StoreUnavailable) as error:
        store.write(b"a", Change("x", "2", 99), 0)
    assert str(error.value) == (
        f"session file {store.path}: locked for longer than busy_timeout=0.1 s; "
        "see which process writes to it for so long"
    )
    locked.execute("COMMIT")
    assert store.write(b"a", Change("x", "2", 99), 0) is Outcome.DONE


def test_an_event_loop_does_not_wait_for_a_lock(path: Path, locked: sqlite3.Connection) -> None:
    """While a write waits, the loop turns and reads are answered; a write that is given up leaves the store usable."""

    async def story(store: SQLiteStore) -> None:
        face = store.asynchronous()
        waiting = asyncio.create_task(face.write(b"a", Change("x", "2", 99), 0))
        given_up = asyncio.create_task(face.delete(b"b"))
        for _ in range(50):
            began = perf_counter()
            await asyncio.sleep(0)
            assert await face.read(b"a", 0) == record(x="1")
            assert perf_counter() - began < 1
        assert not waiting.done()
        given_up.cancel()
        locked.execute("COMMIT")
        assert await waiting is Outcome.DONE
        assert await face.read(b"a", 0) == record(x="2")

    with SQLiteStore(path, busy_timeout=30) as store:
        asyncio.run(story(store))


FORKING = """
import os, sys
from sessiontable import Change, Record
from sessiontable.sqlite import SQLiteStore
store = SQLiteStore(sys.argv[1])
store.create(b"a", Record(0, 1000), 0)
go, gone = os.pipe(), os.pipe()
child = os.fork()
if not child:
    store.write(b"a", Change("child 1", "1", 99), 0)
    os.write(gone[1], b".")
    os.read(go[0], 1)
    store.write(b"a", Change("child 2", "1", 99), 0)
    os._exit(0)
os.read(gone[0], 1)
store.write(b"a", Change("parent", "1", 99), 0)
store.close()
with SQLiteStore(sys.argv[1]) as another:
    another.write(b"a", Change("another", "1", 99), 0)
os.write(go[1], b".")
assert os.waitpid(child, 0)[1] == 0
with SQLiteStore(sys.argv[1]) as last:
    print(*sorted(last.read(b"a", 0).values), sep=", ")
"""


def test_a_child_has_connections_of_its_own(path: Path) -> None:
    """Parent and child write in turn; the parent closes its store while the child goes on: nothing is lost."""
    assert printed(FORKING, path) == "another, child 1, child 2, parent\n"


HELD = """
import os, sys, threading
from sessiontable import Record
from sessiontable.sqlite import SQLiteStore
store = SQLiteStore(sys.argv[1], busy_timeout=1)
held, go = threading.Event(), threading.Event()
def hold():
    with store._file._writing:
        held.set()
        go.wait()
threading.Thread(target=hold).start()
held.wait()
child = os.fork()
if not child:
    store.create(b"a", Record(0, 1000), 0)
    os._exit(0)
status = os.waitpid(child, 0)[1]
go.set()
print(status, bool(store.read(b"a", 0)))
"""


def test_a_child_has_no_locks_of_threads_that_it_has_not(path: Path) -> None:
    """A thread was about to write when the process forked."""
    assert printed(HELD, path) == "0 True\n"


def test_new_sessions_clear_away_expired_ones(store: SQLiteStore) -> None:
    """A thousand sessions that live for ten seconds, one a second, and nobody sweeps: a few dozen are ever there."""
    for now in range(1000):
        store.create(b"%d" % now, Record(now, now + 10), now)
    (rows,) = store._file.read(lambda connection: connection.execute("SELECT count(*) FROM sessions").fetchone())
    assert rows < 50


def test_a_sweep_keeps_nobody_waiting(store: SQLiteStore, path: Path) -> None:
    """While another store on the file throws away two thousand expired rows, no write waits for 10 ms of them."""
    for number in range(2000):
        store.create(b"%d" % number, Record(0, 10), 0)
    times = []
    with SQLiteStore(path) as other:
        thread = Thread(target=lambda: other.sweep(500, 10_000))
        thread.start()
        while thread.is_alive():
            began = perf_counter()
            store.write(b"a", Change("x", "1", 99), 0)
            times.append(perf_counter() - began)
            sleep(0.0005)
        thread.join()
    assert len(times) > 50
    assert sorted(times)[len(times) * 95 // 100] < 0.01
    assert [key for key, _ in store.sessions(0)] == [b"a"]
