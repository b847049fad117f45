"""Which writes were begun, and which the file took, in which order: what the queue itself must do, whatever they mean."""

import sqlite3
from asyncio import Future
from collections.abc import Callable
from typing import Any

from sessiontable import Change, Outcome, Record
from sessiontable.sqlite.steps import Connection

from ..passing import Passing
from ..verdicts import broken, holds

type Call = tuple[str, tuple[Any, ...]]
"""A step's name, and the first two things that it is given, which no other step is given."""
STEPS = ("create", "write", "touch", "move", "delete")


class Ledger:
    """`turns`: how often the store has begun to write something, or had a thread do so."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, Call]] = []
        """Each with its loop."""
        self.committed: list[Call] = []
        self.turns = 0

    def judge(self) -> None:
        """Each write is in the file once at the most, and those of a loop in the order of their begin. Raises Broken."""
        left: list[tuple[int, Call] | None] = [*self.begun]
        last = dict[int, int]()
        for call in self.committed:
            at = next((at for at, each in enumerate(left) if each and each[1] == call), None)
            if at is None:
                broken("durability", f"{call} was done twice: {self.committed}, begun were {self.begun}")
            loop, left[at] = self.begun[at][0], None
            holds("order", last.get(loop, -1) < at, f"{call} was overtaken: {self.committed}, begun were {self.begun}")
            last[loop] = at


class Noted(Passing):
    """In front of the store: notes what is begun, and what a request hears."""

    def __init__(self, inner: Any, begun: Callable[[Call], None], heard: Callable[[object], None]) -> None:
        super().__init__(inner)
        self._begun, self._heard = begun, heard

    def _hear[Answer](self, answer: Answer) -> Answer:
        self._heard(answer)
        return answer

    async def create(self, key: bytes, record: Record, now: float) -> None:
        self._begun(("create", (key, record)))
        self._hear(await super().create(key, record, now))  # type: ignore[func-returns-value]

    async def read(self, key: bytes, now: float) -> Record | None:
        return self._hear(await super().read(key, now))

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        self._begun(("write", (key, change)))
        return self._hear(await super().write(key, change, now))

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        self._begun(("touch", (key, expires_at)))
        return self._hear(await super().touch(key, expires_at, now))

    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        self._begun(("move", (old, new)))
        return self._hear(await super().move(old, new, record, now, trail_until))

    async def delete(self, key: bytes) -> bool:
        self._begun(("delete", (key,)))
        return self._hear(await super().delete(key))

    def __getattr__(self, name: str) -> Any:
        """`begin_write`, of a store that has it."""
        if name != "begin_write":
            raise AttributeError(name)
        begin = self.inner.begin_write  # type: ignore[attr-defined]

        def begin_write(key: bytes, change: Change, now: float) -> Future[Outcome]:
            self._begun(("write", (key, change)))
            future: Future[Outcome] = begin(key, change, now)
            future.add_done_callback(lambda done: None if done.cancelled() else self._heard(done))
            return future

        return begin_write


class Watched(Connection):
    """A connection of the store's: tells what it has committed, and asks before it does.

    `before_commit` hears how many steps it is that are committed; `before_read` comes before what is no transaction's;
    both may raise. `pages`: so large the file may get.
    """

    def __init__(
        self, *args: Any, ledger: Callable[[], Ledger], before_commit: Any, before_read: Any, pages: int, **named: Any
    ) -> None:
        super().__init__(*args, **named)
        self._ledger, self._before_commit, self._before_read = ledger, before_commit, before_read
        self.did: list[Call] = []
        if pages:
            super().execute(f"PRAGMA max_page_count = {pages}")

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        if not sql.lstrip().startswith(("SELECT", "PRAGMA")):
            self._ledger().turns += 1
        if sql.startswith("BEGIN"):
            self.did = []
        if sql == "COMMIT":
            self._before_commit(len(self.did))
        cursor = super().execute(sql, *given)
        if sql == "COMMIT":
            self.take()
        return cursor

    def before_read(self) -> None:
        """Of what is no part of a transaction."""
        if not self.in_transaction:
            self._before_read()

    def take(self) -> None:
        """What was done is in the file."""
        self._ledger().committed += self.did
        self.did = []


def noting(name: str) -> Any:
    """The step of this name, which tells a `Watched` connection that it was done."""
    usual = getattr(Connection, name)

    def step(self: Connection, *given: Any) -> Any:
        if isinstance(self, Watched) and not self.in_transaction:
            self.did = []  # what an abandoned transaction has left
        answer = usual(self, *given)
        if isinstance(self, Watched):
            self.did.append((name, given[: 1 if name == "delete" else 2]))
            if not self.in_transaction:
                self.take()
        return answer

    return step


def reading() -> Any:
    """The step that reads, which asks a `Watched` connection before."""
    usual = Connection.read

    def step(self: Connection, *given: Any) -> Any:
        if isinstance(self, Watched):
            self.before_read()
        return usual(self, *given)

    return step
