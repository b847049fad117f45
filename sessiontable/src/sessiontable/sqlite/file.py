"""An SQLite file that threads and processes work on: its connections, what may be wrong with it, how to wait for it.

Waiting is not left to SQLite: it would block an event loop, and its pauses grow to 100 ms.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any, NoReturn
from urllib.parse import quote
from weakref import WeakSet

from ..errors import SessionError, StoreUnavailable
from .log import Log
from .place import Place

_APPLICATION = 0x436B4C62  # "CkLb", in the header of the file
_FIRST_PAUSE, _LONGEST_PAUSE = 0.0002, 0.001  # seconds between two tries at a locked file
_BETWEEN_LOOKS = 0.02  # seconds until a call looks again whether all files are still there; each write looks at its own
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_REPLACE = "stop the server and restore the file from a copy, or name another file, and everybody logs in again"
_REMEDIES = {
    sqlite3.SQLITE_FULL: "free space on its disk",
    sqlite3.SQLITE_READONLY: "let this user write to the file and to its folder",
    sqlite3.SQLITE_CANTOPEN: "let this user write to its folder, and see that enough files may be open",
    sqlite3.SQLITE_IOERR: "see what the system says of its disk",
    sqlite3.SQLITE_CORRUPT: _REPLACE,
    sqlite3.SQLITE_NOTADB: _REPLACE,
}


class Locked(Exception):
    """Somebody else is writing; nothing was done."""


class LockedTooLong(StoreUnavailable):
    """Somebody else was writing all the time; nothing was done."""


class SQLiteFile[Connection: sqlite3.Connection]:
    """Connections to one file: each serves one call at a time, and there are as many as there are calls at a time.

    `tables` is what an empty file gets, `version` theirs; `durable` makes each write wait for the disk.
    Raises SessionError, naming the file and the remedy, where it cannot serve.
    """

    def __init__(
        self, kind: type[Connection], path: str | Path, tables: str, version: int, *, busy_timeout: float, durable: bool
    ) -> None:
        self.place = Place(path)
        self.path, self.busy_timeout, self.durable = self.place.path, busy_timeout, durable
        self._kind, self._synchronous = kind, "FULL" if durable else "NORMAL"
        self._idle: list[Connection] = []
        self._anchor: Connection | None = None
        """Serves nobody: while it is open, the log and its index are there, also on a disk that is full by now."""
        self.new_locks()
        self._closed, self._next_look = False, float("inf")
        self.log = Log(self.checkpoint, self.place.sync, lambda: self.write(self._move_alone))
        try:
            self.read(self._prepare, tables, version)
            self._next_look = 0.0
            self._hold(self._idle.pop())
        except (StoreUnavailable, SessionError) as error:
            self.close()
            raise SessionError(str(error)) from error
        _files.add(self)

    def read[*Given, Result](self, step: Callable[[Connection, *Given], Result], *given: *Given) -> Result:
        """What a step gives that writes nothing, or that other threads need not wait for."""
        began, pause = 0.0, _FIRST_PAUSE
        while True:
            try:
                return self.read_at_once(step, *given)
            except Locked:
                now = monotonic()
                began = began or now
                if now - began >= self.busy_timeout:
                    raise self._locked() from None
                sleep(pause)
                pause = min(pause * 1.5, _LONGEST_PAUSE)

    def write[*Given, Result](self, step: Callable[[Connection, *Given], Result], *given: *Given) -> Result:
        """What a step gives that writes, one thread after the other."""
        if not self._writing.acquire(timeout=self.busy_timeout):
            raise self._locked()
        try:
            result = self.read(step, *given)
        finally:
            self._writing.release()
        self._written()
        return result

    def read_at_once[*Given, Result](self, step: Callable[[Connection, *Given], Result], *given: *Given) -> Result:
        """The same as `read`, but raises Locked where it would have to wait."""
        if monotonic() >= self._next_look:
            self._look()
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            result = step(connection, *given)
        except BaseException as error:
            self._failed(connection, error)
        self._idle.append(connection)
        if self._closed:
            self.close_idle()
        return result

    def write_at_once[*Given, Result](self, step: Callable[[Connection, *Given], Result], *given: *Given) -> Result:
        """The same as `write`, but raises Locked where it would have to wait."""
        if not self._writing.acquire(blocking=False):
            raise Locked
        try:
            result = self.read_at_once(step, *given)
        finally:
            self._writing.release()
        self._written()
        return result

    def _written(self) -> None:
        """What was written is acknowledged only if it is in the file that others see."""
        self.place.check_file()
        self.log.count()

    def _look(self) -> None:
        self.place.check()  # where it raises it does so again at the next call
        self._next_look = monotonic() + _BETWEEN_LOOKS

    def checkpoint(self) -> int:
        """Move what is in the log into the file, beside all writers; how many pages the log has."""
        with suppress(Locked, StoreUnavailable):  # no harm: the next one moves all
            query = "PRAGMA wal_checkpoint(PASSIVE)"
            ((_, pages, _),) = self.read_at_once(lambda connection: connection.execute(query).fetchall())
            return int(pages)
        return 0

    def _move_alone(self, connection: Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        self.checkpoint()  # by another connection
        connection.execute("ROLLBACK")

    def new_locks(self) -> None:
        """Threads queue here, so only processes have to try again and again. A child has none of its parent's threads."""
        self._writing, self._opening = Lock(), Lock()

    def pause(self) -> None:
        """Wait for a checkpoint that is under way, and close all connections that nobody uses now."""
        self.log.wait()
        self.close_idle()
        with self._opening:
            if self._anchor is not None:
                self._anchor.close()
                self._anchor = None
                self.place.forget_log()

    def close(self) -> None:
        """Close all connections, those in use when their call ends. Later calls raise StoreUnavailable."""
        self._closed = True
        self.pause()

    def close_idle(self) -> None:
        """Close the connections that nobody uses now."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _failed(self, connection: Connection, error: BaseException) -> NoReturn:
        """Raises what a step has raised, in our words. A connection that can go on is kept."""
        failure = self._failure(error) if isinstance(error, sqlite3.Error) else error
        try:
            if connection.in_transaction:
                connection.rollback()
            usable = isinstance(failure, Locked) or not isinstance(failure, StoreUnavailable)
        except sqlite3.Error:
            usable = False
        if usable and not self._closed:
            self._idle.append(connection)
        else:  # in what state it is nobody knows
            connection.close()
        raise failure from error if failure is not error else None

    def _connect(self) -> Connection:
        if self._closed:
            raise StoreUnavailable(f"session file {self.path}: this store has been closed; open another one")
        if self._anchor is None and self._next_look != float("inf"):
            connection = self._open()
            try:
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # opens the log
                self._hold(connection)
            except sqlite3.Error as error:
                connection.close()
                raise self._failure(error) from error
        connection = self._open()
        try:
            self.place.check_file()
        except StoreUnavailable:
            connection.close()
            raise
        return connection

    def _hold(self, connection: Connection) -> None:
        """Make this connection the one that serves nobody, unless there is one."""
        with self._opening:
            if self._anchor is None and not self._closed:
                try:
                    self.place.remember()
                except StoreUnavailable:
                    connection.close()
                    raise
                self._anchor = connection
                return
        connection.close()

    def _open(self) -> Connection:
        try:
            connection = sqlite3.connect(
                f"file:{quote(str(self.path))}?mode=rw",  # never makes a file, which would be without tables
                uri=True,
                timeout=0,
                isolation_level=None,
                check_same_thread=False,
                factory=self._kind,
            )
        except sqlite3.Error as error:
            raise self._failure(error) from error
        try:
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")  # reads, and may meet a lock
            connection.execute("PRAGMA wal_autocheckpoint = 0")
        except sqlite3.Error as error:
            connection.close()
            raise self._failure(error) from error
        return connection

    def _prepare(self, connection: Connection, tables: str, version: int) -> None:
        """Make the tables where there are none. Another process may be at it, too."""
        connection.execute("BEGIN")  # all three looks must be at one moment: between two of them the other may be done
        new = self._is_new(connection, version)
        connection.execute("COMMIT")
        if new:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            if mode != "wal":
                raise SessionError(f"session file {self.path}: no write-ahead log here ({mode}): use a local disk")
            connection.execute("BEGIN IMMEDIATE")
            if self._is_new(connection, version):
                for statement in tables.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {version}")
            connection.execute("COMMIT")

    def _is_new(self, connection: Connection, version: int) -> bool:
        ((application,), (found,), (tables,)) = (
            connection.execute(query).fetchone()
            for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_schema")
        )
        if not (application or found or tables):
            return True
        if application != _APPLICATION:
            raise SessionError(f"session file {self.path} is the database of another program: name another file")
        if found != version:
            raise SessionError(
                f"session file {self.path} has version {found} of the tables, this release knows {version}: "
                "use the release that made it, or another file"
            )
        return False

    def _failure(self, error: sqlite3.Error) -> Exception:
        try:
            self.place.check()
        except StoreUnavailable as gone:
            return gone
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _LOCKED:
            return Locked()
        remedy = _REMEDIES.get(code, "it may have been changed by another program")
        return StoreUnavailable(f"session file {self.path}: {error}; {remedy}")

    def _locked(self) -> LockedTooLong:
        return LockedTooLong(
            f"session file {self.path}: locked for longer than busy_timeout={self.busy_timeout} s; "
            "see which process writes to it for so long"
        )


_files: WeakSet[SQLiteFile[Any]] = WeakSet()


def _before_fork() -> None:
    """A child must not have connections: it would take locks for its own that are its parent's."""
    for file in list(_files):
        file.pause()


def _after_fork() -> None:
    for file in list(_files):
        file.new_locks()


if hasattr(os, "register_at_fork"):  # else there are no forks
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
