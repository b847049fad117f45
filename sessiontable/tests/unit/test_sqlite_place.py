"""An SQLite file that is removed or replaced while a store has it open: nothing is acknowledged that nobody will see."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep

import pytest

from sessiontable import Change, Outcome, Record, StoreUnavailable
from sessiontable.sqlite import SQLiteStore

SET = Change("x", "2", 99)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    with SQLiteStore(path) as store:
        store.create(b"a", Record(0, 1000, "alice", {"x": "1"}), 0)
        yield store


def gone(path: Path, name: str) -> str:
    return (
        f"session file {path}: {name} was removed or replaced while the store was open, and what it is given would be "
        "lost: open the store anew, which a restart of the server does, and move session files only while no server runs"
    )


def all_removed(path: Path) -> None:
    for each in path.parent.glob("sessions.db*"):
        each.unlink()


def replaced(path: Path) -> None:
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.replace(path)


def folder_moved(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def opened_anew(path: Path) -> None:
    """Another worker has begun a new file meanwhile."""
    all_removed(path)
    SQLiteStore(path).close()


@pytest.mark.parametrize("harm", [Path.unlink, all_removed, replaced, folder_moved, opened_anew])
def test_a_file_that_is_not_there_any_more_takes_no_write(
    path: Path, store: SQLiteStore, harm: Callable[[Path], None]
) -> None:
    """From the first write on, through both faces, and until the store is opened anew."""

    async def story() -> None:
        with pytest.raises(StoreUnavailable) as error:
            await store.asynchronous().write(b"a", SET, 0)
        assert str(error.value) == gone(path, "sessions.db")

    harm(path)
    for _ in range(2):
        with pytest.raises(StoreUnavailable) as error:
            store.write(b"a", SET, 0)
        assert str(error.value) == gone(path, "sessions.db")
        asyncio.run(story())
    store.close()
    path.parent.mkdir(exist_ok=True)
    with SQLiteStore(path) as again:
        again.create(b"b", Record(0, 1000), 0)
        assert again.read(b"b", 0)


@pytest.mark.parametrize("ending", ["-wal", "-shm"])
def test_what_is_beside_the_file_belongs_to_it(path: Path, store: SQLiteStore, ending: str) -> None:
    """It is missed a moment later at most, and what was written before is not lost."""
    store.write(b"a", SET, 0)
    path.with_name(path.name + ending).unlink()
    sleep(0.03)
    with pytest.raises(StoreUnavailable) as error:
        store.write(b"a", Change("x", "3", 99), 0)
    assert str(error.value) == gone(path, f"sessions.db{ending}")
    store.close()
    with SQLiteStore(path) as again:
        assert again.read(b"a", 0) == Record(0, 1000, "alice", {"x": "2"})


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Path]:
    """A name that leads to a file in another folder, which is not there yet."""
    (tmp_path / "data").mkdir()
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "data" / "sessions.db")
    with SQLiteStore(link) as store:
        store.create(b"a", Record(0, 1000, "alice", {"x": "1"}), 0)
        yield link
        sleep(0.03)
        with pytest.raises(StoreUnavailable, match="was removed or replaced while the store was open"):
            store.write(b"a", SET, 0)


@pytest.mark.parametrize("ending", ["", "-wal", "-shm"])
def test_a_link_to_the_file(link: Path, ending: str) -> None:
    """SQLite keeps the log beside the file, not beside the link."""
    link.with_name("data").joinpath(f"sessions.db{ending}").unlink()


def test_a_link_that_leads_elsewhere(link: Path, tmp_path: Path) -> None:
    SQLiteStore(tmp_path / "other.db").close()
    link.unlink()
    link.symlink_to(tmp_path / "other.db")


def test_a_file_that_was_emptied_takes_no_write(path: Path, store: SQLiteStore) -> None:
    """`> sessions.db`, as people empty a log: it is the same file, and has lost what is in it."""
    path.write_bytes(b"")
    with pytest.raises(StoreUnavailable) as error:
        store.write(b"a", SET, 0)
    assert str(error.value) == gone(path, "sessions.db")


def test_readers_are_told_too(path: Path, store: SQLiteStore) -> None:
    """A moment later: sessions of a removed file would live on in one worker alone."""
    path.unlink()
    sleep(0.03)
    with pytest.raises(StoreUnavailable) as error:
        store.read(b"a", 0)
    assert str(error.value) == gone(path, "sessions.db")
    assert not path.exists()


def test_a_connection_to_another_file_is_not_taken(path: Path, store: SQLiteStore) -> None:
    """Also where the store has to open one just when the file has been replaced."""
    store._file.close_idle()
    replaced(path)
    with pytest.raises(StoreUnavailable) as error:
        store.read(b"a", 0)
    assert str(error.value) == gone(path, "sessions.db")


def test_a_new_file_is_left_alone_when_the_old_one_is_closed(path: Path, store: SQLiteStore) -> None:
    """What another worker has written into its new file is there afterwards."""
    all_removed(path)
    with SQLiteStore(path) as other:
        other.create(b"b", Record(0, 1000), 0)
        store.close()
        assert other.write(b"b", SET, 0) is Outcome.DONE
        assert sorted(each.name for each in path.parent.iterdir()) == [
            "sessions.db",
            "sessions.db-shm",
            "sessions.db-wal",
        ]
    with SQLiteStore(path) as again:
        assert again.read(b"b", 0) == Record(0, 1000, None, {"x": "2"})
