"""Tables for the adapters, one browser's cookie, and a store that can be told to fail."""

from collections.abc import Callable

import pytest

from sessiontable import AsyncSessionTable, Change, MemoryStore, Outcome, Record, SessionTable, StoreUnavailable
from tests.plain import SID

type LogIn = Callable[[str], str]
"""Logs a user in and returns the cookie, as `name=value`."""


class Failing(MemoryStore):
    """A memory store that answers until `down`."""

    down = False

    def read(self, key: bytes, now: float) -> Record | None:
        self._fail()
        return super().read(key, now)

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        self._fail()
        return super().write(key, change, now)

    def _fail(self) -> None:
        if self.down:
            raise StoreUnavailable("the store is down: start it")


@pytest.fixture
def store() -> Failing:
    return Failing()


@pytest.fixture
def table(store: Failing) -> SessionTable:
    return SessionTable(store, cookie=SID)


@pytest.fixture
def async_table(store: Failing) -> AsyncSessionTable:
    return AsyncSessionTable(store, cookie=SID)


@pytest.fixture
def log_in(table: SessionTable) -> LogIn:
    def log_in(user: str) -> str:
        session = table.open([])
        session.rotate(user)
        return session.set_cookies[0].partition(";")[0]

    return log_in
