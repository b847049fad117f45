"""Stores that users write: what they have of their own is asked, and what does not fit is told at the start."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sessiontable import AsyncSessionTable, Change, MemoryStore, Outcome, SessionError, SessionTable, StoreUnavailable
from sessiontable.sqlite import SQLiteStore
from tests.plain import SID

STEPS = "create, read, write, touch, move, delete"


class Audited(SQLiteStore):
    """One that writes down who ends what."""

    def delete(self, key: bytes) -> bool:
        return super().delete(key)


class AuditedTwice(Audited):
    """This one knows what it does."""

    def asynchronous(self) -> Any:
        return MemoryStore()


def test_the_face_for_asyncio_does_not_pass_by_what_a_subclass_does(tmp_path: Path) -> None:
    with Audited(tmp_path / "s.db") as store:
        SessionTable(store, cookie=SID)
        with pytest.raises(SessionError) as told:
            AsyncSessionTable(store, cookie=SID)
        assert str(told.value) == (
            "Audited has steps of its own (delete), and the face for asyncio of what it derives from would pass them by: "
            "give it an `asynchronous` of its own, or put them into a store around it"
        )
    with AuditedTwice(tmp_path / "s.db") as store:
        AsyncSessionTable(store, cookie=SID)


class Around:
    """A store around another one, which hands on what it does not know."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.written = inner, list[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def read(self, *given: Any) -> Any:
        return await self.inner.read(*given)

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        self.written.append(change.name)
        return await self.inner.write(key, change, now)  # type: ignore[no-any-return]


class Begins(Around):
    """One that can begin writes by itself, or cannot now."""

    down = False

    def begin_write(self, key: bytes, change: Change, now: float) -> asyncio.Future[Outcome]:
        if self.down:
            raise StoreUnavailable("down")
        self.written.append(f"{change.name} begun")
        begun: asyncio.Future[Outcome] = asyncio.ensure_future(self.inner.write(key, change, now))
        return begun


class BeginsWith(Around):
    """One whose own way to begin is a coroutine, which is none."""

    async def begin_write(self, key: bytes, change: Change, now: float) -> Outcome:
        return await self.write(key, change, now)


class BeginsAsBefore(Begins):
    """One that has a write of its own again."""

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return await super().write(key, change, now)


@pytest.mark.parametrize(
    ("kind", "written"), [(Around, ["x"]), (Begins, ["x begun"]), (BeginsWith, ["x"]), (BeginsAsBefore, ["x"])]
)
def test_a_store_s_own_write_is_not_passed_by(kind: type[Around], written: list[str], tmp_path: Path) -> None:
    """The SQLite store within has a quicker way to write, which the one around it does not know of."""

    async def story() -> None:
        with SQLiteStore(tmp_path / "s.db") as inner:
            store = kind(inner.asynchronous())
            table = AsyncSessionTable(store, cookie=SID)
            session = await table.open([])
            await session.rotate("alice")
            await session.write("x", 1)
            assert store.written == written
            assert (await table.open([session.set_cookies[0].partition(";")[0]]))["x"] == 1

    asyncio.run(story())


def test_a_write_that_cannot_begin_is_kept_for_the_adapter(tmp_path: Path) -> None:
    async def story() -> None:
        with SQLiteStore(tmp_path / "s.db") as inner:
            store = Begins(inner.asynchronous())
            session = await AsyncSessionTable(store, cookie=SID).open([])
            await session.rotate("alice")
            store.down = True
            with pytest.raises(StoreUnavailable) as down:
                await session.write("x", 1)
            assert session.failure is down.value

    asyncio.run(story())


class HalfAsync(MemoryStore):
    async def delete(self, key: bytes) -> bool:  # type: ignore[override]
        return super().delete(key)


@pytest.mark.parametrize("kind", [SessionTable, AsyncSessionTable])
def test_a_store_that_is_async_in_part_is_refused(kind: Callable[..., Any]) -> None:
    """Its logout would end nothing."""
    message = (
        "HalfAsync has steps that are `async def` (delete) and a read that is not: "
        f"make all of {STEPS} `async def`, or none"
    )
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        kind(HalfAsync(), cookie=SID)


class Hidden(MemoryStore):
    """Says nowhere that it is to be awaited."""

    hides = ""

    def __getattribute__(self, name: str) -> Any:
        step = super().__getattribute__(name)
        if name != super().__getattribute__("hides"):
            return step

        def hidden(*given: Any) -> Any:
            async def answer() -> Any:
                return step(*given)

            return answer()

        return hidden


@pytest.mark.parametrize("name", ["create", "write", "touch", "move", "delete"])
@pytest.mark.parametrize("kind", [SessionTable, AsyncSessionTable])
def test_a_step_that_turns_out_to_be_async_is_told(kind: Any, name: str) -> None:
    store, now = Hidden(), [1000.0]
    table = kind(store, cookie=SID, clock=lambda: now[0])
    first = SessionTable(store, cookie=SID, clock=lambda: now[0]).open([])
    first.write("x", 1)
    cookie = first.set_cookies[0].partition(";")[0]
    now[0] += 100
    store.hides = name
    steps: dict[str, Callable[[], Any]] = {
        "create": lambda: table.session([]).rotate("alice"),
        "write": lambda: table.session([cookie]).update("x", lambda x: x + 1),
        "touch": lambda: table.session([cookie]).settle() if kind is SessionTable else table.session([cookie]).load(),
        "move": lambda: table.session([cookie]).rotate("alice"),
        "delete": lambda: table.session([cookie]).revoke(),
    }

    async def done() -> None:
        if name == "touch" and kind is SessionTable:
            _ = table.session([cookie]).user
        answer = steps[name]()
        if hasattr(answer, "__await__"):
            await answer

    message = f"Hidden.{name} returns something to await: make all of {STEPS} `async def`"
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        asyncio.run(done())


def undecorated(step: Any) -> Any:
    """A decorator that says nothing of what it decorates."""

    def inner(*given: Any) -> Any:
        return step(*given)

    return inner


class Decorated(Around):
    read = undecorated(Around.read)
    write = undecorated(Around.write)


def test_an_async_store_is_known_through_a_decorator_that_hides_it(tmp_path: Path) -> None:
    async def story() -> None:
        with SQLiteStore(tmp_path / "s.db") as inner:
            table = AsyncSessionTable(Decorated(inner.asynchronous()), cookie=SID)
            session = await table.open([])
            await session.write("x", 1)
            assert (await table.open([session.set_cookies[0].partition(";")[0]]))["x"] == 1

    asyncio.run(story())


class Careless(MemoryStore):
    answer: Any = None

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        super().write(key, change, now)
        return self.answer  # type: ignore[no-any-return]


@pytest.mark.parametrize("answer", [None, True, "DONE"])
def test_a_write_that_returns_no_outcome_is_told(answer: Any) -> None:
    """And not that the session has ended."""
    store = Careless()
    store.answer = answer
    session = SessionTable(store, cookie=SID).open([])
    session.rotate("alice")
    with pytest.raises(SessionError) as told:
        session.write("x", 1)
    assert str(told.value) == f"the store's write returned {answer!r}: give an Outcome, as Outcome.DONE"
    assert type(told.value) is SessionError
