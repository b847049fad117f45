"""The history of a run on disk: one JSON line per event, written at once, read back with care."""

import json
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from types import TracebackType, UnionType
from typing import Any, Self, TextIO, cast, get_args, get_origin, get_type_hints

from ..errors import LabError
from .events import TYPES, Event

NAMES = {kind: name for name, kind in TYPES.items()}


class HistoryError(LabError):
    """A stored history cannot be read; the message names file, line and what is wrong there."""


class History:
    """Records events in the order in which they became known. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._events: list[Event] = []
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._file: TextIO = path.open("x", encoding="utf-8")
        except FileExistsError:
            raise HistoryError(f"{path}: there is a history already; give the new run a folder of its own") from None

    def record[E: Event](self, event: E) -> E:
        """Numbers the event, dates it where it has no date, appends it to the file; returns it as recorded."""
        with self._lock:
            event = replace(event, seq=len(self._events) + 1, at=event.at or time.time())
            self._events.append(event)
            self._file.write(encode(event) + "\n")
            self._file.flush()
        return event

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


def encode(event: Event) -> str:
    """One line of JSON, pure ASCII: what a server sends may be any bytes, also halves of characters."""
    return json.dumps({"type": NAMES[type(event)], **asdict(event)})


def read(path: Path) -> tuple[Event, ...]:
    """The events of a stored history.

    A last line that was cut off is left out (the run was killed: there is no RunEnd then, and judging sees that).
    Raises HistoryError for anything else that is not a history.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HistoryError(f"{path}: the history cannot be read: {error}") from None
    *lines, rest = text.split("\n")
    events = tuple(_parse(path, number, line) for number, line in enumerate(lines, 1))
    if not events:
        raise HistoryError(f"{path}: there is no event in this history{': its only line is cut off' if rest else ''}")
    return events


def _parse(path: Path, number: int, line: str) -> Event:
    try:
        return decode(json.loads(line))
    except (ValueError, RecursionError) as error:
        raise HistoryError(f"{path}, line {number}: {error}") from None


def decode(record: Any) -> Event:
    """The event of a parsed line; ValueError says what is wrong with it."""
    if not isinstance(record, dict):
        raise ValueError(f"an event is a JSON object, this is {_show(record)}")
    rest = dict(record)
    name = rest.pop("type", None)
    if not isinstance(name, str) or name not in TYPES:
        raise ValueError(f"unknown event type {_show(name)}; known: {', '.join(TYPES)}")
    return _build(TYPES[name], rest, name)


@cache
def _types(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _build[T](kind: type[T], record: Any, where: str) -> T:
    if not isinstance(record, dict):
        raise ValueError(f"{where} should be an object, not {_show(record)}")
    record_type = cast(Any, kind)
    types = _types(record_type)
    required = {f.name for f in fields(record_type) if f.default is MISSING and f.default_factory is MISSING}
    _complain(where, "has an unknown field", record.keys() - types.keys())
    _complain(where, "lacks the field", required - record.keys())
    return kind(**{name: _value(types[name], value, f"{where}.{name}") for name, value in record.items()})


def _complain(where: str, what: str, names: Iterable[str]) -> None:
    if found := sorted(names):
        raise ValueError(f"{where} {what} '{found[0]}'")


def _value(kind: Any, value: Any, where: str) -> Any:
    """Turns JSON back into the declared type: arrays into tuples, objects into records; ValueError where none fits."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if value is None else _value(inner[0], value, where)
    if origin is tuple and isinstance(value, list):
        kinds = (inner[0],) * len(value) if inner[-1] is Ellipsis else inner
        if len(kinds) != len(value):
            raise ValueError(f"{where} should have {len(kinds)} parts, not {len(value)}")
        return tuple(_value(k, v, where) for k, v in zip(kinds, value, strict=True))
    if origin is Mapping and isinstance(value, dict):
        return {key: _value(inner[1], item, f"{where}.{key}") for key, item in value.items()}
    if is_dataclass(kind):
        return _build(cast(type, kind), value, where)
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise ValueError(f"{where} should be of type {getattr(kind, '__name__', kind)}, not {_show(value)}")
    return value


def _show(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:60] + "…"
