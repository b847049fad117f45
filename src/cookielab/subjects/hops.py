"""Where a reply sends a browser next, and whether that is still the subject."""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from .document import is_html
from .exchange import Incoming, Outgoing
from .extract import parsed
from .submission import base_of

MOST = 10
"""Redirects in a row, as browsers bear them before they call it a loop."""
KEEPING = (307, 308)
REDIRECTS = (301, 302, 303, *KEEPING)
_LOCAL = ("localhost", "127.0.0.1", "::1")
_REFRESH = re.compile(r"\s*(\d{1,9})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?['\"]?([^'\"]+)", re.IGNORECASE)


def redirect(reply: Incoming) -> str | None:
    """The whole URL that a reply sends on to, by status and Location or by a refresh in 0 s; None where it does not."""
    if reply.status in REDIRECTS:
        location = reply.header("Location")
        return urljoin(reply.url, _tidy(location)) if location else None
    if reply.status is None or reply.status >= 300 or not is_html(reply.header("Content-Type"), reply.body):
        return None
    for node in parsed(reply.body).css("meta"):
        if (node.attributes.get("http-equiv") or "").lower() == "refresh" and not _in_noscript(node):
            match = _REFRESH.match(node.attributes.get("content") or "")
            if match and int(match[1]) == 0:
                return urljoin(base_of(parsed(reply.body), reply.url), _tidy(match[2]))
    return None


def _in_noscript(node: object) -> bool:
    parent = getattr(node, "parent", None)
    while parent is not None:
        if parent.tag in ("noscript", "template"):
            return True
        parent = parent.parent
    return False


def _tidy(url: str) -> str:
    """A URL as browsers take it: no control characters; what is not ASCII, or a blank, percent-encoded."""
    url = re.sub(r"[\x00-\x1f\x7f]", "", url).strip()
    return "".join(c if "!" <= c <= "~" else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace")) for c in url)


def onward(reply: Incoming, sent: Outgoing, target: str) -> Outgoing:
    """The request that follows a redirect: method and body are kept by 307 and 308 alone."""
    if reply.status in KEEPING:
        return Outgoing(
            method=sent.method, target=target, headers=sent.headers, json=sent.json, form=sent.form,
            multipart=sent.multipart, text=sent.text,
        )  # fmt: skip
    method = "HEAD" if sent.method == "HEAD" else "GET"
    kept = tuple((name, value) for name, value in sent.headers if name.lower() not in _OF_BODIES)
    return Outgoing(method=method, target=target, headers=kept)


_OF_BODIES = ("content-type", "content-length", "content-encoding", "origin", "authorization")


def own_target(url: str, reply_url: str, names: Iterable[str]) -> str | None:
    """Path and query of a URL, if it is the subject's under one of its names (`host` or `host:port`); None if not."""
    try:
        there, here = urlsplit(url), urlsplit(reply_url)
        known = {(host, port) for name in (here.netloc, *names) for host, port in (_endpoint(name, here),)}
        ports = {port for _, port in known}
        mine = known | {(host, port) for host in _LOCAL for port in ports}
        if there.scheme not in ("http", "https") or ((there.hostname or "").lower(), _port(there)) not in mine:
            return None
    except ValueError:
        return None
    return urlunsplit(("", "", there.path or "/", there.query, ""))


def _endpoint(name: str, here: SplitResult) -> tuple[str, int]:
    parts = urlsplit(f"{here.scheme}://{name}")
    return (parts.hostname or "").lower(), _port(parts)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
