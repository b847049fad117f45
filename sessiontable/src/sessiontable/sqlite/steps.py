"""What the SQLite store does to its file: each method is one step, which happens as a whole or not at all."""

import json
import re
import sqlite3
from typing import Any

from ..store import Change, Outcome, Record, changed

VERSION = 1
TABLES = """
CREATE TABLE sessions (
    key BLOB PRIMARY KEY,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    user TEXT,
    texts TEXT NOT NULL,
    leads_to BLOB
) WITHOUT ROWID;
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE INDEX sessions_by_user ON sessions (user) WHERE user IS NOT NULL
"""
"""`texts` is a JSON object: the JSON text of each value by its name. A row with `leads_to` is a trail."""

_READ = """
SELECT created_at, expires_at, user, texts FROM sessions WHERE key = ? AND expires_at > ? AND leads_to IS NULL"""
_WRITE = "UPDATE sessions SET texts = changed(texts) WHERE key = ? AND expires_at > ? AND leads_to IS NULL"
_SET = """
UPDATE sessions SET texts = json_set(texts, ?, ?)
WHERE key = ? AND expires_at > ? AND leads_to IS NULL AND length(texts) <= ?"""
_REMOVE = """
UPDATE sessions SET texts = json_remove(texts, ?) WHERE key = ? AND expires_at > ? AND leads_to IS NULL"""
_SET_SAME = _SET + " AND json_extract(texts, ?) IS ?"
_REMOVE_SAME = _REMOVE + " AND json_extract(texts, ?) IS ?"
_TOUCH = """
UPDATE sessions SET expires_at = max(expires_at, ?) WHERE key = ? AND expires_at > ? AND leads_to IS NULL"""
_INSERT = "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?)"
_TRAIL = "SELECT leads_to FROM sessions WHERE key = ? AND expires_at > ? AND leads_to IS NOT NULL"
_DELETE_SESSION = "DELETE FROM sessions WHERE key = ? AND leads_to IS NULL"
_DELETE = "DELETE FROM sessions WHERE key = ?"
_OF_USER = """
SELECT key, created_at, expires_at, user, texts FROM sessions
WHERE user = ? AND expires_at > ? AND leads_to IS NULL"""
_AFTER = """
SELECT key, created_at, expires_at, user, texts FROM sessions
WHERE key > ? AND expires_at > ? AND leads_to IS NULL ORDER BY key LIMIT ?"""
_DROP = """
DELETE FROM sessions WHERE key IN (SELECT key FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)"""

_pack = json.JSONEncoder(separators=(",", ":")).encode
_decode: Any = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
_plain = re.compile(r"[ !#-\[\]-~]+").fullmatch
"""A name that stands in a path of SQLite's as it is. Others, with quotes, backslashes or letters beyond ASCII, do not in
all releases."""


def _unpack(texts: str) -> dict[str, str]:
    values: dict[str, str] = _decode(texts, 0)[0]
    return values


class _Pen:
    """The change in hand. It must not know its connection: neither would ever be freed."""

    change: Change
    outcome: Outcome

    def changed(self, texts: str) -> str:
        self.outcome, values = changed(_unpack(texts), self.change)
        return _pack(values) if self.outcome is Outcome.DONE else texts


class Connection(sqlite3.Connection):
    """A connection to the sessions, which knows the SQL function `changed(texts)`.

    So a write is one statement, and what a change means is told in one place, whatever the names and values are.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._pen = _Pen()
        self.create_function("changed", 1, self._pen.changed)
        self._reading = self.cursor().execute
        """Of a cursor that is kept: to make one takes a tenth of a look-up. One row at the most, or it would stay open."""

    def create(self, key: bytes, record: Record, now: float, sweeping: int) -> None:
        if sweeping:
            self.drop(now, sweeping)
        self._insert(key, record)

    def read(self, key: bytes, now: float) -> Record | None:
        row = self._reading(_READ, (key, now)).fetchone()
        return None if row is None else Record(row[0], row[1], row[2], _decode(row[3], 0)[0])

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        if self._set(key, change, now):
            return Outcome.DONE
        pen = self._pen
        pen.change, pen.outcome = change, Outcome.ABSENT
        self.execute(_WRITE, (key, now))
        if pen.outcome is Outcome.ABSENT and self.execute(_TRAIL, (key, now)).fetchone():
            return Outcome.MOVED
        return pen.outcome

    def _set(self, key: bytes, change: Change, now: float) -> bool:
        """The same in SQLite's own words, which takes half the time, where they mean the same for sure and nothing stands
        in the way; False: nothing was done.

        The packed text is at least as long as the values' bytes together, so what fits by its length does fit.
        """
        name, value, limit, checked, before = change
        text = "" if value is None else value
        if not (text.isascii() and _plain(name)) or "\0" in text or not (before is None or before.isascii()):
            return False
        path = f'$."{name}"'
        seen = (path, before) if checked else ()
        if value is None:
            return self.execute(_REMOVE_SAME if checked else _REMOVE, (path, key, now, *seen)).rowcount > 0
        room = limit - len(name) - len(text)
        return self.execute(_SET_SAME if checked else _SET, (path, value, key, now, room, *seen)).rowcount > 0

    def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        return self.execute(_TOUCH, (expires_at, key, now)).rowcount > 0

    def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        if self.in_transaction:
            return self._moved(old, new, record, now, trail_until)
        self.execute("BEGIN IMMEDIATE")
        after = self._moved(old, new, record, now, trail_until)
        self.execute("COMMIT")
        return after

    def _moved(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        before = self.read(old, now)
        if before is None:
            trail = self.execute(_TRAIL, (old, now)).fetchone()
            before = self.read(trail[0], now) if trail else None
            if before is None or before.user is None or before.user != record.user:
                return None
            self.execute(_DELETE, (old,))
            (old,) = trail
        kept = before.values if before.user in (None, record.user) else {}
        after = Record(record.created_at, record.expires_at, record.user, {**kept, **record.values})
        self.execute(_DELETE, (old,))
        if trail_until > now:
            self.execute(_INSERT, (old, now, trail_until, None, "{}", new))
        self._insert(new, after)
        return after

    def delete(self, key: bytes) -> bool:
        if self.execute(_DELETE_SESSION, (key,)).rowcount:
            return True
        self.execute(_DELETE, (key,))  # a trail
        return False

    def of_user(self, user: str, now: float) -> list[tuple[bytes, Record]]:
        return [_item(row) for row in self.execute(_OF_USER, (user, now))]

    def after(self, key: bytes, now: float, limit: int) -> list[tuple[bytes, Record]]:
        """The next living sessions in the order of their keys."""
        return [_item(row) for row in self.execute(_AFTER, (key, now, limit))]

    def drop(self, now: float, limit: int) -> int:
        """Throw away the sessions and trails that expired first; how many it were."""
        return self.execute(_DROP, (now, limit)).rowcount

    def _insert(self, key: bytes, record: Record) -> None:
        texts = _pack(dict(record.values))
        self.execute(_INSERT, (key, record.created_at, record.expires_at, record.user, texts, None))


def _item(row: tuple[bytes, float, float, str | None, str]) -> tuple[bytes, Record]:
    return row[0], Record(row[1], row[2], row[3], _unpack(row[4]))
