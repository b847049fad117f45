"""Identity is: an id of the table; what takes long is computed once, by a function that is not told for whom.

`lru_cache` keeps an answer by the arguments of the call. Where the user is not among them, the first one's answer is
everybody's: here the drawer in which notes lie.

It happens: a cache that does not tell people apart is CWE-524.
https://cwe.mitre.org/data/definitions/524.html
"""

from functools import lru_cache

from ...message import Request
from ..table import Guest, Table


@lru_cache
def drawer_for(purpose: str) -> dict[str, str]:
    """From the database; that takes its time."""
    return {}


class Memoised(Table):
    """Asks for notes, and does not say whose."""

    def guest(self, request: Request, found: str | None) -> Guest:
        return Reader(self, request, found)


class Reader(Guest):
    def notes(self) -> dict[str, str]:
        return drawer_for("notes")
