"""What the driver wants sent: the fields of a request in the line protocol, understood."""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from clients.body import Body, body_in
from clients.failures import UsageFault
from clients.fields import Fields
from clients.tls import Trust, trust_in

LIMIT = 10_000_000
"""Bytes of a reply's body."""
HIGHEST_LIMIT = 100_000_000
LONGEST_TIMEOUT = 3600.0
TIMEOUTS = {"requests": 5.0, "h11": 10.0}
"""Seconds for all of a request, by the client that sends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `timeout` is for all of it, in seconds, `limit` in bytes of the body after decoding.

    `cookies` are the raw Cookie lines in place of the jar's; None: the jar's. `keep` False: the jar stays as it is.
    `lost`: the reply is thrown away unread, as if the network had lost it.
    `connect` is the address and port to connect to in place of the URL's.
    """

    method: str
    url: str
    via: str = "requests"
    headers: tuple[tuple[str, str], ...] = ()
    body: Body | None = None
    cookies: tuple[str, ...] | None = None
    keep: bool = True
    lost: bool = False
    timeout: float = TIMEOUTS["requests"]
    limit: int = LIMIT
    connect: tuple[str, int] | None = None
    trust: Trust = field(default_factory=Trust)

    def has(self, header: str) -> bool:
        """Whether the headers name this one, whatever its case."""
        return any(name.lower() == header.lower() for name, _ in self.headers)


def request_in(fields: Fields) -> Request:
    """The request that the fields describe; UsageFault where they make no sense."""
    via = fields.choice("via", tuple(TIMEOUTS))
    request = Request(
        method=fields.text("method"),
        url=fields.text("url"),
        via=via,
        headers=tuple(fields.pairs("headers")),
        body=body_in(fields),
        cookies=None if fields.null("cookies") or "cookies" not in fields.left else tuple(fields.lines("cookies")),
        keep=fields.flag("keep", default=True),
        lost=fields.flag("lost", default=False),
        timeout=fields.number("timeout", 0.001, LONGEST_TIMEOUT, TIMEOUTS[via]),
        limit=fields.whole("limit", 0, HIGHEST_LIMIT, LIMIT) if via == "h11" else LIMIT,
        connect=address_in(fields) if via == "h11" else None,
        trust=trust_in(fields) if via == "h11" else Trust(),
    )
    for name in ("limit", "connect", "tls"):
        if name in fields.left:
            raise UsageFault(f'{fields.step}: {name!r} needs "via": "h11"; requests does not do it')
    fields.done()
    place_of(request.url, ("http", "https") if via == "h11" else ("http",))
    return request


def place_of(url: str, schemes: tuple[str, ...] = ("http", "https")) -> SplitResult:
    """The parts of a URL; UsageFault where it is none that can be asked."""
    if not url.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        wanted = " or ".join(f"{scheme}://" for scheme in schemes)
        more = "" if "https" in schemes else '; "via": "h11" speaks https, too'
        raise UsageFault(f"url {url!r} does not begin with {wanted}, which is all that is spoken here{more}")
    try:
        place = urlsplit(url)
        known = place.hostname and place.port != 0
    except ValueError:
        known = False
    if not known:
        raise UsageFault(f"url {url!r} names no host; give one such as http://server.lab.test:8001/")
    if "@" in place.netloc:
        raise UsageFault(f"url {url!r} holds a user or a password; send them as an Authorization header")
    return place


def address_in(fields: Fields) -> tuple[str, int] | None:
    """Where the field `connect` says to connect to."""
    if fields.null("connect") or "connect" not in fields.left:
        return None
    given = fields.text("connect")
    host, _, port = given.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        raise UsageFault(f"{fields.step}: 'connect' must be ip:port or [ip]:port, not {given!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)
