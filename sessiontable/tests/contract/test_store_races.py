"""Requests at the same moment, from eight threads or eight tasks: nothing acknowledged is lost, nothing comes back."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from sessiontable import AsyncStore, Change, Outcome, Record, Store
from sessiontable.logic.inline import finish, for_asyncio, for_threads
from tests.contract.face import NOW, PLENTY, key, record

EIGHT = range(8)
ROUNDS = range(40)

type Job = Callable[[AsyncStore], Coroutine[Any, Any, Any]]
type Together = Callable[[Store, list[Job]], list[Any]]


def in_threads(store: Store, jobs: list[Job]) -> list[Any]:
    """Each job in a thread of its own; they start together. Returns what each one gave."""
    barrier, face = Barrier(len(jobs)), for_threads(store)

    def run(job: Job) -> Any:
        barrier.wait(10)
        return finish(job(face))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # or a short method would never be interrupted
    try:
        with ThreadPoolExecutor(len(jobs)) as pool:
            return list(pool.map(run, jobs))
    finally:
        sys.setswitchinterval(before)


def in_tasks(store: Store, jobs: list[Job]) -> list[Any]:
    """Each job in a task of its own, all in one loop."""

    async def run() -> list[Any]:
        face = for_asyncio(store)
        try:
            return await asyncio.gather(*(job(face) for job in jobs))
        finally:
            if close := getattr(face, "aclose", None):
                await close()

    return asyncio.run(run())


@pytest.fixture(params=[in_threads, in_tasks])
def together(request: pytest.FixtureRequest) -> Together:
    run: Together = request.param
    return run


def writing(name: str, times: int = 1) -> Job:
    """Write one name several times; how often it was acknowledged."""

    async def job(store: AsyncStore) -> int:
        changes = [Change(name, str(number), PLENTY) for number in range(1, times + 1)]
        return [await store.write(key("a"), change, NOW) for change in changes].count(Outcome.DONE)

    return job


def test_writes_of_different_names_all_survive(opened: Store, together: Together) -> None:
    """Eight times fifty writes into one session, each with a name of its own."""
    opened.create(key("a"), record("alice"), NOW)
    assert together(opened, [writing(f"name{number}", 50) for number in EIGHT]) == [50] * 8
    assert opened.read(key("a"), NOW) == Record(NOW, NOW + 100, "alice", {f"name{number}": "50" for number in EIGHT})


def test_of_eight_checked_writes_one_wins(opened: Store, together: Together) -> None:
    """All expect the same value; the one that is told DONE is the one whose value is there."""
    opened.create(key("a"), record(), NOW)

    def job(mine: str) -> Job:
        async def run(store: AsyncStore) -> list[Outcome]:
            changes = [Change(f"round{number}", mine, PLENTY, checked=True) for number in ROUNDS]
            return [await store.write(key("a"), change, NOW) for change in changes]

        return run

    rounds = zip(*together(opened, [job(str(number)) for number in EIGHT]), strict=True)
    found = opened.read(key("a"), NOW)
    assert found
    for number, outcomes in enumerate(rounds):
        assert sorted(outcome.name for outcome in outcomes) == ["CHANGED"] * 7 + ["DONE"]
        assert found.values[f"round{number}"] == str(outcomes.index(Outcome.DONE))


def test_counting_together_misses_nothing(opened: Store, together: Together) -> None:
    """Read, add one, write if nobody was quicker: eight that count to 25 arrive at 200."""
    opened.create(key("a"), record(n="0"), NOW)

    async def job(store: AsyncStore) -> None:
        for _ in range(25):
            outcome = None
            while outcome is not Outcome.DONE:
                found = await store.read(key("a"), NOW)
                assert found
                before = found.values["n"]
                change = Change("n", str(int(before) + 1), PLENTY, checked=True, before=before)
                outcome = await store.write(key("a"), change, NOW)

    together(opened, [job] * 8)
    assert opened.read(key("a"), NOW) == record(n="200")


def test_a_session_that_ends_stays_ended(opened: Store, together: Together) -> None:
    """A login, a logout and six writes at once.

    1. Either the login finds the session or the logout does, never both.
    2. The old key is dead in any case, and after a logout so is the new one.
    3. What a write was told to be DONE is in the new session, if there is one.
    """
    for number in ROUNDS:
        old, new = key(f"old{number}"), key(f"new{number}")
        opened.create(old, record(), NOW)

        async def login(store: AsyncStore, old: bytes = old, new: bytes = new) -> Record | None:
            return await store.move(old, new, record("alice"), NOW, NOW + 10)

        async def logout(store: AsyncStore, old: bytes = old) -> bool:
            return await store.delete(old)

        def write(name: str, old: bytes = old) -> Job:
            async def job(store: AsyncStore) -> Outcome:
                return await store.write(old, Change(name, "1", PLENTY), NOW)

            return job

        jobs: list[Job] = [login, logout, *(write(f"name{each}") for each in range(6))]
        shift = number % len(jobs)
        results = together(opened, jobs[shift:] + jobs[:shift])
        moved, deleted, *outcomes = results[len(jobs) - shift :] + results[: len(jobs) - shift]
        assert deleted is (moved is None)
        assert opened.read(old, NOW) is None
        assert opened.read(new, NOW) == moved
        if moved:
            written = {f"name{each}" for each, outcome in enumerate(outcomes) if outcome is Outcome.DONE}
            assert set(moved.values) == written


def test_of_eight_logins_one_gets_the_session(opened: Store, together: Together) -> None:
    """Eight users log in with one anonymous session's id: its values go to one of them, the others find nothing."""
    for number in ROUNDS:
        old = key(f"old{number}")
        opened.create(old, record(cart="1"), NOW)

        def login(user: int, old: bytes = old, number: int = number) -> Job:
            async def job(store: AsyncStore) -> Record | None:
                return await store.move(old, key(f"{number} {user}"), record(str(user)), NOW, NOW + 10)

            return job

        moved = together(opened, [login(user) for user in EIGHT])
        (winner,) = [user for user in EIGHT if moved[user]]
        assert [opened.read(key(f"{number} {user}"), NOW) for user in EIGHT] == moved
        assert moved[winner] == record(str(winner), cart="1")


def test_a_trail_serves_one_of_eight(opened: Store, together: Together) -> None:
    """A lost login is repeated eight times at once: one session goes on, under one key."""
    for number in ROUNDS:
        old = key(f"old{number}")
        opened.create(old, record(cart="1"), NOW)
        opened.move(old, key(f"new{number}"), record("alice"), NOW, NOW + 10)

        def again(each: int, old: bytes = old, number: int = number) -> Job:
            async def job(store: AsyncStore) -> Record | None:
                return await store.move(old, key(f"{number} {each}"), record("alice"), NOW, NOW + 10)

            return job

        moved = together(opened, [again(each) for each in EIGHT])
        assert len([one for one in moved if one]) == 1
        assert [opened.read(key(f"{number} {each}"), NOW) for each in EIGHT] == moved
        assert opened.read(key(f"new{number}"), NOW) is None
