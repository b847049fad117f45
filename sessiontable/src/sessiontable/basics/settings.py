"""Settings that make no sense are refused at the start, with their name and value."""

from typing import Any

from ..errors import SessionError

_MOST = 2**63 - 1  # what a float and every store can take


def whole_seconds(name: str, value: Any, least: int, most: int = _MOST) -> int:
    """The value, if it is a whole number of seconds of at least `least`. Raises SessionError.

    True, 3.5, "60" and a timedelta are none: a browser ignores a Max-Age that is not all digits.
    """
    if type(value) is not int or not least <= value <= most:
        limits = f"from {least} to {most}" if most < _MOST or _is_beyond(value) else f"{least} or more"
        example = f"{name.rsplit(maxsplit=1)[-1]}={min(1800, most)}"
        raise SessionError(
            f"{name} is {_shown(value)}: give a whole number of seconds, {limits}, as in {example} (an int, "
            "as int(delta.total_seconds()) makes it of a timedelta)"
        )
    return value


def whole_number(name: str, value: Any, least: int, what: str) -> int:
    """The value, if it is a whole number of at least `least`. Raises SessionError."""
    if type(value) is not int or not least <= value <= _MOST:
        limits = f"from {least} to {_MOST}" if _is_beyond(value) else f"{least} or more"
        raise SessionError(f"{name} is {_shown(value)}: give {what}, a whole number, {limits}")
    return value


def seconds(value: Any, least: float) -> bool:
    """Whether a value is a finite number of seconds of at least `least`; True, "5" and a timedelta are none."""
    return type(value) in (int, float) and least <= value <= _MOST


def _is_beyond(value: Any) -> bool:
    return type(value) is int and abs(value) > _MOST


def _shown(value: Any) -> str:
    """The value; not all the digits of a number that may have thousands, which Python refuses to write."""
    if _is_beyond(value):
        return "more than that" if value > 0 else "less than that"
    return repr(value)
