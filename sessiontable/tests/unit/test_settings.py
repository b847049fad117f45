"""What a table is told when it is made: limits that make no sense are refused, and those of the cookie are used."""

import re
from datetime import timedelta
from typing import Any

import pytest

from sessiontable import Cookie, MemoryStore, SessionError, SessionTable
from tests.plain import SID


@pytest.mark.parametrize("wrong", [0, -1, 0.5, 10.0, float("nan"), True, "10", timedelta(minutes=30), None])
@pytest.mark.parametrize("name", ["idle_timeout", "absolute_timeout"])
def test_timeouts_that_make_no_sense_are_refused(name: str, wrong: Any) -> None:
    settings: dict[str, Any] = {"idle_timeout": 5, "absolute_timeout": 10, name: wrong}
    message = (
        f"{name} is {wrong!r}: give a whole number of seconds, 1 or more, as in {name}=1800 "
        "(an int, as int(delta.total_seconds()) makes it of a timedelta)"
    )
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        SessionTable(MemoryStore(), cookie=SID, **settings)


def test_idle_is_no_longer_than_absolute() -> None:
    with pytest.raises(
        SessionError, match=r"^idle_timeout is 11 s and absolute_timeout 10 s: idle must not be longer$"
    ):
        SessionTable(MemoryStore(), idle_timeout=11, absolute_timeout=10, cookie=SID)


def test_the_cookie_settings_are_used(store: MemoryStore) -> None:
    table = SessionTable(store, cookie=Cookie("id", max_age=7, secure=True))
    session = table.open([])
    session.write("x", 1)
    (line,) = session.set_cookies
    assert re.fullmatch(r"__Host-id=[\w-]{43}; Max-Age=7; Path=/; HttpOnly; SameSite=Lax; Secure", line)
