"""A store that tells how long each of its steps took, for `Hooks.step`."""

from collections.abc import Awaitable, Callable
from time import perf_counter

from ..events import tell
from ..store import AsyncStore, Change, Outcome, Record


class Timed:
    """An `AsyncStore` in front of another one."""

    def __init__(self, inner: AsyncStore, hook: Callable[[str, float, bool], object]) -> None:
        self._inner, self._hook = inner, hook

    async def create(self, key: bytes, record: Record, now: float) -> None:
        await self._step("create", self._inner.create(key, record, now))

    async def read(self, key: bytes, now: float) -> Record | None:
        return await self._step("read", self._inner.read(key, now))

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return await self._step("write", self._inner.write(key, change, now))

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        return await self._step("touch", self._inner.touch(key, expires_at, now))

    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        return await self._step("move", self._inner.move(old, new, record, now, trail_until))

    async def delete(self, key: bytes) -> bool:
        return await self._step("delete", self._inner.delete(key))

    async def _step[Answer](self, name: str, call: Awaitable[Answer]) -> Answer:
        began, failed = perf_counter(), True
        try:
            answer = await call
            failed = False
            return answer
        finally:
            tell(self._hook, name, perf_counter() - began, failed)
