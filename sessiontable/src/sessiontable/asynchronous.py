"""The session table for asyncio. What is said of `SessionTable` and `Session` holds here, with `await`."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, overload

from .core import CoreTable, Listed
from .errors import SessionError
from .inline import Inline, finish, for_asyncio, is_async
from .mapping import is_change
from .session import CoreSession
from .steps import Begun, Done
from .store import AsyncStore, Store, WorksWithAsyncio
from .users import User
from .values import Json

_NOTHING = Done(None)

type Step[Result] = Coroutine[Any, Any, Result]


class AsyncSessionTable(CoreTable):
    """`SessionTable` for a server that runs on asyncio. It takes every store, those for threads too."""

    blocking: AsyncStore | None
    """The store as a call without `await` can use it; None for one that must be awaited."""
    in_place: bool
    """Whether a look-up is so quick that it is done on the spot: in memory, and in a file of this machine."""

    def _adapted(self, store: Store | AsyncStore) -> AsyncStore:
        self.blocking = None if is_async(store) else Inline(store)  # type: ignore[arg-type]
        adapted = for_asyncio(store)
        self.in_place = type(adapted) is Inline or bool(getattr(adapted, "in_place", False))
        if self.blocking is None and isinstance(store, WorksWithAsyncio):
            self.in_place = False
        return adapted

    def open(
        self, cookie_lines: Iterable[str], *, host: str = "", path: str = "/"
    ) -> "Coroutine[Any, Any, AsyncSession]":
        """See `SessionTable.open`."""
        return self._open(AsyncSession, cookie_lines, host, path)

    def session(self, cookie_lines: Iterable[str], *, host: str = "", path: str = "/") -> "AsyncSession":
        """See `SessionTable.session`. A store that has to be awaited, as Redis, is best asked by `await session.load()`."""
        return AsyncSession(self, self.cookie.candidates(cookie_lines), host, path)

    async def sessions_of(self, user: User, current: "AsyncSession | None" = None) -> list[Listed]:
        """See `SessionTable.sessions_of`."""
        return await self._list(user, None if current is None else current.key)

    async def revoke_all(self, user: User, but: "AsyncSession | None" = None) -> int:
        """See `SessionTable.revoke_all`."""
        return await self._revoke_all(user, but)

    async def revoke_one(self, user: User, label: str) -> bool:
        """See `SessionTable.revoke_one`."""
        return await self._revoke_one(user, label)

    async def sweep(self, limit: int = 100) -> int:
        """See `SessionTable.sweep`."""
        return await self._sweep(limit)


class AsyncSession(CoreSession):
    """`Session` for asyncio: reading needs no `await`, all that changes something does.

    `session["x"] = 1` is kept until the reply begins, and is then written, value by value. A step begins when it is
    called; in a thread, as that of a FastAPI endpoint without `async`, it is done when the call returns, and what it
    returns is the result itself, since nothing can be awaited there.
    """

    loop: asyncio.AbstractEventLoop | None = None
    surprised = False
    """Whether somebody asked without `await` where the store has to be awaited: the next request should be looked up ahead."""
    _steps: list[Begun[Any]] | None = None
    _last: asyncio.Task[Any] | None = None
    _table: AsyncSessionTable

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        try:
            self.loop = asyncio.get_running_loop()
        except RuntimeError:
            _refuse_trio()

    async def load(self) -> None:
        """Look up who this is, for a store that has to be awaited. Raises StoreUnavailable."""
        await self.look()

    def _look_now(self) -> None:
        table, loop = self._table, self.loop
        if loop is not None and loop.is_running() and not table.in_place and not _running():  # a thread, which may wait
            asyncio.run_coroutine_threadsafe(self.look(), loop).result()
        elif table.blocking is not None:
            self.surprised = not table.in_place
            if not self._look_at_once(table.blocking, later=True):
                finish(self.look(table.blocking, later=True))
        else:
            raise SessionError(
                f"nobody has looked this session up, and {type(table.store).__name__} has to be awaited: "
                "`await request.session.load()` before, or SessionMiddleware(app, table, ahead=True)"
            )

    def _set(self, name: str, text: str | None, value: Any) -> None:
        if self.sent and self.key is None:
            self._may_send_cookie()
        super()._set(name, text, value)

    def write(self, name: str, value: Json) -> Step[None]:
        """See `Session.write`."""
        return self._begun(self._write(name, value))

    def write_many(self, values: Mapping[str, Json]) -> Step[None]:
        """See `Session.write_many`."""
        return self._begun(self._write_several(values))

    @overload  # type: ignore[override]
    def update[Value: Json](self, name: str, change: Callable[[Any], Value], /) -> Step[Value]: ...
    @overload
    def update(self, values: Mapping[str, Json] | Iterable[tuple[str, Json]] = (), /, **named: Json) -> Step[None]: ...
    def update(self, *args: Any, **named: Any) -> Step[Any]:  # type: ignore[misc]
        """See `Session.update`; with a mapping it is kept until the reply begins, and there is nothing to wait for."""
        if is_change(args) and not named:
            return self._begun(self._update(*args))
        self._fill(*args, **named)
        return Done(None)

    def rotate(
        self,
        user: User,
        values: Mapping[str, Json] | None = None,
        *,
        idle_timeout: int | None = None,
        absolute_timeout: int | None = None,
        max_age: int | None = None,
        device: str | None = None,
    ) -> Step[None]:
        """See `Session.rotate`."""
        life = self._table.lifetime(idle_timeout, absolute_timeout, max_age, device)
        return self._begun(self._rotate(user, life, dict(values or {})))

    def renew(self) -> Step[None]:
        """See `Session.renew`."""
        return self._begun(self._renew())

    def refresh(self) -> Step[None]:
        """See `Session.refresh`. A WebSocket that is open for hours learns so that its user has logged out."""
        return self._begun(self._refresh())

    def revoke(self) -> Step[None]:
        """See `Session.revoke`."""
        return self._begun(self._revoke())

    def clear(self) -> None:
        """As `revoke`; there is nothing to wait for, the adapter does."""
        self._handed = None
        _ = self.revoke()

    async def settle(self) -> None:
        """Wait for all steps that have begun, raise what went wrong with one that nobody awaited, and store what was set
        through the mapping. Adapters do it when the reply begins.
        """
        while self._steps:
            step = self._steps.pop(0)
            if not step.awaited:
                await step
            elif not step.task.done():
                await asyncio.wait([step.task])
        if self._handed or self._due is not None:
            await self._settle()

    async def undo(self) -> None:
        """See `Session.undo`."""
        await self._undo()

    @property
    def unsettled(self) -> bool:
        """Whether `settle` has something to do."""
        return bool(self._steps or self._handed or self._due is not None)

    def _begun[Result](self, work: Coroutine[Any, Any, Result]) -> Step[Result]:
        table = self._table
        if type(table.store) is Inline and self._last is None:  # it waits for nothing
            result = finish(work)
            if result is None:
                return _NOTHING  # type: ignore[return-value]
            in_thread = self.loop is not None and self.loop.is_running() and not _running()
            return result if in_thread else Done(result)  # type: ignore[return-value]
        if self.loop is None:
            try:
                self.loop = asyncio.get_running_loop()
            except RuntimeError:  # whoever drives coroutines without a loop begins them, too
                return work
        if not self.loop.is_running():  # as above
            return work
        if not _running():  # a thread, which may wait
            done = asyncio.run_coroutine_threadsafe(self._next(work, self._last), self.loop)
            return done.result()  # type: ignore[return-value]
        task = asyncio.Task(self._next(work, self._last), loop=self.loop, eager_start=True)
        if task.done():
            return Done(task.result())
        step, self._last = Begun(task), task
        self._steps = [each for each in self._steps or () if not (each.awaited and each.task.done())]
        self._steps.append(step)
        return step

    async def _next[Result](self, work: Coroutine[Any, Any, Result], before: asyncio.Task[Any] | None) -> Result:
        """Steps of one session come one after the other: two first writes at once make one session."""
        try:
            if before is not None and not before.done():
                await asyncio.wait([before])
            return await work
        finally:
            work.close()  # its turn may never have come
            if self._last is asyncio.current_task():
                self._last = None


def _running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _refuse_trio() -> None:
    """Raises SessionError where a loop runs that is none of asyncio."""
    import sys

    sniffed = sys.modules.get("sniffio")
    try:
        library = sniffed.current_async_library() if sniffed else "none"
    except Exception:
        return
    if library == "trio":
        raise SessionError(
            "an AsyncSessionTable runs on asyncio, and this server runs on trio: use the server's asyncio worker, "
            "as hypercorn --worker-class asyncio"
        )
