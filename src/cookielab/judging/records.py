"""Events as lines of JSON, and back, by msgspec: strict, with the path of the mistake.

Lines are pure ASCII, whatever bytes a server has sent. msgspec neither writes nor reads halves of characters (lone
surrogates), which bodies may hold: such lines, and those that are not ASCII, go through the slower `json`.
"""

import json
from functools import reduce
from math import isfinite
from operator import or_
from typing import Any, cast

import msgspec

from .events import TYPES, Event

_ANY: Any = reduce(or_, TYPES.values())
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_ANY)


def encode(event: Event) -> bytes:
    """One line of JSON, with its line break. ValueError for a date that is no date."""
    if not isfinite(event.at):
        raise ValueError(f"the date {event.at} is no moment in time")
    try:
        line = _ENCODER.encode(event)
    except UnicodeEncodeError:
        line = b"\xff"
    if line.isascii():
        return line + b"\n"
    return json.dumps(msgspec.to_builtins(event)).encode("ascii") + b"\n"


def decode(line: bytes | str) -> Event:
    """The event of a line. ValueError says what is wrong with it, and where."""
    try:
        event: Event = _DECODER.decode(line)
        return event
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = line if isinstance(line, str) else line.decode("utf-8", "replace")
        if "\\ud" not in text.lower():
            raise ValueError(str(error)) from None
        return _by_json(text)


def _by_json(text: str) -> Event:
    """The same for a line with lone surrogates, which msgspec takes for broken."""
    event = cast(Event, msgspec.convert(json.loads(text, parse_constant=_refuse), _ANY))
    if not (isfinite(event.at) and isfinite(getattr(event, "elapsed", 0.0))):
        raise ValueError("a date or duration is not a finite number - at `$.at`")
    return event


def dated[E: Event](event: E, seq: int, at: float) -> E:
    """A copy with this number and date."""
    return msgspec.structs.replace(event, seq=seq, at=at)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number")
