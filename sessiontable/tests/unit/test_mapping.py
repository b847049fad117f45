"""A session as a mapping, as people and libraries use `request.session`, on both faces."""

import asyncio
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from sessiontable import (
    AsyncSession,
    AsyncSessionTable,
    Change,
    MemoryStore,
    Outcome,
    Session,
    SessionError,
    SessionGone,
    SessionTable,
)
from sessiontable.logic.inline import Inline
from tests.plain import SID

from .conftest import Browser


def fill(session: Session | AsyncSession) -> None:
    """What a dict can do."""
    session["a"] = 1
    more: dict[str, Any] = {"b": [1, 2]}
    session.update(more, c="x")
    assert session.setdefault("b", []) == [1, 2]
    session.setdefault("d", {})["deep"] = {"er": 1}
    session["none"] = None
    assert session.pop("a") == 1
    assert session.pop("a", "gone") == "gone"
    assert ("a" in session, "b" in session, "none" in session) == (False, True, True)
    assert session.get("a") is None
    assert session.get("none", "there") is None
    with pytest.raises(KeyError, match="a"):
        session["a"]
    with pytest.raises(KeyError, match="a"):
        del session["a"]
    assert sorted(session) == ["b", "c", "d", "none"] == sorted(session.names())
    assert (len(session), bool(session)) == (4, True)
    assert dict(session) == {"b": [1, 2], "c": "x", "d": {"deep": {"er": 1}}, "none": None}


FILLED = {"b": [1, 2], "c": "x", "d": {"deep": {"er": 1}}, "none": None}


def test_it_is_a_dict_to_whoever_uses_it(table: SessionTable, browser: Browser) -> None:
    session = table.open([])
    assert (len(session), bool(session), dict(session)) == (0, False, {})
    fill(session)
    session.settle()
    assert dict(table.open([browser(session)])) == FILLED


def test_it_is_one_on_asyncio_too_and_is_stored_when_the_reply_begins(store: MemoryStore) -> None:
    async def story() -> None:
        table = AsyncSessionTable(store, cookie=SID)
        session = await table.open([])
        fill(session)
        assert len(store) == 0
        assert session.unsettled
        await session.settle()
        assert session.changes() == {}
        assert dict(await table.open([session.set_cookies[-1].partition(";")[0]])) == FILLED

    asyncio.run(story())


def test_a_change_within_is_noticed(table: SessionTable, browser: Browser) -> None:
    """`session["basket"].append(...)` is the commonest line of all, and is lost in silence by most libraries."""
    first = table.open([])
    first["basket"], first["user"] = ["tea"], {"name": "ann", "tags": []}
    second = table.open([browser(first)])
    second["basket"].append("milk")
    second["user"]["tags"].append("new")
    second.settle()
    third = table.open([browser(first)])
    assert (third["basket"], third["user"]) == (["tea", "milk"], {"name": "ann", "tags": ["new"]})


@pytest.mark.parametrize(
    "step",
    [
        lambda session: session.rotate("alice"),
        lambda session: session.renew(),
        lambda session: session.settle(),
        lambda session: session.refresh(),
        lambda session: session.write("x", 1),
        lambda session: session.update("x", lambda _: 1),
    ],
    ids=["rotate", "renew", "settle", "refresh", "write", "update"],
)
def test_a_change_within_is_noticed_after_every_step(step: Callable[[Any], Any], store: MemoryStore) -> None:
    """The list that was handed out before a login, or before the reply began, is the session's afterwards, too."""
    session = SessionTable(store, cookie=SID).open([])
    basket = session.setdefault("basket", [])
    basket.append("tea")
    step(session)
    basket.append("milk")
    session.settle()
    assert session["basket"] is basket
    assert _stored(store) == ["tea", "milk"]

    async def story() -> None:
        session = AsyncSessionTable(store, cookie=SID).session([])
        basket = session.setdefault("basket", [])
        basket.append("tea")
        await step(session)
        basket.append("milk")
        await session.settle()

    store.clear()
    asyncio.run(story())
    assert _stored(store) == ["tea", "milk"]


def _stored(store: MemoryStore) -> Any:
    ((_, record),) = store.sessions(time.time())
    return json.loads(record.values["basket"])


