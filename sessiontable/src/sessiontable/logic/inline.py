"""Store calls as awaitables: how a store for threads serves code that awaits, and how such code runs without a loop.

The table's logic is written once, with `await` at each step of the store. For asyncio a store's own asynchronous face
is used, where it has one; in threads nothing is ever waited for, so that the same code runs through in one go.
"""

from collections.abc import Awaitable, Coroutine
from inspect import isawaitable, iscoroutine, iscoroutinefunction, ismethod, unwrap
from typing import Any

from ..errors import SessionError
from ..store import AsyncStore, Change, Outcome, Record, Store, WorksWithAsyncio


class Inline:
    """An `AsyncStore` that calls the methods of a `Store` on the spot."""

    def __init__(self, store: Store) -> None:
        self.store, self.at_once = store, store.read

    async def create(self, key: bytes, record: Record, now: float) -> None:
        self.store.create(key, record, now)

    async def read(self, key: bytes, now: float) -> Record | None:
        return self.at_once(key, now)

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return self.store.write(key, change, now)

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        return self.store.touch(key, expires_at, now)

    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        return self.store.move(old, new, record, now, trail_until)

    async def delete(self, key: bytes) -> bool:
        return self.store.delete(key)


def is_async(store: Store | AsyncStore) -> bool:
    """Whether the methods of a store are to be awaited. One that is decorated is asked through its decorator, and where
    that is no coroutine function either, by what `read` of a key that nobody has returns.
    """
    if iscoroutinefunction(unwrap(store.read)):
        return True
    if not hasattr(store.read, "__wrapped__") and ismethod(store.read):
        return False
    answer = store.read(b"\0" * 32, 0.0)
    if iscoroutine(answer):
        answer.close()
    return isawaitable(answer)


def for_asyncio(store: Store | AsyncStore) -> AsyncStore:
    """The store as asyncio code calls it."""
    if isinstance(store, WorksWithAsyncio):
        return store.asynchronous()
    return store if is_async(store) else Inline(store)  # type: ignore[arg-type,return-value]


def for_threads(store: Store | AsyncStore) -> AsyncStore:
    """The store as the table's logic calls it where nothing may be awaited. Raises SessionError for an async store."""
    if is_async(store):
        raise SessionError(f"{type(store).__name__} is a store for asyncio: use it with AsyncSessionTable")
    return Inline(store)  # type: ignore[arg-type]


def finish[Result](coroutine: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that waits for nothing. Raises SessionError if it does."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: Result = end.value
        return result
    coroutine.close()
    raise SessionError("the store waits for something, which a table for threads cannot: use AsyncSessionTable")


async def settled[Result](result: Result | Awaitable[Result]) -> Result:
    """What a method returned, awaited if it is that of an async store."""
    return await result if isawaitable(result) else result
