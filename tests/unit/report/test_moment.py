"""What the story says of a step, and that the moment of a mix-up is marked."""

import pytest

from cookielab.judging.events import Request, ServerClock, UnderWay, View
from cookielab.report.story import Cell, cell, meanwhile, rows
from tests.unit.judging.tale import Tale

OWNERS = {"c-0123456789ab": "alice", "c-ba9876543210": "bob"}


def last(tale: Tale) -> Cell:
    return cell(tale.events[-1], OWNERS)  # type: ignore[arg-type]


def read(note: str | None, canary: str = "c-0123456789ab") -> Cell:
    tale = Tale()
    tale.ask("alice", "read", canary=canary, note=note, user="alice")
    return last(tale)


def test_a_note_is_ones_own_another_s_or_an_old_one() -> None:
    assert read("c-0123456789ab") == Cell("own note", good=True)
    assert read("c-ba9876543210") == Cell("bob's note", good=False)
    assert read("c-0123456789ab", canary="c-111111111111") == Cell("an old note", good=False)
    assert read(None) == Cell("no note", good=False)


def test_who_has_not_logged_in_and_is_taken_for_somebody() -> None:
    for user, good in (("alice", False), (None, None)):
        tale = Tale()
        tale.ask("bob", "whoami", claims="", user=user, known=True)
        assert last(tale) == Cell(user or "nobody", good)


def test_what_happens_besides_is_told_where_it_happens() -> None:
    tale = Tale()
    tale.ask("alice", "change_password", succeeded=True)
    tale.clock(7200)
    tale.ask("alice", "whoami", user="alice")
    assert [row.text for row in rows([tale.events])] == [
        "alice changes the password", "The server's clock is moved on by 7200 s.", "alice asks: who am I?"
    ]  # fmt: skip


def test_a_request_that_is_under_way() -> None:
    begun = UnderWay(person="alice", action="visit", state="begun", gate="answered")
    assert meanwhile(begun) == "(alice's visit is under way: held at the gate answered)"
    assert meanwhile(UnderWay(person="alice", action="visit", state="begun")) == (
        "(alice's visit is under way: this server has no gates)"
    )
    assert meanwhile(UnderWay(person="alice", action="visit", state="goes on")) == "(alice's visit goes on)"
    assert meanwhile(ServerClock(seconds=60.0, idle=1, life=2)) == "The server's clock is moved on by 60 s."


def asked(claims: str | None, user: str | None, action: str = "whoami") -> Request:
    return Request(
        person="bob", host="bob", action=action, method="GET", url="http://server.lab.test:9001/whoami", claims=claims,
        status=200, view=View(user=user),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "user", "shown"),
    [
        ("bob", "bob", Cell("bob", good=True)),
        ("bob", "alice", Cell("alice", good=False)),
        ("bob", None, Cell("nobody", good=False)),
        (None, None, Cell("nobody", good=None)),
        (None, "alice", Cell("alice", good=False)),  # as in roam and port-reuse
    ],
)
def test_who_one_is(claims: str | None, user: str | None, shown: Cell) -> None:
    assert cell(asked(claims, user), {}) == shown
