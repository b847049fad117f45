"""Writes of one turn of an event loop: one transaction, one answer for each, and nobody fails for another one's sake."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from random import Random
from time import perf_counter, sleep
from typing import Any

import pytest

from sessiontable import AsyncSessionTable, AsyncStore, Change, Outcome, Record, StoreUnavailable
from sessiontable.logic.inline import finish
from sessiontable.sqlite import SQLiteStore, file
from sessiontable.sqlite.group import together
from sessiontable.store import changed
from tests.plain import SID

LIMIT = 10_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture(params=[False, True], ids=["", "durable"])
def store(request: pytest.FixtureRequest, path: Path) -> Iterator[SQLiteStore]:
    with SQLiteStore(path, busy_timeout=0.3, durable=request.param) as store:
        for number in range(20):
            store.create(b"%d" % number, Record(0, 1000, "alice", {"x": "1"}), 0)
        yield store


@pytest.fixture
def commits(store: SQLiteStore) -> list[str]:
    """Every transaction that this store begins from here on."""
    seen: list[str] = []
    usual = store._file._open

    def opened() -> Any:
        connection = usual()
        connection.set_trace_callback(seen.append)
        return connection

    store._file._open = opened  # type: ignore[method-assign]
    store._file.close_idle()
    return seen


def put(face: AsyncStore, number: int, value: str, name: str = "x") -> Coroutine[Any, Any, Outcome]:
    return face.write(b"%d" % number, Change(name, value, LIMIT), 0)


def values(store: SQLiteStore, number: int) -> dict[str, str]:
    found = store.read(b"%d" % number, 0)
    assert found
    return dict(found.values)


def test_the_writes_of_one_turn_are_one_transaction(store: SQLiteStore, commits: list[str]) -> None:
    """Whatever they are; each one has its own answer."""

    async def story() -> list[Any]:
        face = store.asynchronous()
        answers: list[Any] = await asyncio.gather(
            put(face, 1, "2"),
            face.create(b"new", Record(0, 1000), 0),
            put(face, 99, "2"),
            face.touch(b"2", 2000, 0),
            face.move(b"3", b"moved", Record(0, 1000, "alice", {"y": "2"}), 0, 10),
            put(face, 3, "too late"),
            face.delete(b"4"),
            face.delete(b"99"),
            face.write(b"5", Change("x", "2", LIMIT, checked=True, before="0"), 0),
            face.write(b"6", Change("x", "2", 1), 0),
        )
        return answers

    assert asyncio.run(story()) == [
        Outcome.DONE, None, Outcome.ABSENT, True, Record(0, 1000, "alice", {"x": "1", "y": "2"}), Outcome.MOVED, True,
        False, Outcome.CHANGED, Outcome.TOO_LARGE,
    ]  # fmt: skip
    assert [each for each in commits if each in {"BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"}] == [
        "BEGIN IMMEDIATE",
        "COMMIT",
    ]


def test_nobody_is_answered_before_the_commit(store: SQLiteStore, path: Path) -> None:
    """Whoever has an answer finds its write in the file, seen by somebody else; all answers of a group come together."""
    other = sqlite3.connect(path, isolation_level=None)

    async def story() -> None:
        face = store.asynchronous()

        async def one(number: int) -> None:
            await put(face, number, f'"{number}"')
            (texts,) = other.execute("SELECT texts FROM sessions WHERE key = ?", (b"%d" % number,)).fetchone()
            assert f'\\"{number}\\"' in texts

        await asyncio.gather(*(one(number) for number in range(20)))

    asyncio.run(story())
    other.close()


def test_a_write_that_fails_fails_alone(store: SQLiteStore, commits: list[str]) -> None:
    """The group is given up as a whole, and each one is done again by itself."""

    async def story() -> list[Any]:
        face = store.asynchronous()
        answers: list[Any] = await asyncio.gather(
            put(face, 1, "2"),
            face.create(b"bad", Record(0, 1000, "\ud800"), 0),
            put(face, 1, "3", "y"),
            put(face, 2, "2"),
            return_exceptions=True,
        )
        return answers

    first, failed, *others = asyncio.run(story())
    assert isinstance(failed, UnicodeEncodeError)
    assert [first, *others] == [Outcome.DONE] * 3
    assert commits.count("COMMIT") == 0
    assert values(store, 1) == {"x": "2", "y": "3"}
    assert values(store, 2) == {"x": "2"}


def test_a_write_that_fails_without_company_is_done_once(store: SQLiteStore) -> None:
    calls = []

    def step(connection: sqlite3.Connection) -> None:
        calls.append(connection.in_transaction)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(store.asynchronous()._write(step))  # type: ignore[attr-defined]
    assert calls == [False]


def test_a_commit_that_fails_answers_nobody_as_done(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a disk that gets full with the last of them: what does fit alone is kept, the rest is refused."""
    with SQLiteStore(path) as store:
        for number in range(2):
            store.create(b"%d" % number, Record(0, 1000), 0)
        store._file.close_idle()
        usual = store._file._open

        def small() -> Any:
            connection = usual()
            connection.execute("PRAGMA max_page_count = 8")
            return connection

        monkeypatch.setattr(store._file, "_open", small)

        async def story() -> list[Any]:
            face = store.asynchronous()
            answers: list[Any] = await asyncio.gather(
                put(face, 0, "1"),
                face.write(b"1", Change("x", "1" * 50_000, 10**6), 0),
                put(face, 1, "2", "y"),
                return_exceptions=True,
            )
            return answers

        first, large, last = asyncio.run(story())
        assert (first, last) == (Outcome.DONE, Outcome.DONE)
        assert isinstance(large, StoreUnavailable)
        assert "database or disk is full; free space on its disk" in str(large)
        assert (values(store, 0), values(store, 1)) == ({"x": "1"}, {"y": "2"})


