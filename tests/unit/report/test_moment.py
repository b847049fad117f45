"""The moment of a mix-up is marked in the story, also where nothing but `whoami` shows it."""

import pytest

from cookielab.judging.events import Request, View
from cookielab.report.story import Cell, cell


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
