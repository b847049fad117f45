"""The values of a session as JSON texts: what comes back is what was written, or it is refused."""

import json

from .errors import SessionError

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

_LONGEST_NAME = 200
_PLAIN = {bool, int, float, str}  # these come back as they were

_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode  # json.dumps would make one at each call
_decode = json.JSONDecoder().raw_decode  # json.loads would look for blanks around a text that is ours


def encoded(name: str, value: Json) -> str | None:
    """The value as JSON text, None for None, which removes it. Raises SessionError for what cannot be stored."""
    if not (isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and name.isprintable()):
        raise SessionError(f"{name!r} is no name of a session value: use 1 to {_LONGEST_NAME} printable characters")
    if value is None:
        return None
    try:
        text = _encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise SessionError(f"session value {name!r} is no JSON ({error}): use numbers, texts, lists, dicts") from error
    if type(value) not in _PLAIN and (back := decoded(text)) != value:  # a tuple, or a dict with keys that are no texts
        raise SessionError(f"session value {name!r} would come back as {back!r:.200}: store it in that form")
    return text


def decoded(text: str | None) -> Json:
    """The value again; None where there is none."""
    value: Json = None if text is None else _decode(text)[0]
    return value
