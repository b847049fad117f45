"""The catalogue: six ways of answering "who is this?", in the order in which each mends the mistake before it."""

from dataclasses import dataclass

from ..visitor import Handler
from .as_published import AsPublished
from .by_address import ByAddress
from .by_endpoint import ByEndpoint
from .client_chosen import ClientChosen
from .constant_cookie import ConstantCookie
from .session_table import IssuedSession

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


def find(name: str) -> Entry | None:
    """The entry of that name, or None."""
    return next((entry for entry in CATALOGUE if entry.name == name), None)
