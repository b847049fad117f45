"""What was given out of a session and is not stored yet: how it is kept, stored, given up, and taken back."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from sessiontable import AsyncSession, AsyncSessionTable, Change, MemoryStore, Outcome, SessionTable
from sessiontable.logic.inline import Inline
from tests.plain import SID

from .conftest import Browser

type Story = Callable[[AsyncSession, AsyncSession], Coroutine[Any, Any, None]]
FIRST: dict[str, Any] = {"list": ["tea"], "other": {"a": 1}, "n": 1, "text": "x"}


def play(store: MemoryStore, story: Story) -> dict[str, Any]:
    """Two requests of one browser at once; what is stored when both are done."""

    async def played() -> dict[str, Any]:
        table = AsyncSessionTable(store, cookie=SID)
        first = table.session([])
        await first.rotate("alice", FIRST)
        cookie = first.set_cookies[0].partition(";")[0]
        one, two = await table.open([cookie]), await table.open([cookie])
        await story(one, two)
        await one.settle()
        return dict(await table.open([cookie]))

    return asyncio.run(played())


def test_what_is_given_up_is_as_it_was(store: MemoryStore) -> None:
    async def story(one: AsyncSession, two: AsyncSession) -> None:
        one["n"], one["list"] = 2, []
        one["other"]["a"] = 2
        del one["text"]
        assert one.changes() == {"n": "2", "list": "[]", "other": '{"a":2}', "text": None}
        assert one.unsettled
        one.give_up_changes()
        assert not one.unsettled
        assert one.changes() == {}
        assert dict(one) == FIRST

    assert play(store, story) == FIRST


def test_what_was_deleted_stays_so_while_others_change_it(store: MemoryStore) -> None:
    """An update of another value, for which it has to be read anew."""

    async def story(one: AsyncSession, two: AsyncSession) -> None:
        del one["text"], one["list"]
        await two.write_many({"text": "y", "list": ["milk"], "n": 5})
        assert await one.update("n", lambda n: n + 1) == 6
        assert ("text" in one, "list" in one) == (False, False)

    assert play(store, story) == {"other": {"a": 1}, "n": 6}


def test_what_was_only_looked_at_is_read_anew(store: MemoryStore) -> None:
    """What was changed is not, and is stored over what others did."""

    async def story(one: AsyncSession, two: AsyncSession) -> None:
        seen = one["list"]
        one["other"]["a"] = 2
        await two.write_many({"list": ["milk"], "other": {"b": 1}, "n": 5})
        await one.update("n", lambda n: n + 1)
        assert (one["list"], one["other"]) == (["milk"], {"a": 2})
        seen.append("thanks")
        assert one.changes() == {"other": '{"a":2}'}
        await one.refresh()
        assert (one["list"], one["other"]) == (["milk"], {"a": 2})

    assert play(store, story) == {"list": ["milk"], "other": {"a": 2}, "n": 6, "text": "x"}


def test_an_update_begins_with_what_was_set_before_it(store: MemoryStore) -> None:
    """And stores nothing of the other values, which wait for the reply."""

    async def story(one: AsyncSession, two: AsyncSession) -> None:
        one["n"], one["text"] = 7, "y"
        assert await one.update("list", lambda given: [*given, "milk"]) == ["tea", "milk"]
        assert one.changes() == {"n": "7", "text": '"y"'}
        assert _stored(store)["n"] == "1"
        assert await one.update("n", lambda n: n + 1) == 8
        assert one.changes() == {}
        assert (_stored(store)["n"], _stored(store)["text"]) == ("8", '"y"')

    assert play(store, story) == {"list": ["tea", "milk"], "other": {"a": 1}, "n": 8, "text": "y"}


def test_once_stored_only_what_can_change_within_is_looked_at_again(store: MemoryStore) -> None:
    async def story(one: AsyncSession, two: AsyncSession) -> None:
        seen, changed = one["other"], one["list"]
        changed.append("milk")
        one["n"], one["new"] = 2, None
        del one["text"]
        await one.settle()
        assert one.changes() == {}
        assert sorted(one._handed or {}) == ["list", "other"]
        assert (one["other"] is seen, one["list"] is changed) == (True, True)
        changed.append("bread")
        seen["a"] = 3
        assert one.changes() == {"list": '["tea","milk","bread"]', "other": '{"a":3}'}
        await one.write("n", 3)
        assert one["n"] == 3

    assert play(store, story) == {"list": ["tea", "milk", "bread"], "other": {"a": 3}, "n": 3, "new": None}


def test_texts_and_numbers_alone_leave_nothing_to_look_at(store: MemoryStore) -> None:
    async def story(one: AsyncSession, two: AsyncSession) -> None:
        one["n"] = 2
        del one["text"]
        await one.settle()
        assert one._handed is None
        assert not one.unsettled

    assert play(store, story) == {"list": ["tea"], "other": {"a": 1}, "n": 2}


class Slow(Inline):
    """Others of the same request come in between."""

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        await asyncio.sleep(0.005)
        return await super().write(key, change, now)

    async def delete(self, key: bytes) -> bool:
        await asyncio.sleep(0.01)
        return await super().delete(key)


def play_slowly(store: MemoryStore, meanwhile: Callable[[AsyncSession], object]) -> AsyncSession:
    """While one task stores a list that was changed, another one does this."""

    async def played() -> AsyncSession:
        table = AsyncSessionTable(Slow(store), cookie=SID)
        session = table.session([])
        await session.rotate("alice", FIRST)
        session["list"].append("milk")
        settling = asyncio.create_task(session.settle())
        await asyncio.sleep(0.001)
        meanwhile(session)
        await settling
        await session.settle()
        return session

    return asyncio.run(played())


def test_a_list_that_is_set_while_another_one_is_stored(store: MemoryStore) -> None:
    session = play_slowly(store, lambda session: session.__setitem__("list", ["new"]))
    assert (session["list"], _stored(store)["list"]) == (["new"], '["new"]')


def test_a_logout_while_a_list_is_stored(store: MemoryStore) -> None:
    """Nothing of it comes into the session that begins afterwards."""
    session = play_slowly(store, lambda session: session.clear())
    assert (dict(session), len(store), session.key) == ({}, 0, None)

    def leave(session: AsyncSession) -> None:
        session.clear()
        session["flash"] = "bye"

    session = play_slowly(store, leave)
    assert (dict(session), _stored(store)) == ({"flash": "bye"}, {"flash": '"bye"'})


def test_what_is_set_as_it_was_leaves_nothing_to_look_at(store: MemoryStore) -> None:
    async def story(one: AsyncSession, two: AsyncSession) -> None:
        one["n"] = 1
        await one.settle()
        assert not one.unsettled

    assert play(store, story) == FIRST


def _stored(store: MemoryStore) -> dict[str, str]:
    ((_, record),) = store.sessions(time.time())
    return dict(record.values)


def test_undo_says_whether_there_was_something(table: SessionTable, browser: Browser) -> None:
    session = table.open([])
    assert session.undo() is False
    session.write("n", 1)
    assert session.undo() is True
    assert session.undo() is False
    session.write("n", 1)
    again = table.open([browser(session)])
    again.write("n", 2)
    assert again.undo() is False
    again.renew()
    assert again.undo() is True
    out = table.open([browser(session)])
    out.renew()
    out.sent = True
    assert out.undo() is False
