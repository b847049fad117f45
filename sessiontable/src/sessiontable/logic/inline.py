"""Store calls as awaitables: how a store for threads serves code that awaits, and how such code runs without a loop.

The table's logic is written once, with `await` at each step of the store. For asyncio a store's own asynchronous face
is used, where it has one; in threads nothing is ever waited for, so that the same code runs through in one go.
"""

from collections.abc import Awaitable, Coroutine, Sequence
from inspect import isawaitable, iscoroutine, iscoroutinefunction, ismethod, unwrap
from typing import Any

from ..errors import SessionError
from ..store import METHODS, AsyncStore, Change, Outcome, Record, Store, WorksWithAsyncio


class Inline:
    """An `AsyncStore` that calls the methods of a `Store` on the spot."""

    def __init__(self, store: Store) -> None:
        self.store, self.at_once = store, store.read

    async def create(self, key: bytes, record: Record, now: float) -> None:
        self._told("create", self.store.create(key, record, now))  # type: ignore[func-returns-value]

    async def read(self, key: bytes, now: float) -> Record | None:
        return self.at_once(key, now)

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return self._told("write", self.store.write(key, change, now))

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        return self._told("touch", self.store.touch(key, expires_at, now))

    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        return self._told("move", self.store.move(old, new, record, now, trail_until))

    async def delete(self, key: bytes) -> bool:
        return self._told("delete", self.store.delete(key))

    def _told[Answer](self, step: str, answer: Answer) -> Answer:
        """What a step has answered. Raises SessionError where it is to be awaited, and so nothing was done."""
        if hasattr(answer, "__await__") and _is_awaited(answer):
            raise SessionError(
                f"{type(self.store).__name__}.{step} returns something to await: make all of {', '.join(METHODS)} `async def`"
            )
        return answer


def is_async(store: Store | AsyncStore) -> bool:
    """Whether the methods of a store are to be awaited. One that is decorated is asked through its decorator, and where
    that is no coroutine function either, by what `read` of a key that nobody has returns.
    Raises SessionError where only others than `read` are to be awaited: a logout would be forgotten.
    """
    read = store.read
    if iscoroutinefunction(unwrap(read)) or (_hides(read) and _is_awaited(read(b"\0" * 32, 0.0))):
        return True
    awaited = [name for name in METHODS if iscoroutinefunction(unwrap(getattr(store, name)))]
    if awaited:
        raise SessionError(
            f"{type(store).__name__} has steps that are `async def` ({', '.join(awaited)}) and a read that is not: "
            f"make all of {', '.join(METHODS)} `async def`, or none"
        )
    return False


def _hides(read: Any) -> bool:
    """Whether this may be something else in front of it, as a decorator puts it there."""
    return hasattr(read, "__wrapped__") or not ismethod(read) or read.__name__ != "read"


def _is_awaited(answer: Any) -> bool:
    if iscoroutine(answer):
        answer.close()
    return isawaitable(answer)


def passed_by(store: object, ability: str, steps: Sequence[str] = METHODS) -> list[str]:
    """Those of a store's steps that its ability knows nothing of, as they are of a subclass, or of a wrapper around it."""
    kinds = [vars(kind) for kind in type(store).__mro__]
    at = {name: next((at for at, names in enumerate(kinds) if name in names), len(kinds)) for name in (ability, *steps)}
    return [name for name in steps if at[name] < at[ability]]


def for_asyncio(store: Store | AsyncStore) -> AsyncStore:
    """The store as asyncio code calls it. Raises SessionError where its face for asyncio would pass by what a subclass does."""
    if isinstance(store, WorksWithAsyncio):
        if own := passed_by(store, "asynchronous"):
            raise SessionError(
                f"{type(store).__name__} has steps of its own ({', '.join(own)}), and the face for asyncio of what it "
                "derives from would pass them by: give it an `asynchronous` of its own, or put them into a store around it"
            )
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
