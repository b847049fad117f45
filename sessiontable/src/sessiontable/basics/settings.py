"""Settings that make no sense are refused at the start, with their name and value."""

from math import isfinite
from typing import Any

from ..errors import SessionError

_LONGEST = 2**63 - 1  # what a float and every store can take


def whole_seconds(name: str, value: Any, least: int, most: int = _LONGEST) -> int:
    """The value, if it is a whole number of seconds of at least `least`. Raises SessionError.

    True, 3.5, "60" and a timedelta are none: a browser ignores a Max-Age that is not all digits.
    """
    if type(value) is not int or not least <= value <= most:
        too_long = type(value) is int and value > most
        limits = f"from {least} to {most}" if too_long or most < _LONGEST else f"{least} or more"
        example = f"{name.rsplit(maxsplit=1)[-1]}={min(1800, most)}"
        raise SessionError(
            f"{name} is {'more than that' if too_long and most == _LONGEST else repr(value)}: give a whole number of seconds, {limits}, as in {example} (an int, "
            "as int(delta.total_seconds()) makes it of a timedelta)"
        )
    return value


def whole_number(name: str, value: Any, least: int, what: str) -> int:
    """The value, if it is a whole number of at least `least`. Raises SessionError."""
    if type(value) is not int or value < least:
        raise SessionError(f"{name} is {value!r}: give {what}, a whole number, {least} or more")
    return value


def seconds(value: Any, least: float) -> bool:
    """Whether a value is a finite number of seconds of at least `least`; True, "5" and a timedelta are none."""
    return type(value) in (int, float) and isfinite(value) and value >= least