def test_what_was_replaced_is_looked_at_no_more(table: SessionTable, browser: Browser) -> None:
    """As with a dict: whoever has taken the basket out and set another one may do with the old one as he likes."""
    replacements: list[Callable[[Session], object]] = [
        lambda session: session.write("basket", []),
        lambda session: session.update("basket", lambda _: []),
        lambda session: session.__setitem__("basket", []),
    ]
    for replace in replacements:
        session = table.open([])
        session["basket"] = ["tea"]
        bought = session["basket"]
        replace(session)
        bought.append("thanks")
        session.settle()
        assert (bought, session["basket"]) == (["tea", "thanks"], [])
        assert dict(table.open([browser(session)])) == {"basket": []}


def test_one_user_s_list_never_comes_to_another_one(table: SessionTable, browser: Browser) -> None:
    session = table.open([])
    session.rotate("alice", {"letters": ["to bob"]})
    letters = session["letters"]
    session.rotate("bob")
    letters.append("from alice")
    session.settle()
    assert dict(table.open([browser(session)])) == {}


def test_what_is_set_while_the_store_is_at_it_is_stored_too(store: MemoryStore) -> None:
    """By another task of the request: also where `update` has to begin again, as somebody else was quicker."""

    class Slow(Inline):
        async def write(self, key: bytes, change: Change, now: float) -> Outcome:
            await asyncio.sleep(0.01)
            return await super().write(key, change, now)

    async def story() -> None:
        table = AsyncSessionTable(Slow(store), cookie=SID)
        first = table.session([])
        await first.write("n", 0)
        cookie = first.set_cookies[-1].partition(";")[0]
        second = await table.open([cookie])
        second["a"], second["b"] = 1, [1]
        await first.update("n", lambda n: n + 1)
        assert await second.update("n", lambda n: n + 1) == 2
        settling = asyncio.create_task(second.settle())
        await asyncio.sleep(0.005)
        second["a"], second["c"] = 2, 3
        second["b"].append(2)
        await settling
        await second.settle()
        assert dict(await table.open([cookie])) == {"n": 2, "a": 2, "b": [1, 2], "c": 3}

    asyncio.run(story())


def test_a_change_of_one_value_leaves_the_others_alone(table: SessionTable, browser: Browser) -> None:
    """Two tabs: neither takes the other's value along, as a whole blob would."""
    first = table.open([])
    first.update(a=[1], b=[1])
    one, two = table.open([browser(first)]), table.open([browser(first)])
    one["a"].append(2)
    assert two["a"] == [1]
    two["b"].append(2)
    one.settle()
    two.settle()
    assert dict(table.open([browser(first)])) == {"a": [1, 2], "b": [1, 2]}


