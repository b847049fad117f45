"""Requests at once, without luck: each one stops before every step of the store, and the schedule says who goes on.

`explore` plays all orders that there are, depth first; `sample` draws some of them by seed where there are too many.
What lies between two steps of the store touches nothing that is shared, so these orders are all that can differ.
"""

from collections.abc import Callable, Coroutine, Generator, Iterable, Sequence
from random import Random
from typing import Any

from sessiontable import AsyncStore, Change, Outcome, Record
from sessiontable.logic.inline import settled
from sessiontable.redis.steps import Reply, Wire

from .passing import Passing

type Choose = Callable[[int], int]
"""Which one of so many requests goes on."""


class Point:
    """Where a request stops until it is its turn."""

    def __await__(self) -> Generator[None]:
        yield


class Stepped(Passing):
    """Stops before each call of the store below, and with `after` also before it tells the result."""

    def __init__(self, inner: AsyncStore, lists: Any, *, after: bool = False) -> None:
        super().__init__(inner)
        self._lists, self._after = lists, after

    async def _step[Result](self, call: Coroutine[Any, Any, Result]) -> Result:
        await Point()
        result = await call
        if self._after:
            await Point()
        return result

    async def create(self, key: bytes, record: Record, now: float) -> None:
        await self._step(super().create(key, record, now))

    async def read(self, key: bytes, now: float) -> Record | None:
        return await self._step(super().read(key, now))

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return await self._step(super().write(key, change, now))

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        return await self._step(super().touch(key, expires_at, now))

    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        return await self._step(super().move(old, new, record, now, trail_until))

    async def delete(self, key: bytes) -> bool:
        return await self._step(super().delete(key))

    async def sessions_of(self, user: str, now: float) -> Iterable[tuple[bytes, Record]]:
        async def found() -> Iterable[tuple[bytes, Record]]:
            return list(await settled(self._lists.sessions_of(user, now)))

        return await self._step(found())


class SteppedWire:
    """Stops before each command to Redis: a login or a list takes several."""

    def __init__(self, inner: Wire) -> None:
        self._inner = inner

    async def ask(self, *command: bytes) -> Reply:
        await Point()
        return await self._inner.ask(*command)

    async def ask_all(self, commands: list[tuple[bytes, ...]]) -> list[Reply]:
        await Point()
        return await self._inner.ask_all(commands)


def play(requests: Sequence[Coroutine[Any, Any, None]], choose: Choose, turn: Callable[[int], None]) -> None:
    """Let the requests run to their ends, in the order that `choose` says; `turn` hears who is to go on."""
    running = dict(enumerate(requests))
    for request in requests:
        request.send(None)  # up to the first step: nothing shared has been touched
    while running:
        who = list(running)[choose(len(running)) if len(running) > 1 else 0]
        turn(who)
        try:
            running[who].send(None)
        except StopIteration:
            del running[who]


def explore(once: Callable[[Choose], None], most: int = 1_000_000) -> int:
    """Play every order there is, or the first `most`; how many they were."""
    path: list[tuple[int, int]] = []
    for played in range(1, most + 1):
        at = 0

        def choose(options: int) -> int:
            nonlocal at
            if at == len(path):
                path.append((0, options))
            at += 1
            return path[at - 1][0]

        once(choose)
        while path and path[-1][0] + 1 == path[-1][1]:
            path.pop()
        if not path:
            return played
        path[-1] = (path[-1][0] + 1, path[-1][1])
    return most


def sample(once: Callable[[Choose], None], seed: int, orders: int) -> int:
    """Play so many orders, drawn by seed."""
    drawn = Random(seed)
    for _ in range(orders):
        once(drawn.randrange)
    return orders
