"""The session table for asyncio. What is said of `SessionTable` and `Session` holds here, with `await`."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from .core import CoreSession, CoreTable, Listed
from .inline import for_asyncio
from .store import AsyncStore, Store
from .values import Json


class AsyncSessionTable(CoreTable):
    """`SessionTable` for a server that runs on asyncio. It takes every store, those for threads too."""

    def _adapted(self, store: Store | AsyncStore) -> AsyncStore:
        return for_asyncio(store)

    def open(
        self, cookie_lines: Iterable[str], *, host: str = "", path: str = "/"
    ) -> "Coroutine[Any, Any, AsyncSession]":
        """See `SessionTable.open`."""
        return self._open(AsyncSession, cookie_lines, host, path)

    async def sessions_of(self, user: str, current: "AsyncSession | None" = None) -> list[Listed]:
        """See `SessionTable.sessions_of`."""
        return await self._list(user, current.key if current else None)

    async def revoke_all(self, user: str, but: "AsyncSession | None" = None) -> int:
        """See `SessionTable.revoke_all`."""
        return await self._revoke_all(user, but)

    async def revoke_one(self, user: str, label: str) -> bool:
        """See `SessionTable.revoke_one`."""
        return await self._revoke_one(user, label)

    async def sweep(self, limit: int = 100) -> int:
        """See `SessionTable.sweep`."""
        return await self._sweep(limit)


class AsyncSession(CoreSession):
    """`Session` for asyncio: reading needs no `await`, all that changes something does."""

    def write(self, name: str, value: Json) -> Coroutine[Any, Any, None]:
        """See `Session.write`."""
        return self._write(name, value)

    def update[Value: Json](self, name: str, change: Callable[[Json], Value]) -> Coroutine[Any, Any, Value]:
        """See `Session.update`."""
        return self._update(name, change)

    async def rotate(self, user: str) -> None:
        """See `Session.rotate`."""
        await self._rotate(user)

    async def revoke(self) -> None:
        """See `Session.revoke`."""
        await self._revoke()
