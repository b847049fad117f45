"""Who somebody is, as a store keeps it: a text. A number comes back as the number that it was."""

import re

from ..errors import SessionError

type User = str | int

_NUMBER = "\x1f"
_MOST_BITS = 2048  # more than Python makes a text of would not come back
_SURROGATE = re.compile("[\ud800-\udfff]")


def stored(user: User) -> str:
    """The text for a store. Raises SessionError for what is nobody: an empty text, None, True, a number of thousands of digits."""
    if type(user) is int:
        if user.bit_length() > _MOST_BITS:
            raise SessionError(f"user is a number of {user.bit_length()} bits: give one of {_MOST_BITS} at most")
        return f"{_NUMBER}{user}"
    if not isinstance(user, str) or not user or user.startswith(_NUMBER) or _SURROGATE.search(user):
        raise SessionError(
            f"user is {user!r}: give the name or number of who logged in, as an int, or as a text in Unicode that is not "
            "empty"
        )
    return str.__str__(user)  # of an Enum, too: its value, and not what it is called


def restored(text: str | None) -> User | None:
    """The user again, None for nobody."""
    if text is None or not text.startswith(_NUMBER):
        return text
    return int(text[1:])
