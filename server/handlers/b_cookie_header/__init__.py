"""Handlers that know sessions, and do not find theirs in the Cookie header."""

from ..entry import Entry
from .first_header_only import FirstHeaderOnly
from .first_wins import FirstWins
from .last_wins import LastWins
from .simplecookie_table import SimpleCookieTable

ENTRIES = (
    Entry(
        "simplecookie_table",
        SimpleCookieTable,
        "an id of the table, found by http.cookies",
        "One odd cookie of another application, and nobody is known any more.",
    ),
    Entry(
        "last_wins",
        LastWins,
        "an id of the table, from the last cookie of that name",
        "A cookie that another application planted hides one's own.",
    ),
    Entry(
        "first_wins",
        FirstWins,
        "an id of the table, from the first cookie of that name",
        "A cookie that another application planted hides one's own.",
    ),
    Entry(
        "first_header_only",
        FirstHeaderOnly,
        "an id of the table, from the first Cookie line",
        "Cookies that come in a second line are not seen.",
    ),
)
