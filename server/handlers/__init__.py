"""The handlers. `foundation` and the session table tell the story; the other folders hold one mistake a file, by its kind.

The fix stands here: `small_table.py` on one slide, `session_table.py` with the library. `table.py` is what the mistakes spoil.
"""

from importlib import import_module

from .entry import Entry
from .foundation import ENTRIES as FOUNDATION
from .session_table import IssuedSession
from .small_table import SmallTable

__all__ = ["CATALOGUE", "INDEX_PORT", "SLIDE", "Entry", "default_port", "find", "mistakes"]

INDEX_PORT = 8000
GROUPS = ("a_wrong_key", "b_cookie_header", "c_ids", "d_login", "e_life", "f_process", "g_caches", "h_wire")

CATALOGUE = (
    *FOUNDATION,
    Entry(
        "session_table",
        IssuedSession,
        "a random id that the server issued and finds in its table",
        "The fix: the cookie proves nothing by itself, only the server's own table does.",
    ),
)
"""Those that are up as long as the lab is, each on the port of its place: 8001, 8002 …"""


SLIDE = Entry(
    "small_table",
    SmallTable,
    "a random id that the server issued and finds in a dict",
    "The fix on one slide: it holds for as long as one process does.",
)
"""Started when it is asked for, as the mistakes are."""


def mistakes() -> tuple[Entry, ...]:
    """One mistake each, for a scenario of its own: started when it is played, and not listed on the index page."""
    return tuple(entry for group in GROUPS for entry in import_module(f".{group}", __name__).ENTRIES)


def default_port(entry: Entry) -> int:
    """Where it listens if nothing else is said: behind the index, in the order of all handlers."""
    return INDEX_PORT + 1 + (*CATALOGUE, *mistakes(), SLIDE).index(entry)


def find(name: str) -> Entry | None:
    """The entry of that name, or None."""
    return next((entry for entry in (*CATALOGUE, *mistakes(), SLIDE) if entry.name == name), None)
