"""What can be kept in a session: JSON, under printable names, up to a limit."""

import re
from typing import Any

import pytest

from sessiontable import Json, MemoryStore, SessionError, SessionGone, SessionTable, StoreUnavailable
from tests.plain import SID

from .conftest import Browser, Clock


@pytest.mark.parametrize("value", [(1, 2), {1: "a"}, {"a": (1,)}, [{None: 1}]])
def test_what_would_come_back_changed_is_refused(table: SessionTable, store: MemoryStore, value: object) -> None:
    with pytest.raises(SessionError, match=r"^session value 'x' would come back as .*: store it in that form$"):
        table.open([]).write("x", value)  # type: ignore[arg-type]
    assert len(store) == 0


@pytest.mark.parametrize("value", [{"a": object()}, b"bytes", float("inf"), {1, 2}])
def test_what_is_no_json_is_refused(table: SessionTable, store: MemoryStore, value: object) -> None:
    with pytest.raises(SessionError, match=r"^session value 'x' is no JSON \(.*\): use numbers, texts, lists, dicts$"):
        table.open([]).update("x", lambda _: value)  # type: ignore[type-var]
    assert len(store) == 0


@pytest.mark.parametrize("name", ["", "a\x00b", "line\nbreak", "\ud800", "x" * 201, None, 1])
def test_a_name_that_is_none_is_refused(table: SessionTable, name: object) -> None:
    message = f"{name!r} is no name of a session value: use 1 to 200 printable characters"
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        table.open([]).write(name, 1)  # type: ignore[arg-type]


def test_a_name_has_up_to_two_hundred_characters(table: SessionTable, browser: Browser) -> None:
    session = table.open([])
    session.write("ä" * 200, 1)
    assert table.open([browser(session)]).names() == ["ä" * 200]


def nested(deep: int, inner: Json, kind: type) -> Any:
    """`inner` within so many lists or dicts."""
    for _ in range(deep):
        inner = [inner] if kind is list else {"in": inner}
    return inner


@pytest.mark.parametrize("kind", [list, dict])
def test_values_are_nested_a_hundred_deep_at_most(table: SessionTable, browser: Browser, kind: type) -> None:
    """So that they can be read wherever they are. A list counts as one step, however many lists are beside each other."""
    first = table.open([])
    flat: Any = {"brackets": "[" * 101 + "{" * 101, "lists": [[]] * 101, "dicts": [{}] * 101}
    deep = nested(98, [[], {}] if kind is list else {"a": [], "b": {}}, kind)
    first.write_many({"flat": flat, "deep": deep})
    assert dict(table.open([browser(first)])) == {"flat": flat, "deep": deep}
    message = "session value 'x' is nested more than 100 deep: keep it flatter, or elsewhere"
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        first.write("x", nested(101, 1, kind))


@pytest.mark.parametrize("user", ["", None, True, 7.0, "\x1f7", "\ud800", "a\udfff"])
def test_a_user_must_be_named(table: SessionTable, store: MemoryStore, user: object) -> None:
    with pytest.raises(
        SessionError, match=r"^user is .*: give the name or number of who logged in, as an int, or as a text"
    ):
        table.open([]).rotate(user)  # type: ignore[arg-type]
    assert len(store) == 0


def test_a_session_has_a_limit(store: MemoryStore, clock: Clock, browser: Browser) -> None:
    """1. names and values count, in bytes 2. the first value too 3. what does not fit changes nothing 4. removal fits."""
    table = SessionTable(store, max_bytes=12, clock=clock, cookie=SID)
    session = table.open([])
    message = (
        "session value 'a' does not fit: session to be would take more than max_bytes=12; "
        "keep large things elsewhere and their key here, or raise max_bytes"
    )
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        session.write("a", "1234567890")
    assert len(store) == 0
    session.write("a", "12345")
    session.write("ä", 77)
    with pytest.raises(SessionError, match=f"^session value 'a' does not fit: session {session.label} would"):
        session.write("a", "123456")
    after = table.open([browser(session)])
    assert (after.read("a"), after.read("ä")) == ("12345", 77)
    after.write("a", None)
    after.write("ä", "abcdefgh")
    assert table.open([browser(session)]).names() == ["ä"]


def test_requests_at_once_cannot_pass_the_limit_together(store: MemoryStore, clock: Clock, browser: Browser) -> None:
    table = SessionTable(store, max_bytes=12, clock=clock, cookie=SID)
    first = table.open([])
    first.write("a", 1)
    one, two = table.open([browser(first)]), table.open([browser(first)])
    one.write("b", 12345)
    with pytest.raises(SessionError, match="does not fit"):
        two.write("c", 12345)


@pytest.mark.parametrize("most", [0, -1])
def test_a_limit_that_lets_nothing_in_is_refused(most: int) -> None:
    message = f"max_bytes is {most}: give the bytes that one session may take, a whole number, 1 or more"
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        SessionTable(MemoryStore(), max_bytes=most, cookie=SID)


def test_nothing_removed_is_nothing_begun(table: SessionTable, store: MemoryStore) -> None:
    session = table.open([])
    session.write("x", None)
    session.update("x", lambda _: None)
    assert len(store) == 0
    assert session.set_cookies == ()


def test_an_update_sees_the_newest_value(table: SessionTable, browser: Browser) -> None:
    """Not the one of when its request came in; and it does not undo a removal."""
    first = table.open([])
    first.write("n", 1)
    late = table.open([browser(first)])
    table.open([browser(first)]).write("n", None)
    assert late.update("n", lambda value: [value]) == [None]
    assert table.open([browser(first)]).read("n") == [None]


def test_an_update_that_others_always_overtake_gives_up(table: SessionTable, browser: Browser) -> None:
    first = table.open([])
    first.write("n", 0)
    late, tries = table.open([browser(first)]), 0

    def change(value: int) -> int:
        nonlocal tries
        tries += 1
        first.write("n", tries)
        return -1

    message = "session value 'n' was changed by others 1000 times during one update: try again later"
    with pytest.raises(StoreUnavailable, match=f"^{re.escape(message)}$"):
        late.update("n", change)
    assert (tries, first.read("n")) == (1000, 1000)


def test_an_update_of_a_session_that_ended_meanwhile(table: SessionTable, browser: Browser) -> None:
    """It ended between two tries of the update."""
    first = table.open([])
    first.write("n", 1)
    late = table.open([browser(first)])

    def end_it(value: object) -> int:
        other = table.open([browser(first)])
        other.write("n", 2)
        other.revoke()
        return 3

    with pytest.raises(SessionGone):
        late.update("n", end_it)


def test_what_a_login_asked_for_is_none_of_the_values(table: SessionTable, browser: Browser) -> None:
    """It is kept among them, under the one name that no value can have."""
    first = table.open([])
    first.rotate("alice", {"a": 1}, device="Firefox")
    for session in (first, table.open([browser(first)])):
        assert (dict(session), len(session), "" in session, session.read("")) == ({"a": 1}, 1, False, None)
        with pytest.raises(KeyError):
            session[""]
        with pytest.raises(KeyError):
            del session[""]
