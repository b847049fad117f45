"""A login on Redis takes several steps: whoever dies between two of them, and whoever else is at work, nothing is lost
and nothing comes back."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from itertools import count
from random import Random
from typing import Any

import pytest

from sessiontable import Change, Outcome, Record, StoreUnavailable
from sessiontable.logic.inline import finish
from sessiontable.redis import RedisStore
from sessiontable.redis.steps import RedisSteps, Reply, Wire
from tests.contract.face import NOW, PLENTY, key, record
from tests.contract.redis_server import RedisServer, redis_server

type Job = Callable[[RedisSteps], Awaitable[Any]]

OLD = key("old")
NEW = [key(f"new{number}") for number in range(4)]
NUMBERS = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def store(server: RedisServer) -> Iterator[RedisStore]:
    """All tests have one server; each has the names of its keys for itself."""
    store = RedisStore(server.url, timeout=5, prefix=f"{next(NUMBERS)}:")
    yield store
    store.close()


class Dying:
    """The store's own connection in a process that dies at its command number `at`: `before` it goes out, `after` it
    was carried out, or when it is on its way (`late`): then the server carries it out when `deliver` is called."""

    def __init__(self, store: RedisStore, at: int, how: str) -> None:
        self._wire, self._left, self._how = store._steps.wire, at, how
        self._last: tuple[bytes, ...] = ()

    async def ask(self, *command: bytes) -> Reply:
        self._left -= 1
        if self._left > 0:
            return await self._wire.ask(*command)
        if self._left == 0 and self._how == "after":
            await self._wire.ask(*command)
        if self._left == 0 and self._how == "late":
            self._last = command
        raise StoreUnavailable("died")

    async def ask_all(self, commands: list[tuple[bytes, ...]]) -> list[Reply]:
        return [await self.ask(*command) for command in commands]

    def deliver(self) -> None:
        if self._last:
            finish(self._wire.ask(*self._last))


def log_in(store: RedisStore, new: bytes, wire: Wire | None = None, now: float = NOW) -> Record | None:
    """As alice, from the old key."""
    steps = RedisSteps(wire, store._steps.prefix) if wire else store._steps
    return finish(steps.move(OLD, new, Record(now, now + 100, "alice", {}), now, now + 10))


def alive(store: RedisStore) -> list[bytes]:
    """The keys of the sessions that are alive."""
    found = [each for each in (OLD, *NEW) if store.read(each, NOW)]
    assert sorted(each for each, _ in store.sessions_of("alice", NOW)) == sorted(set(found) - {OLD})
    return found


DEATHS = [(at, how) for at in range(1, 7) for how in ("before", "after", "late")]


def begin(store: RedisStore) -> None:
    # Redis must know the scripts: a login then takes one command for each step.
    store.create(key("x"), record("alice"), NOW)
    store.move(key("x"), key("y"), record("alice"), NOW, NOW)
    store.delete(key("y"))
    store.create(OLD, record(cart="1"), NOW)
    assert store.write(OLD, Change("late", "2", PLENTY), NOW) is Outcome.DONE


@pytest.mark.parametrize(("at", "how"), DEATHS)
def test_a_login_that_died_is_completed_by_the_next(store: RedisStore, at: int, how: str) -> None:
    """1. all acknowledged values are there 2. under one key 3. also after the last words of the dead one arrived
    4. after a logout nothing is left, whoever tries."""
    begin(store)
    dying = Dying(store, at, how)
    if at <= 4:  # LEAVE, ENLIST, CREATE, STRIP
        with pytest.raises(StoreUnavailable):
            log_in(store, NEW[0], dying)
    else:
        assert log_in(store, NEW[0], dying)
    assert log_in(store, NEW[1]) == Record(NOW, NOW + 100, "alice", {"cart": "1", "late": "2"})
    dying.deliver()
    assert alive(store) == [NEW[1]]
    assert store.delete(NEW[1])
    dying.deliver()
    assert log_in(store, NEW[2]) is None
    assert alive(store) == []


@pytest.mark.parametrize(("first", "how"), [(at, how) for at, how in DEATHS if at <= 4])
def test_two_logins_died(server: RedisServer, first: int, how: str) -> None:
    """One session is left with all values: the third login's, or that of a login whose reply alone was lost."""
    for again in DEATHS:
        fresh = RedisStore(server.url, timeout=5, prefix=f"{next(NUMBERS)}:")
        two_logins_died(fresh, (first, how), again)
        fresh.close()


def two_logins_died(store: RedisStore, how: tuple[int, str], again: tuple[int, str]) -> None:
    begin(store)
    dead = [Dying(store, *how), Dying(store, *again)]
    for new, dying in zip(NEW, dead, strict=False):
        with suppress(StoreUnavailable):
            log_in(store, new, dying)
    third = log_in(store, NEW[2])
    for dying in dead:
        dying.deliver()
    (left,) = alive(store)
    assert (left == NEW[2]) is (third is not None)
    found = store.read(left, NOW)
    assert found
    assert found.values == {"cart": "1", "late": "2"}


@pytest.mark.parametrize(("at", "how"), DEATHS)
def test_what_has_ended_is_not_completed(store: RedisStore, at: int, how: str) -> None:
    """All of the user's sessions were ended, and where there was none yet, the trail, by a logout under the old key."""
    begin(store)
    dying = Dying(store, at, how)
    with suppress(StoreUnavailable):
        log_in(store, NEW[0], dying)
    if not [store.delete(each) for each, _ in store.sessions_of("alice", NOW)]:
        store.delete(OLD)
    assert log_in(store, NEW[1]) is None
    dying.deliver()
    assert log_in(store, NEW[2]) is None
    assert alive(store) == ([NEW[0]] if (at, how) == (3, "late") else [])  # this login came after the logout


