"""The file that all plays of a program are made on, and what stands in for time, threads and ids meanwhile."""

import json
import sqlite3
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sessiontable import Record
from sessiontable.basics.ids import key_of
from sessiontable.logic import session as session_module
from sessiontable.sqlite import SQLiteStore, file, group
from sessiontable.sqlite.steps import Connection

from ..faults import NONE
from ..model import ABSOLUTE, IDLE
from ..variant import table_on
from .ledger import STEPS, Noted, Watched, noting, reading
from .play import Play
from .programs import Story
from .search import Choose

START = 1_000_000.0
HERE, THERE = f"h{0:042d}", f"t{0:042d}"
_TIDY = 100  # plays


class Bench:
    """`play` plays a story once. All is put back when the context ends."""

    def __init__(self, folder: Path, story: Story) -> None:
        self.folder, self.story = folder, story
        self.now = START + story.later
        self._plays = count(1)
        self.ends = set[Hashable]()
        """What came out of the plays, each once."""
        self._play: Play

    @contextmanager
    def set_up(self) -> Iterator["Bench"]:
        with ExitStack() as stack:
            self._store = stack.enter_context(SQLiteStore(self.folder / "sessions.db"))
            self._other = sqlite3.connect(
                self.folder / "sessions.db", isolation_level=None, timeout=0, factory=Connection
            )
            stack.callback(self._other.close)
            self._other.execute("PRAGMA synchronous = OFF")
            self._other.execute("PRAGMA wal_autocheckpoint = 0")
            self._watch(self._store._file)
            for name in STEPS:
                stack.enter_context(patch.object(Connection, name, noting(name)))
            stack.enter_context(patch.object(Connection, "read", reading()))
            stack.enter_context(patch.object(file, "sleep", lambda _: self._play.workers.sleep()))
            stack.enter_context(
                patch.object(file, "monotonic", lambda: self._play.workers.now if hasattr(self, "_play") else 1.0)
            )
            stack.enter_context(patch.object(session_module, "new_id", self._new_id))
            if self.story.most is not None:
                stack.enter_context(patch.object(group, "_MOST", self.story.most))
            yield self

    def _watch(self, place: Any) -> None:
        pages = self._other.execute("PRAGMA page_count").fetchone()[0] if self.story.full else 0
        place._kind = partial(
            Watched,
            ledger=lambda: self._play.ledger,
            before_commit=self._before_commit,
            before_read=self._before_read,
            pages=pages,
        )
        place.durable = self.story.durable
        place.log.count = lambda writes=1: None  # else it is moved by a thread, now and then
        place.close_idle()

    def _new_id(self) -> str:
        return self._play.new_id()

    def _before_commit(self, steps: int) -> None:
        if self._play.workers.before_commit(steps):
            raise _error("database or disk is full", sqlite3.SQLITE_FULL)

    def _before_read(self) -> None:
        if hasattr(self, "_play") and self._play.workers.before_read():
            raise _error("database is locked", sqlite3.SQLITE_BUSY)

    def play(self, choose: Choose) -> None:
        """Once. Raises Broken."""
        self._begin_anew()
        self._play = play = Play(self.story, (HERE, THERE), self.now, self._other, self._see)
        self._store._file._writing = play.workers.gate  # type: ignore[assignment]

        def front(inner: Any) -> Noted:
            return Noted(inner, play.begins, play.hears)

        play.table = table_on(self._store, "asyncio", NONE, lambda: self.now, front)
        play.play(choose)
        self.ends.add(play.came_out)

    def play_blindly(self, choose: Callable[[int], int]) -> None:
        """The same, for a schedule that knows nothing of states."""
        self.play(lambda options, _: choose(options))

    def _begin_anew(self) -> None:
        self._store._begun = count(1)
        if next(self._plays) % _TIDY == 0:
            self._other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._other.execute("DELETE FROM sessions")
        for number, (session_id, user) in enumerate([(HERE, self.story.user), (THERE, "alice")]):
            began = START + number * 0.001
            end = min(began + IDLE, began + ABSOLUTE)
            self._other.create(key_of(session_id), Record(began, end, user, {"n": "0"}), START, 0)
        self._ids = {key_of(each): each for each in (HERE, THERE)}

    def _see(self) -> dict[str, Any]:
        """Every session in the file, by its id."""
        issued = self._play.issued.values() if hasattr(self, "_play") else ()
        ids = self._ids | {key_of(each): each for some in issued for each in some}
        return {
            ids.get(key, key.hex()): (record.user, {name: json.loads(text) for name, text in record.values.items()})
            for key, record in self._other.after(b"", self.now, 100)
        }


def _error(text: str, code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error
