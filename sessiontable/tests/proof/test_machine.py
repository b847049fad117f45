"""The session table against its model, on every store and through both faces."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from sessiontable.logic.inline import finish

from .faults import NONE
from .lives import LONG, lead_lives
from .places import Memory, Place, SQLite

MINUTES = 20


@pytest.fixture
def run(face: str) -> Iterator[Any]:
    """What gets the result of a table's method."""
    if face == "threads":
        yield finish
        return
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.mark.timeout(60 * MINUTES if LONG else 120)
@pytest.mark.parametrize("face", ["threads", "asyncio"])
def test_the_table_does_what_the_model_does(place: Place, face: str, run: Any) -> None:
    """Ids, users, values, ends, lists, headers and the bytes at rest, after each of some dozen moves of a life."""
    short, long = (60, 1500) if isinstance(place, Memory) else (20, 150) if isinstance(place, SQLite) else (7, 150)
    lead_lives(place, face, NONE, run, long if LONG else short)