def test_who_gives_up_takes_nobody_along(store: SQLiteStore) -> None:
    """Before its turn nothing was done; with the others of its group all is as if it had not been there."""

    async def story() -> None:
        face = store.asynchronous()
        tasks = [asyncio.create_task(put(face, number, "2")) for number in range(5)]
        await asyncio.sleep(0)
        tasks[2].cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(each) for each in done] == [Outcome, Outcome, asyncio.CancelledError, Outcome, Outcome]

    asyncio.run(story())
    assert [values(store, number) for number in range(5)] == [
        {"x": "2"},
        {"x": "2"},
        {"x": "1"},
        {"x": "2"},
        {"x": "2"},
    ]


def test_who_gives_up_while_a_thread_commits(store: SQLiteStore, path: Path) -> None:
    """The others are answered, and so are those that came meanwhile, in their order."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def story() -> None:
        face = store.asynchronous()
        tasks = [asyncio.create_task(put(face, 1, str(number))) for number in range(3)]
        await asyncio.sleep(0.05)
        late = [asyncio.create_task(put(face, 1, str(number))) for number in range(3, 6)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        late[0].cancel()
        other.execute("COMMIT")
        done = await asyncio.gather(*tasks, *late, return_exceptions=True)
        assert [each for each in done if isinstance(each, Outcome)] == [Outcome.DONE] * 4

    asyncio.run(story())
    other.close()
    assert values(store, 1) == {"x": "5"}


def test_locked_for_too_long_is_told_to_all_at_once(store: SQLiteStore, path: Path) -> None:
    """Not to one after the other, after so long each."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def story() -> list[Any]:
        face = store.asynchronous()
        answers: list[Any] = await asyncio.gather(
            *(put(face, number, "2") for number in range(20)), return_exceptions=True
        )
        return answers

    began = perf_counter()
    answers = asyncio.run(story())
    assert perf_counter() - began < 2
    other.execute("COMMIT")
    other.close()
    assert {type(each) for each in answers} == {file.LockedTooLong}
    assert values(store, 1) == {"x": "1"}
    assert asyncio.run(put(store.asynchronous(), 1, "2")) is Outcome.DONE


def test_writes_come_in_the_order_in_which_they_were_begun(store: SQLiteStore) -> None:
    """More than fit into one transaction, with reads between; each session ends as the model says."""

    async def story(seed: int) -> None:
        face, chance, model = store.asynchronous(), Random(seed), dict[int, dict[str, str]]()
        tasks = []
        for turn in range(300):
            number, name = chance.randrange(3), chance.choice("xyz")
            model.setdefault(number, values(store, number))
            change = Change(name, chance.choice([None, str(turn)]), LIMIT)
            _, model[number] = changed(model[number], change)
            tasks.append(asyncio.create_task(face.write(b"%d" % number, change, 0)))
            if not chance.randrange(60):
                await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        for number, expected in model.items():
            found = await face.read(b"%d" % number, 0)
            assert found
            assert found.values == expected

    for seed in range(3):
        asyncio.run(story(seed))


def test_what_was_answered_is_read(store: SQLiteStore) -> None:
    async def story() -> None:
        face = store.asynchronous()

        async def visitor(number: int) -> None:
            for turn in range(20):
                await put(face, number, str(turn))
                found = await face.read(b"%d" % number, 0)
                assert found
                assert found.values == {"x": str(turn)}

        await asyncio.gather(*(visitor(number) for number in range(10)))

    asyncio.run(story())


def test_each_loop_has_its_own_queue(store: SQLiteStore) -> None:
    """One face for several loops, one after the other and at once in threads, and for code that runs without a loop."""
    face = store.asynchronous()

    async def story(number: int) -> list[Outcome]:
        return await asyncio.gather(*(put(face, number, str(turn)) for turn in range(50)))

    async def both() -> None:
        await asyncio.gather(*(asyncio.to_thread(asyncio.run, story(number)) for number in (1, 2)))

    asyncio.run(story(0))
    asyncio.run(both())
    assert finish(put(face, 3, "49")) is Outcome.DONE
    assert [values(store, number) for number in range(4)] == [{"x": "49"}] * 4


def test_the_disk_is_not_waited_for_in_the_loop(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`durable=True` on asyncio: while the disk takes its time, the loop turns."""
    slow = 0.05

    async def story(store: SQLiteStore) -> tuple[int, float]:
        table = AsyncSessionTable(store, cookie=SID)
        session = await table.open([])
        await session.rotate("alice")
        turns, longest, writing = 0, 0.0, asyncio.create_task(wait(session.write("x", 1)))
        while not writing.done():
            began = perf_counter()
            await asyncio.sleep(0)
            turns, longest = turns + 1, max(longest, perf_counter() - began)
        return turns, longest

    async def wait(step: Coroutine[Any, Any, None]) -> None:
        await step

    with SQLiteStore(path, durable=True) as store:
        usual: Callable[..., Any] = store._file.read_at_once

        def slowly(step: Callable[..., Any], *given: Any) -> Any:
            answer = usual(step, *given)
            if step is together:
                sleep(slow)  # the disk
            return answer

        monkeypatch.setattr(store._file, "read_at_once", slowly)
        turns, longest = asyncio.run(story(store))
    assert turns > 20
    assert longest < slow
