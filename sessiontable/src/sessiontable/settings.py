"""Settings that make no sense are refused at the start, with their name and value."""

from typing import Any

from .errors import SessionError


def whole_seconds(name: str, value: Any, least: int, most: int | None = None) -> int:
    """The value, if it is a whole number of seconds of at least `least`. Raises SessionError.

    True, 3.5, "60" and a timedelta are none: a browser ignores a Max-Age that is not all digits.
    """
    if type(value) is not int or value < least or (most is not None and value > most):
        limits = f"{least} or more" if most is None else f"from {least} to {most}"
        raise SessionError(
            f"{name} is {value!r}: give a whole number of seconds, {limits}, as in {name}=1800 (an int, "
            "as int(delta.total_seconds()) makes it of a timedelta)"
        )
    return value


def whole_number(name: str, value: Any, least: int, what: str) -> int:
    """The value, if it is a whole number of at least `least`. Raises SessionError."""
    if type(value) is not int or value < least:
        raise SessionError(f"{name} is {value!r}: give {what}, a whole number, {least} or more")
    return value
