"""The handlers that tell the story: five ways of answering "who is this?", each mending the mistake before it."""

from ..entry import Entry
from .as_published import AsPublished
from .by_address import ByAddress
from .by_endpoint import ByEndpoint
from .client_chosen import ClientChosen
from .constant_cookie import ConstantCookie

ENTRIES = (
    Entry(
        "as_published",
        AsPublished,
        "the question whether there is any Cookie header at all",
        "The article's code as it stands: an empty reply on the second visit, and nobody is anybody.",
    ),
    Entry(
        "constant_cookie",
        ConstantCookie,
        "the value of mycookie, the same for all",
        "Everybody gets one and the same cookie, so everybody is one and the same person.",
    ),
    Entry(
        "by_address",
        ByAddress,
        "the client's IP address",
        "Everyone behind one NAT is one person; somebody who changes networks is a stranger.",
    ),
    Entry(
        "by_endpoint",
        ByEndpoint,
        "the client's IP address and port",
        "A new connection is a stranger; a port that the NAT reuses is somebody else.",
    ),
    Entry(
        "client_chosen",
        ClientChosen,
        "whatever id the cookie carries",
        "An unknown id is adopted, so an attacker can choose the victim's id beforehand: session fixation.",
    ),
)
