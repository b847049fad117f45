"""A store in front of another one: what counts, stops or spoils a step derives from it."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from sessiontable import AsyncStore, Change, Outcome, Record, Store


class Passing:
    """An `AsyncStore` that passes everything on. A table of either face works with one in front of its own."""

    def __init__(self, inner: AsyncStore) -> None:
        self.inner = inner

    async def create(self, key: bytes, record: Record, now: float) -> None:
        await self.inner.create(key, record, now)

    async def read(self, key: bytes, now: float) -> Record | None:
        return await self.inner.read(key, now)

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return await self.inner.write(key, change, now)

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        return await self.inner.touch(key, expires_at, now)

    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        return await self.inner.move(old, new, record, now, trail_until)

    async def delete(self, key: bytes) -> bool:
        return await self.inner.delete(key)


class Counting(Passing):
    """Counts what changes something."""

    def __init__(self, inner: AsyncStore) -> None:
        super().__init__(inner)
        self.calls: Counter[str] = Counter()

    async def create(self, key: bytes, record: Record, now: float) -> None:
        self.calls["create"] += 1
        await super().create(key, record, now)

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        self.calls["write"] += 1
        return await super().write(key, change, now)

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        self.calls["touch"] += 1
        return await super().touch(key, expires_at, now)

    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        self.calls["move"] += 1
        return await super().move(old, new, record, now, trail_until)

    async def delete(self, key: bytes) -> bool:
        self.calls["delete"] += 1
        return await super().delete(key)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """`begin_write`, of a store that has it."""
        if name != "begin_write":
            raise AttributeError(name)
        begin: Callable[..., Any] = self.inner.begin_write  # type: ignore[attr-defined]

        def begin_write(*given: Any) -> Any:
            self.calls["write"] += 1
            return begin(*given)

        return begin_write


class Counted:
    """The same in front of a `Store` for threads."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        step: Callable[..., Any] = getattr(self.inner, name)

        def counted(*given: Any) -> Any:
            self.calls[name] += 1
            return step(*given)

        return step if name == "read" else counted
