"""Handlers that know people, or bind them, by something that is not theirs alone."""

from ..entry import Entry
from .by_connection import ByConnection
from .limits_by_address import LimitsByAddress
from .pin_by_header import PinByHeader
from .pinned_table import PinnedTable
from .trusts_forwarded import TrustsForwarded

ENTRIES = (
    Entry(
        "trusts_forwarded",
        TrustsForwarded,
        "the address in X-Forwarded-For",
        "Clients write what they like there, and are whom they like.",
    ),
    Entry(
        "pinned_table",
        PinnedTable,
        "an id of the table together with the address",
        "Whoever moves, or whose carrier changes addresses, is thrown out.",
    ),
    Entry(
        "pin_by_header",
        PinByHeader,
        "an id of the table together with the address in X-Forwarded-For",
        "Who has copied the cookie writes the right address beside it.",
    ),
    Entry(
        "limits_by_address",
        LimitsByAddress,
        "an id of the table; failed logins are counted by address",
        "One neighbour's failed logins lock everybody out.",
    ),
    Entry(
        "by_connection",
        ByConnection,
        "the connection",
        "Behind a proxy the next request on it is somebody else's.",
    ),
)
