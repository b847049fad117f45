"""The values of a session as JSON texts: what comes back is what was written, or it is refused."""

import json
from collections.abc import Callable
from json.encoder import encode_basestring_ascii
from typing import Any

from ..errors import SessionError

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

_LONGEST_NAME = 200
_DEEPEST = 100  # what can be written must be readable wherever it is read, also deep in somebody's calls

# json.dumps would make an encoder at each call, and json.loads look for blanks around a text that is ours.
_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
_decode: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
_PLAIN: dict[type, Callable[[Any], str]] = {
    str: encode_basestring_ascii,
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
}
"""What comes back as it was, for sure."""


def encoded(name: str, value: Json) -> str | None:
    """The value as JSON text, None for None, which removes it. Raises SessionError for what cannot be stored."""
    if not (isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and name.isprintable()):
        raise SessionError(f"{name!r} is no name of a session value: use 1 to {_LONGEST_NAME} printable characters")
    if value is None:
        return None
    try:
        if plain := _PLAIN.get(type(value)):
            return plain(value)
        text = _encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise SessionError(f"session value {name!r} is no JSON ({error}): use numbers, texts, lists, dicts") from error
    if text.count("[") + text.count("{") > _DEEPEST and _depth(value) > _DEEPEST:
        raise SessionError(f"session value {name!r} is nested more than {_DEEPEST} deep: keep it flatter, or elsewhere")
    if (back := decoded(text)) != value:  # a tuple, or a dict with keys that are no texts
        raise SessionError(f"session value {name!r} would come back as {back!r:.200}: store it in that form")
    return text


def decoded(text: str | None) -> Json:
    """The value again; None where there is none."""
    value: Json = None if text is None else _decode(text, 0)[0]
    return value


def same_as(text: str | None, value: Json) -> bool:
    """Whether a value is still what this text says."""
    try:
        return encoded("value", value) == text
    except SessionError:
        return False


def _depth(value: Any) -> int:
    """How many lists and dicts are within each other."""
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, list | dict)]:
        depth += 1
        level = [item for each in level for item in (each.values() if isinstance(each, dict) else each)]
    return depth
