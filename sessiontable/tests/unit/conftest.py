"""A clock that only moves when told, and a table that runs on it."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from sessiontable import Change, MemoryStore, Outcome, Record, Session, SessionTable, StoreUnavailable
from tests.plain import SID

type Browser = Callable[[Session], str]


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Counting(MemoryStore):
    """Counts look-ups and moved idle ends. `down` fails every call, `full` what writes to a session that is there."""

    reads = touches = 0
    down = full = False

    def read(self, key: bytes, now: float) -> Record | None:
        self.reads += 1
        self._fail()
        return super().read(key, now)

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        self._fail(self.full)
        return super().write(key, change, now)

    def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        self._fail(self.full)
        self.touches += 1
        return super().touch(key, expires_at, now)

    def delete(self, key: bytes) -> bool:
        self._fail()
        return super().delete(key)

    def _fail(self, full: bool = False) -> None:
        if self.down or full:
            raise StoreUnavailable("down" if self.down else "full")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> Counting:
    return Counting()


@pytest.fixture
def table(store: Counting, clock: Clock) -> SessionTable:
    return SessionTable(store, idle_timeout=100, absolute_timeout=1000, clock=clock, cookie=SID)


@pytest.fixture
def browser() -> Browser:
    """The Cookie header of a browser that took over the cookie which a session issued."""

    def header(session: Session) -> str:
        (line,) = session.set_cookies
        return line.partition(";")[0]

    return header
