"""Who somebody is, as a store keeps it: a text. A number comes back as the number that it was."""

import re

from ..errors import SessionError

type User = str | int

_NUMBER = "\x1f"
_SURROGATE = re.compile("[\ud800-\udfff]")


def stored(user: User) -> str:
    """The text for a store. Raises SessionError for what is nobody: an empty text, None, True."""
    if type(user) is int:
        try:
            return f"{_NUMBER}{user}"
        except ValueError as error:
            raise SessionError(f"user is a number that cannot be stored ({error}): give a shorter one") from error
    if not isinstance(user, str) or not user or user.startswith(_NUMBER) or _SURROGATE.search(user):
        raise SessionError(
            f"user is {user!r}: give the name or number of who logged in, as an int, or as a text in Unicode that is not "
            "empty"
        )
    return str(user)


def restored(text: str | None) -> User | None:
    """The user again, None for nobody."""
    if text is None or not text.startswith(_NUMBER):
        return text
    return int(text[1:])
