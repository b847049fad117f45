"""Handlers that know sessions, and do not find theirs in the Cookie header."""

from ..entry import Entry
from .case_insensitive import CaseInsensitive
from .first_header_only import FirstHeaderOnly
from .first_wins import FirstWins
from .last_wins import LastWins
from .shared_name import SharedName
from .simplecookie_table import SimpleCookieTable
from .stale_header import StaleHeader
from .strips_equals import StripsEquals
from .substring_match import SubstringMatch

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
    Entry(
        "substring_match",
        SubstringMatch,
        "an id of the table, wherever our cookie's name stands",
        "Cookies that end in our name, or hold it in their value, count as ours.",
    ),
    Entry(
        "shared_name",
        SharedName,
        "an id of the table, in a cookie that is called as many others are",
        "Another application on the same host overwrites it.",
    ),
    Entry(
        "stale_header",
        StaleHeader,
        "an id of the table, from a header that may be that of the request before",
        "Who brings too many cookies is whoever came last.",
    ),
    Entry(
        "case_insensitive",
        CaseInsensitive,
        "an id of the table, in a cookie of our name in any letters",
        "Names that browsers do not guard count as ours.",
    ),
    Entry(
        "strips_equals",
        StripsEquals,
        "an id of the table, also from a cookie without a name",
        "What neighbours may plant without a name counts as ours.",
    ),
)
