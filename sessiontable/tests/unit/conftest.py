"""A clock that only moves when told, and a table that runs on it."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from sessiontable import MemoryStore, Session, SessionTable
from tests.plain import SID

type Browser = Callable[[Session], str]


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def table(store: MemoryStore, clock: Clock) -> SessionTable:
    return SessionTable(store, idle_timeout=100, absolute_timeout=1000, clock=clock, cookie=SID)


@pytest.fixture
def browser() -> Callable[[Session], str]:
    """The Cookie header of a browser that took over the cookie which a session issued."""

    def header(session: Session) -> str:
        (line,) = session.set_cookies
        return line.partition(";")[0]

    return header
