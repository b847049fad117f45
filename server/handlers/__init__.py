"""The catalogue: six ways of answering "who is this?", in the order in which each mends the mistake before it."""

from dataclasses import dataclass

from ..visitor import Handler
from .as_published import AsPublished
from .by_address import ByAddress
from .by_endpoint import ByEndpoint
from .client_chosen import ClientChosen
from .constant_cookie import ConstantCookie
from .first_header_only import FirstHeaderOnly
from .first_wins import FirstWins
from .keeps_data import KeepsData
from .keeps_old_id import KeepsOldId
from .last_wins import LastWins
from .limits_by_address import LimitsByAddress
from .memory_counter import MemoryCounter
from .no_regeneration import NoRegeneration
from .no_user_index import NoUserIndex
from .pin_by_header import PinByHeader
from .pinned_table import PinnedTable
from .session_table import IssuedSession
from .signed_cookie import SignedCookie
from .simplecookie_table import SimpleCookieTable
from .trusts_forwarded import TrustsForwarded
from .whole_blob_writer import WholeBlobWriter

INDEX_PORT = 8000


@dataclass(frozen=True, slots=True)
class Entry:
    """A handler as the lab offers it. `identity_is` and `verdict` are for the index page and the help."""

    name: str
    port: int
    handler: type[AsPublished] | type[Handler] | type[IssuedSession]
    identity_is: str
    verdict: str


CATALOGUE = (
    Entry(
        "as_published",
        8001,
        AsPublished,
        "the question whether there is any Cookie header at all",
        "The article's code as it stands: an empty reply on the second visit, and nobody is anybody.",
    ),
    Entry(
        "constant_cookie",
        8002,
        ConstantCookie,
        "the value of mycookie, the same for all",
        "Everybody gets one and the same cookie, so everybody is one and the same person.",
    ),
    Entry(
        "by_address",
        8003,
        ByAddress,
        "the client's IP address",
        "Everyone behind one NAT is one person; somebody who changes networks is a stranger.",
    ),
    Entry(
        "by_endpoint",
        8004,
        ByEndpoint,
        "the client's IP address and port",
        "A new connection is a stranger; a port that the NAT reuses is somebody else.",
    ),
    Entry(
        "client_chosen",
        8005,
        ClientChosen,
        "whatever id the cookie carries",
        "An unknown id is adopted, so an attacker can choose the victim's id beforehand: session fixation.",
    ),
    Entry(
        "session_table",
        8006,
        IssuedSession,
        "a random id that the server issued and finds in its table",
        "The fix: the cookie proves nothing by itself, only the server's own table does.",
    ),
)


MISTAKES = (
    Entry(
        "no_regeneration",
        8007,
        NoRegeneration,
        "an id of the table that the login leaves as it was",
        "Whoever knew the id before the login is logged in after it: session fixation.",
    ),
    Entry(
        "keeps_old_id",
        8008,
        KeepsOldId,
        "an id of the table; the login makes a second one",
        "The id from before the login stays good beside the new one.",
    ),
    Entry(
        "keeps_data",
        8009,
        KeepsData,
        "an id of the table whose session stays when somebody else logs in",
        "Bob, who logs in in Alice's browser, finds what she left in the session.",
    ),
    Entry(
        "simplecookie_table",
        8010,
        SimpleCookieTable,
        "an id of the table, found by http.cookies",
        "One odd cookie of another application, and nobody is known any more.",
    ),
    Entry(
        "last_wins",
        8011,
        LastWins,
        "an id of the table, from the last cookie of that name",
        "A cookie that another application planted hides one's own.",
    ),
    Entry(
        "first_wins",
        8012,
        FirstWins,
        "an id of the table, from the first cookie of that name",
        "A cookie that another application planted hides one's own.",
    ),
    Entry(
        "first_header_only",
        8013,
        FirstHeaderOnly,
        "an id of the table, from the first Cookie line",
        "Cookies that come in a second line are not seen.",
    ),
    Entry(
        "trusts_forwarded",
        8014,
        TrustsForwarded,
        "the address in X-Forwarded-For",
        "Clients write what they like there, and are whom they like.",
    ),
    Entry(
        "pinned_table",
        8015,
        PinnedTable,
        "an id of the table together with the address",
        "Whoever moves, or whose carrier changes addresses, is thrown out.",
    ),
    Entry(
        "pin_by_header",
        8016,
        PinByHeader,
        "an id of the table together with the address in X-Forwarded-For",
        "Who has copied the cookie writes the right address beside it.",
    ),
    Entry(
        "memory_counter",
        8017,
        MemoryCounter,
        "a number that is counted up in memory",
        "The next number is no secret, and after a restart it is given out again.",
    ),
    Entry(
        "no_user_index",
        8018,
        NoUserIndex,
        "an id of the table, by which no user's sessions can be found",
        "After a changed password all other sessions live on.",
    ),
    Entry(
        "signed_cookie",
        8019,
        SignedCookie,
        "what stands in the cookie itself, signed",
        "A logout takes nothing back: every copy stays good.",
    ),
    Entry(
        "whole_blob_writer",
        8020,
        WholeBlobWriter,
        "an id of the table, whose session is written back whole",
        "What another request wrote in between is lost.",
    ),
    Entry(
        "limits_by_address",
        8021,
        LimitsByAddress,
        "an id of the table; failed logins are counted by address",
        "One neighbour's failed logins lock everybody out.",
    ),
)
"""One mistake each, for a scenario of its own: started when it is played, and not listed on the index page."""


def find(name: str) -> Entry | None:
    """The entry of that name, or None."""
    return next((entry for entry in (*CATALOGUE, *MISTAKES) if entry.name == name), None)
