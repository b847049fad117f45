"""How many bytes sessions take in memory, counted along with each change."""

from collections.abc import Mapping

from ..store import Change

_EACH = 150
"""Bytes for a name and its text, besides their characters: two objects, and a place in a dict."""


def weight(values: Mapping[str, str]) -> int:
    """The bytes that names and values take, about."""
    return _EACH * len(values) + sum(map(len, values)) + sum(map(len, values.values()))


def difference(values: Mapping[str, str], change: Change) -> int:
    """By how much a change makes these values heavier."""
    name, text = change[0], change[1]
    before = values.get(name)
    if before is not None and text is not None:
        return len(text) - len(before)
    each = _EACH + len(name)
    return (0 if text is None else each + len(text)) - (0 if before is None else each + len(before))


class Weights:
    """The weight of all values: those of logged-in users, and those of nobody, which may take `_PART` of the bound."""

    _PART = 8

    def __init__(self, most: int) -> None:
        self.most, self.most_anonymous = most, most // self._PART
        self.clear()

    def clear(self) -> None:
        """Nothing is kept any more."""
        self._users = self._anonymous = 0

    def add(self, bytes_: int, user: str | None) -> None:
        """So many more, or fewer."""
        if user is None:
            self._anonymous += bytes_
        else:
            self._users += bytes_

    def fits(self, more: int, user: str | None) -> bool:
        """Whether so many more are within the bound."""
        if user is None and self._anonymous + more > self.most_anonymous:
            return False
        return self._users + self._anonymous + more <= self.most

    def may_fit(self, more: int, user: str | None) -> bool:
        """Whether they are if all others that are anonymous go."""
        return self._users + more <= self.most and (user is not None or more <= self.most_anonymous)