def test_a_trail_that_holds_a_session_ends_at_its_time(store: RedisStore) -> None:
    begin(store)
    with pytest.raises(StoreUnavailable):
        log_in(store, NEW[0], Dying(store, 1, "after"))
    assert log_in(store, NEW[1], now=NOW + 10) is None
    assert alive(store) == []


def test_another_users_values_are_not_completed(store: RedisStore) -> None:
    """Bob's session became a trail for alice, who gets none of what it holds."""
    store.create(OLD, record("bob", secret="1"), NOW)
    with pytest.raises(StoreUnavailable):
        log_in(store, NEW[0], Dying(store, 1, "after"))
    assert store.move(OLD, NEW[1], record("bob"), NOW, NOW + 10) is None
    assert log_in(store, NEW[1]) == record("alice")


class Slow:
    """The store's own connection in a process that is slow: before its command number `at` something else happens."""

    def __init__(self, store: RedisStore, at: int, meanwhile: Callable[[], object]) -> None:
        self._wire, self._left, self._meanwhile = store._steps.wire, at, meanwhile

    async def ask(self, *command: bytes) -> Reply:
        self._left -= 1
        if self._left == 0:
            self._meanwhile()
        return await self._wire.ask(*command)

    async def ask_all(self, commands: list[tuple[bytes, ...]]) -> list[Reply]:
        return [await self.ask(*command) for command in commands]


@pytest.mark.parametrize("at", [2, 3])
def test_a_slow_login_that_was_completed_by_another_one_is_told(store: RedisStore, at: int) -> None:
    begin(store)
    assert log_in(store, NEW[0], Slow(store, at, lambda: log_in(store, NEW[1]))) is None
    assert alive(store) == [NEW[1]]
    assert store.read(NEW[1], NOW) == record("alice", cart="1", late="2")


@pytest.mark.parametrize("at", [2, 3, 4])
def test_a_logout_during_a_slow_login(store: RedisStore, at: int) -> None:
    """It came after the login as long as the old key leads there, and ends what is alive: all of the user's sessions."""
    begin(store)

    def log_out() -> None:
        for each, _ in store.sessions_of("alice", NOW):
            assert store.delete(each)

    assert log_in(store, NEW[0], Slow(store, at, log_out))
    assert alive(store) == ([NEW[0]] if at < 4 else [])
    assert (log_in(store, NEW[1]) is None) is (at == 4)


class Turns:
    """The store's connection for several at a time: each command waits for its turn."""

    def __init__(self, store: RedisStore, turn: Callable[[], Awaitable[None]]) -> None:
        self._wire, self._turn = store._steps.wire, turn

    async def ask(self, *command: bytes) -> Reply:
        await self._turn()
        return await self._wire.ask(*command)

    async def ask_all(self, commands: list[tuple[bytes, ...]]) -> list[Reply]:
        return [await self.ask(*command) for command in commands]


def interleaved(store: RedisStore, seed: int, jobs: list[Job]) -> list[Any]:
    """All jobs at once, and before each command chance tells who comes next."""
    random, waiting = Random(seed), list[asyncio.Future[None]]()

    async def turn() -> None:
        waiting.append(asyncio.get_running_loop().create_future())
        await waiting[-1]

    async def run() -> list[Any]:
        steps = RedisSteps(Turns(store, turn), store._steps.prefix)
        tasks = [asyncio.ensure_future(job(steps)) for job in jobs]
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            if len(waiting) == sum(not task.done() for task in tasks) and waiting:
                waiting.pop(random.randrange(len(waiting))).set_result(None)
        return [task.result() for task in tasks]

    return asyncio.run(run())


@pytest.mark.parametrize("chunk", range(4))
def test_logins_a_write_and_a_logout_at_once(server: RedisServer, chunk: int) -> None:
    """In 200 random orders of their steps.

    1. One session is left, unless the logout found the old one. 2. What the write was told to be done is in it.
    3. The login whose session it is was told so.
    """
    store = RedisStore(server.url, timeout=5, prefix=f"{next(NUMBERS)}:")
    for seed in range(chunk * 50, chunk * 50 + 50):
        store.delete(OLD)
        old, new = key(f"old{seed}"), [key(f"{seed}.{number}") for number in range(3)]
        store.create(old, record(cart="1"), NOW)

        def login(to: bytes, old: bytes = old) -> Job:
            return lambda steps: steps.move(old, to, record("alice"), NOW, NOW + 10)

        def write(steps: RedisSteps, old: bytes = old) -> Awaitable[Outcome]:
            return steps.write(old, Change("w", "1", PLENTY), NOW)

        def log_out(steps: RedisSteps, old: bytes = old) -> Awaitable[bool]:
            return steps.delete(old)

        jobs: list[Job] = [*(login(to) for to in new), write]
        if seed % 2:
            jobs.append(log_out)
        *moved, written, deleted = (*interleaved(store, seed, jobs), False)[:5]
        living = {each: found for each in (old, *new) if (found := store.read(each, NOW))}
        assert len(living) == (0 if deleted else 1), seed
        for each, found in living.items():
            assert dict(found.values) == {"cart": "1"} | ({"w": "1"} if written is Outcome.DONE else {}), seed
            assert moved[new.index(each)] == found, seed
    store.close()
