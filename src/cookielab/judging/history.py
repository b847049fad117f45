"""The history of a run on disk: one JSON line per event, handed to the system at once, read back as a stream."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from ..errors import LabError
from .events import Event, RunStart
from .records import dated, decode, encode

LONGEST = 1 << 28
"""Bytes of the longest line that is read: a body is bounded, so a longer line is no event."""


class HistoryError(LabError):
    """A history cannot be read or written; the message names file, line and what is wrong there."""


class History:
    """Records events in the order in which they became known. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._events: list[Event] = []
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._file = path.open("xb", buffering=0)
        except FileExistsError:
            raise HistoryError(f"{path}: there is a history already; give the new run a folder of its own") from None

    def record[E: Event](self, event: E) -> E:
        """Numbers the event, dates it where it has no date, appends it to the file; returns it as recorded.

        When this returns, the system has the line: a killed process loses nothing of it. Raises HistoryError where the
        line cannot be written; the play cannot go on then, for what is not recorded cannot be judged.
        """
        with self._lock:
            event = dated(event, len(self._events) + 1, event.at or time.time())
            try:
                self._write(encode(event))
            except OSError as error:
                raise HistoryError(
                    f"{self.path}: event {event.seq} could not be written: {error.strerror}; "
                    "make room there, or run where there is room"
                ) from None
            except ValueError as error:
                raise HistoryError(f"{self.path}: event {event.seq} cannot be recorded: {error}") from None
            self._events.append(event)
        return event

    def _write(self, line: bytes) -> None:
        written = self._file.write(line)
        while written < len(line):  # a disk that fills up takes a part first
            written += self._file.write(line[written:])

    @property
    def events(self) -> tuple[Event, ...]:
        """All events so far."""
        with self._lock:
            return tuple(self._events)

    def close(self) -> None:
        """Closes the file; recording ends."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def stream(path: Path) -> Iterator[Event]:
    """The events of a stored history, one at a time.

    A last line that was cut off is left out (the run was killed: there is no RunEnd then, and judging sees that).
    Raises HistoryError for anything else that is not one whole history: lines that are no events, two histories in one
    file, one that is doubled or has gaps.
    """
    number = 0
    try:
        with path.open("rb") as file:
            while (line := file.readline(LONGEST)).endswith(b"\n"):
                number += 1
                yield _event(path, number, line)
    except OSError as error:
        raise HistoryError(f"{path}: the history cannot be read: {error}") from None
    if len(line) == LONGEST:
        raise HistoryError(f"{path}, line {number + 1}: longer than {LONGEST} bytes, which no event is")
    if not number:
        raise HistoryError(f"{path}: there is no event in this history{': its only line is cut off' if line else ''}")


def read(path: Path) -> tuple[Event, ...]:
    """All events of a stored history at once; see `stream`."""
    return tuple(stream(path))


def _event(path: Path, number: int, line: bytes) -> Event:
    try:
        event = decode(line)
    except (ValueError, RecursionError) as error:
        raise HistoryError(f"{path}, line {number}: {error}") from None
    if number > 1 and isinstance(event, RunStart):
        raise HistoryError(f"{path}, line {number}: another run begins here; a file holds one history, so split it")
    if event.seq != number:
        raise HistoryError(
            f"{path}, line {number}: this is event {event.seq}, and event {number} should stand here; "
            "lines are missing, doubled or of another history"
        )
    return event


__all__ = ["History", "HistoryError", "decode", "encode", "read", "stream"]