def test_only_what_has_changed_is_written(
    table: SessionTable, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = table.open([])
    first.update(a=[1], b={"x": 1}, c=3)
    second = table.open([browser(first)])
    assert (second["a"], second["b"], second["c"]) == ([1], {"x": 1}, 3)
    written: list[str] = []
    monkeypatch.setattr(Session, "_change", lambda session, key, change: written.append(change.name))
    second.settle()
    assert written == []


def test_what_cannot_be_stored_is_refused_where_it_is_set(table: SessionTable) -> None:
    session = table.open([])
    wrong: Any
    for wrong in ({1, 2}, object(), float("nan"), 10**5000, (1, 2), {1: 2}):
        with pytest.raises(SessionError, match="session value 'x'"):
            session["x"] = wrong
    for value in (1, None):
        with pytest.raises(SessionError, match="is no name of a session value"):
            session[""] = value
    assert "x" not in session
    assert "" not in session


def test_what_cannot_be_stored_any_more_is_refused_when_the_reply_begins(table: SessionTable, browser: Browser) -> None:
    first = table.open([])
    first["basket"] = ["tea"]
    first["basket"].append({1, 2})
    with pytest.raises(SessionError, match="session value 'basket' is no JSON"):
        first.settle()
    assert table.open([browser(first)])["basket"] == ["tea"]


@pytest.mark.parametrize("touch", [lambda s: s.update(a=2), lambda s: s.__setitem__("a", 2), lambda s: s.pop("a")])
def test_a_session_that_is_gone_is_not_brought_back(
    table: SessionTable, store: MemoryStore, browser: Browser, touch: Callable[[Session], Any]
) -> None:
    first = table.open([])
    first["a"] = 1
    late = table.open([browser(first)])
    table.open([browser(first)]).revoke()
    with pytest.raises(SessionGone):
        touch(late)
    assert len(store) == 0


def test_clear_is_a_logout(table: SessionTable, store: MemoryStore, browser: Browser) -> None:
    """As it is everywhere else. What is set afterwards, as a message, is in a session of its own."""
    first = table.open([])
    first.rotate("alice", {"a": 1})
    second = table.open([browser(first)])
    second.clear()
    assert (second.user, dict(second), len(store)) == (None, {}, 0)
    second["flash"] = "bye"
    third = table.open([browser(second)])
    assert (third.user, dict(third)) == (None, {"flash": "bye"})
    assert not table.open([browser(first)]).known


def test_update_of_one_value_with_a_function_is_one_step(table: SessionTable, browser: Browser) -> None:
    first = table.open([])
    one_more: Callable[[Any], Any] = lambda n: (n or 0) + 1  # noqa: E731 (as people write it)
    assert first.update("n", one_more) == 1
    assert table.open([browser(first)]).update("n", one_more) == 2
    first.update(n=7)
    assert table.open([browser(first)])["n"] == 7


def test_a_function_that_changes_what_it_is_given_and_returns_nothing_removes_nothing(table: SessionTable) -> None:
    session = table.open([])
    session["basket"] = ["tea"]
    message = (
        "the change of session value 'basket' changed what it was given and returned None, which would remove the value: "
        "return the new one, as lambda basket: [*basket, item]"
    )
    wrongs: list[Callable[[Any], Any]] = [
        lambda basket: basket.append("milk"),
        lambda basket: basket.clear(),
        lambda basket: basket.append({1, 2}),  # which could not be stored
        lambda basket: basket.sort(),  # it is sorted
        lambda basket: basket.extend([]),
        lambda basket: basket.__iadd__([]) and None,
    ]
    for wrong in wrongs:
        with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
            session.update("basket", wrong)
    assert session.read("basket") == ["tea"]
    assert type(session.update("basket", lambda basket: basket)) is list
    session["coupons"] = {"a": 1}
    for wrong in (lambda coupons: coupons.pop("b", None), lambda coupons: coupons.update(a=1)):
        with pytest.raises(SessionError, match="changed what it was given and returned None"):
            session.update("coupons", wrong)
    assert session.read("coupons") == {"a": 1}
    assert session.update("basket", lambda basket: None) is None
    assert "basket" not in session


def test_several_values_are_written_or_none(table: SessionTable, store: MemoryStore, browser: Browser) -> None:
    first = table.open([])
    with pytest.raises(SessionError, match="session value 'b' is no JSON"):
        first.write_many({"a": 1, "b": {1}})  # type: ignore[dict-item]
    assert len(store) == 0
    first.write_many({"a": 1, "b": [2]})
    first.write_many({"a": None, "c": 3})
    assert dict(table.open([browser(first)])) == {"b": [2], "c": 3}


def test_several_values_fit_together_or_none_is_written(store: MemoryStore, browser: Browser) -> None:
    """What makes room is written first, in whatever order it is given."""
    table = SessionTable(store, cookie=SID, max_bytes=1000)
    first = table.open([])
    first.write_many({"a": "x" * 900, "b": 1})
    with pytest.raises(SessionError, match=r"session value 'c' does not fit: .* max_bytes=1000"):
        first.write_many({"b": 2, "c": "y" * 500})
    assert first.read("b") == table.open([browser(first)]).read("b") == 1
    first.write_many({"c": "y" * 900, "a": "x"})
    first.write_many({"d": "z" * 900, "c": None})
    assert sorted(table.open([browser(first)])) == ["a", "b", "d"]


def test_sessions_are_told_apart_and_can_be_keys(table: SessionTable) -> None:
    one, two = table.open([]), table.open([])
    assert one != two
    assert len({one, two}) == 2
