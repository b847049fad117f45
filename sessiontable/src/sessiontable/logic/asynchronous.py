"""The session table for asyncio. What is said of `SessionTable` and `Session` holds here, with `await`."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import Future
from inspect import iscoroutinefunction
from threading import Lock, RLock
from typing import Any, overload

from ..basics.users import User
from ..basics.values import Json, encoded
from ..errors import SessionError, StoreUnavailable
from ..store import AsyncStore, Change, Record, Store, WorksWithAsyncio
from .core import CoreTable, Holds, Listed, held
from .inline import Inline, finish, for_asyncio, is_async, passed_by
from .loops import refuse_trio
from .mapping import is_change, texts_to_begin_with, texts_to_write
from .session import CoreSession
from .steps import Begun, Done, Step, Written
from .timed import Timed

_NOTHING = Done(None)
_making = Lock()


class AsyncSessionTable(CoreTable):
    """`SessionTable` for a server that runs on asyncio. It takes every store, those for threads too."""

    blocking: Inline | None
    """The store as a call without `await` can use it; None for one that must be awaited."""
    in_place: bool
    """Whether a look-up is so quick that it is done on the spot: in memory, and in a file of this machine."""
    at_once: Callable[[bytes, float], Record | None] | None
    """Such a look-up."""
    begins_writes: bool
    """Whether the store can begin a write by itself, see `BeginsWrites`. What hands it on from a store within cannot."""

    def _adapted(self, store: Store | AsyncStore) -> AsyncStore:
        self.blocking = None if is_async(store) else Inline(store)  # type: ignore[arg-type]
        adapted = for_asyncio(store)
        self.in_place = type(adapted) is Inline or bool(getattr(type(adapted), "in_place", False))
        begins = getattr(type(adapted), "begin_write", None)
        self.begins_writes = not (
            begins is None or iscoroutinefunction(begins) or passed_by(adapted, "begin_write", ("write",))
        )
        if self.blocking is None and isinstance(store, WorksWithAsyncio):
            self.in_place = False
        self.at_once = self.blocking.at_once if self.blocking and self.in_place else None
        return adapted

    def open(
        self, cookie_lines: Iterable[str], *, host: str = "", path: str = "/"
    ) -> "Coroutine[Any, Any, AsyncSession]":
        """See `SessionTable.open`."""
        return self._open(AsyncSession, cookie_lines, host, path)

    def session(self, cookie_lines: Iterable[str], *, host: str = "", path: str = "/") -> "AsyncSession":
        """See `SessionTable.session`. A store that has to be awaited, as Redis, is best asked by `await session.load()`."""
        return AsyncSession(self, self.cookie.candidates(cookie_lines), host, path)

    async def sessions_of(self, user: User, current: "AsyncSession | Holds | None" = None) -> list[Listed]:
        """See `SessionTable.sessions_of`."""
        refuse_trio()
        return await self._list(user, held(current))

    async def revoke_all(self, user: User, but: "AsyncSession | Holds | None" = None) -> int:
        """See `SessionTable.revoke_all`."""
        refuse_trio()
        return await self._revoke_all(user, held(but))

    async def revoke_one(self, user: User, label: str) -> bool:
        """See `SessionTable.revoke_one`."""
        refuse_trio()
        return await self._revoke_one(user, label)

    async def sweep(self, limit: int = 100) -> int:
        """See `SessionTable.sweep`."""
        refuse_trio()
        return await self._sweep(limit)


class AsyncSession(CoreSession):
    """`Session` for asyncio: reading needs no `await`, all that changes something does.

    `session["x"] = 1` is kept until the reply begins, and is then written, value by value. A step begins when it is
    called; in a thread, as that of a FastAPI endpoint without `async`, it is done when the call returns, and what it
    returns is the result itself, since nothing can be awaited there.

    `surprised`: somebody asked, or wrote, before it was looked up in a store that has to be awaited: the next request
    should be looked up ahead.
    """

    __slots__ = ("_last", "_lock", "_steps", "loop", "surprised")
    _table: AsyncSessionTable

    def __init__(self, table: AsyncSessionTable, ids: Sequence[str] = (), host: str = "", path: str = "/") -> None:
        CoreSession.__init__(self, table, ids, host, path)
        self.surprised = False
        self._steps: list[Begun[Any]] | None = None
        self._last: Begun[Any] | None = None
        self._lock: Any = None
        self.loop: asyncio.AbstractEventLoop | None = None
        try:
            self.loop = asyncio.get_running_loop()
        except RuntimeError:
            refuse_trio()

    async def load(self) -> None:
        """Look up who this is, for a store that has to be awaited. Raises StoreUnavailable."""
        await self.look()

    def _look_now(self) -> None:
        table, loop = self._table, self.loop
        if table.at_once is not None and self._look_at_once(table.at_once, later=True):
            """That was all."""
        elif (
            loop is not None and loop.is_running() and not table.in_place and _running() is not loop
        ):  # a thread: it may wait
            asyncio.run_coroutine_threadsafe(self.look(), loop).result()
        elif table.blocking is not None:
            self.surprised = not table.in_place
            step = table.hooks.step
            finish(self.look(Timed(table.blocking, step) if step else table.blocking, later=True))
        else:
            raise SessionError(
                f"nobody has looked this session up, and {type(table.store).__name__} has to be awaited: "
                "`await request.session.load()` before, or SessionMiddleware(app, table, ahead=True)"
            )
        if (
            self.sent and self._due is not None and loop is not None and loop.is_running()
        ):  # a WebSocket, which may last
            _ = self._begun(self._settle())

    def _set(self, name: str, text: str | None, value: Any) -> None:
        if self.sent and self.key is None:
            self._may_send_cookie()
        if self.over and self.sent:
            raise SessionError(
                f"session value {name!r} was set after its request had ended, when nobody stores it any more: "
                f"use await session.write({name!r}, value)"
            )
        super()._set(name, text, value)

    def write(self, name: str, value: Json) -> Step[None]:
        """See `Session.write`."""
        text, key, store = encoded(name, value), self._quiet_key(), self._table.store
        if key is not None and type(store) is Inline:
            self._write_at_once(store, key, name, text)
            return _NOTHING
        if key is not None and self._table.begins_writes and (begin := getattr(store, "begin_write", None)):
            change, now = Change(name, text, self._table.max_bytes), self._table.clock()
            self.used = True
            try:
                future = begin(key, change, now)
            except StoreUnavailable as error:
                self.failure = error
                raise
            step = self._last = Written(future, self._settle_write, key, change, now)
            self._steps = [*self._steps, step] if self._steps else [step]
            return step
        return self._begun(self._write(name, text))

    def _quiet_key(self) -> bytes | None:
        """The key of a known session of which nothing is under way, so that a write may begin on the spot, in its loop."""
        at_once = self._table.at_once
        if self._handed or self._last is not None or _running() is not self.loop:
            return None
        if self._looked or (at_once is not None and self._look_at_once(at_once, later=not self.sent)):
            return self.key
        self.surprised = not self._table.in_place
        return None

    def _settle_write(self, step: Written) -> None:
        if self._last is step:
            self._last = None
        told = step.awaited
        try:
            self._written(step)
            told = True
        finally:
            if told and self._steps and step in self._steps:  # otherwise `settle` tells of it
                self._steps.remove(step)

    def _written(self, step: Written) -> None:
        try:
            outcome = step.task.result()
        except StoreUnavailable as error:
            self.failure = error
            raise
        if self.key == step.key:  # it was not taken back meanwhile
            self._changed(step.change, outcome)
            if self._is_due(step.now):
                _ = self._begun(self._count_use(step.key, step.now))

    def write_many(self, values: Mapping[str, Json]) -> Step[None]:
        """See `Session.write_many`."""
        return self._begun(self._write_many(texts_to_write(values)))

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
        return self._begun(self._rotate(user, life, texts_to_begin_with(values)), firm=True)

    def renew(self) -> Step[None]:
        """See `Session.renew`."""
        return self._begun(self._renew(), firm=True)

    def refresh(self) -> Step[None]:
        """See `Session.refresh`. A WebSocket that is open for hours learns so that its user has logged out."""
        return self._begun(self._refresh())

    def revoke(self) -> Step[None]:
        """See `Session.revoke`."""
        self._handed = None
        return self._begun(self._revoke(), firm=True)

    def clear(self) -> None:
        """As `revoke`; there is nothing to wait for, the adapter does."""
        self.revoke()

    def settle(self) -> "Coroutine[Any, Any, None]":
        """Wait for all steps that have begun, raise what went wrong with one that nobody awaited, and store what was set
        through the mapping. Adapters do it when the reply begins. In a thread it is done when the call returns.
        """
        if self.loop is not None and self._in_thread():
            asyncio.run_coroutine_threadsafe(self._settle_all(), self.loop).result()
            return _NOTHING
        return self._settle_all()

    async def _settle_all(self) -> None:
        while self._steps:
            step = self._steps.pop(0)
            if not step.awaited:
                await step
            elif not step.task.done():
                await asyncio.wait([step.task])
        if self._handed or self._due is not None:
            await self._settle()

    async def undo(self) -> bool:
        """See `Session.undo`. A step that is under way ends first."""
        while under_way := [step.task for step in self._steps or () if not step.task.done()]:
            await asyncio.wait(under_way)
        return await self._undo()

    @property
    def unsettled(self) -> bool:
        """Whether `settle` may have something to do."""
        return bool(self._steps or self._handed or self._due is not None)

    def _in_thread(self) -> bool:
        """Whether this is a thread beside the session's loop: it may wait, and cannot await."""
        return _running() is None and self.loop is not None and self.loop.is_running()

    def _begun[Result](self, work: Coroutine[Any, Any, Result], firm: bool = False) -> Step[Result]:
        if type(self._table.store) is Inline and self._last is None:  # it waits for nothing
            if _running() is self.loop:
                result = finish(work)
            else:
                result = self._in_turn(work)
                if self._in_thread():
                    return result  # type: ignore[return-value]
            return _NOTHING if result is None else Done(result)  # type: ignore[return-value]
        if self.loop is None:
            try:
                self.loop = asyncio.get_running_loop()
            except RuntimeError:  # whoever drives coroutines without a loop begins them, too
                return work  # type: ignore[return-value]
        if not self.loop.is_running():  # as above
            return work  # type: ignore[return-value]
        if (here := _running()) is not self.loop:  # a thread, which may wait, or has a loop of its own
            done = asyncio.run_coroutine_threadsafe(self._queued(work), self.loop)
            return done.result() if here is None else _awaitable(done, firm)  # type: ignore[return-value]
        if self._last is not None and self._last.task.done():
            self._last.finish()  # which may begin a step: that comes first
        task = asyncio.Task(self._next(work, self._last), loop=self.loop, eager_start=True)
        if task.done():
            return Done(task.result())
        step = self._last = Begun(task, firm)
        self._steps = [*(each for each in self._steps or () if not each.over), step]
        return step

    def _in_turn[Result](self, work: Coroutine[Any, Any, Result]) -> Result:
        """Done on the spot, in one thread of a request after the other."""
        with _making:
            if self._lock is None:
                self._lock = RLock()
        with self._lock:
            return finish(work)

    async def _queued[Result](self, work: Coroutine[Any, Any, Result]) -> Result:
        """A step of a thread, after all that have begun."""
        task = asyncio.current_task()
        assert task is not None
        before, step = self._last, Begun(task)
        step.awaited = True  # whoever called it is told
        self._last, self._steps = step, [*(self._steps or ()), step]
        try:
            return await self._next(work, before)
        finally:
            if step in self._steps:
                self._steps.remove(step)

    async def _next[Result](self, work: Coroutine[Any, Any, Result], before: Begun[Any] | None) -> Result:
        """Steps of one session come one after the other: two first writes at once make one session."""
        ahead = before
        try:
            if before is not None:
                if not before.task.done():
                    await asyncio.wait([before.task])
                before.finish()
            ahead = None
            return await work
        finally:
            work.close()  # where its turn never came
            if self._last is not None and _running() and self._last.task is asyncio.current_task():
                self._last = ahead  # given up before its turn, it lets nobody pass


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def _awaitable[Result](done: Future[Result], firm: bool) -> Result:
    there = asyncio.wrap_future(done)
    return await (asyncio.shield(there) if firm else there)
