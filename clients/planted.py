"""Cookies that the driver puts into a jar, unchecked: one of its own, or a browser's as Playwright stores them."""

from urllib.parse import urlsplit

from clients.cookies import Cookie
from clients.failures import UsageFault
from clients.fields import Fields
from clients.octets import raw

LATEST = 1e12
"""An epoch that no cookie outlives."""


def cookie_in(fields: Fields) -> Cookie:
    """The cookie that the fields describe; what else they hold is left to the caller.

    `domain` with a dot in front: also for hosts below it. `expires` absent, null or negative: a session cookie.
    """
    given = fields.optional("domain")
    domain = (host_of(fields.text("url")) if given is None else given).lower()
    fields.any("url", None)
    if not domain.strip("."):
        raise UsageFault(f"{fields.step}: 'domain' names no host; give one such as server.lab.test")
    path = fields.optional("path") or "/"
    if not path.startswith("/"):
        raise UsageFault(f"{fields.step}: 'path' must begin with a slash, not {path!r}")
    lasting = not fields.null("expires") and "expires" in fields.left
    expires = int(fields.number("expires", -LATEST, LATEST)) if lasting else -1
    httponly = fields.flag("httpOnly", default=False)
    return Cookie(
        name=raw(fields.text("name")),
        value=raw(fields.text("value")),
        domain=domain,
        path=path,
        expires=None if expires < 0 else expires,
        secure=fields.flag("secure", default=False),
        httponly=fields.flag("httponly", default=httponly),
    )


def host_of(url: str) -> str:
    """The host that a URL names."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if not host:
        raise UsageFault(f"url {url!r} names no host; give one such as http://server.lab.test:8001/")
    return host
