"""A client's cookie jar: what a browser takes and sends (RFC 6265bis, 5.7 and 5.8), judged by the client's own clock.

Every name and value is kept byte for byte. There is no list of public suffixes: a domain without a dot counts as one.
SameSite is ignored, since whoever asks here is always on the site itself.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypedDict
from urllib.parse import urlsplit

from clients.cookies import Cookie, SetCookie, parse
from clients.octets import raw, text

MOST = 180
"""Cookies of one domain; of more, browsers drop those that were not used for longest."""


class JarEntry(TypedDict):
    """One cookie of a jar as a reply shows it; `expires` is an epoch by the client's own clock."""

    name: str
    value: str
    domain: str
    path: str
    expires: int | None
    secure: bool
    httponly: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """What of a URL decides about cookies; cookies know no ports (RFC 6265, 8.5)."""

    host: str
    path: str
    trusted: bool


class Jar:
    """The cookies of one client. Not safe for use by several threads."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._cookies: dict[tuple[str, str, bytes], Cookie] = {}
        self._used: dict[tuple[str, str, bytes], int] = {}
        self._turn = 0

    def __iter__(self) -> Iterator[Cookie]:
        """The cookies that are alive, in the order of their arrival."""
        now = self.now()
        return iter([each for each in self._cookies.values() if each.expires is None or each.expires > now])

    def now(self) -> float:
        """The time by the client's own clock: the machine's, plus the seconds by which it was moved on."""
        return time.time() + self.ahead

    def line_for(self, url: str) -> bytes | None:
        """The Cookie header that goes with a request, or None without a matching cookie."""
        to = origin(url)
        sent = [each for each in self if goes_to(each, to)]
        sent.sort(key=lambda each: -len(each.path))
        self._turn += 1
        self._used |= dict.fromkeys((each.key for each in sent), self._turn)
        return b"; ".join(each.pair for each in sent) if sent else None

    def store(self, url: str, lines: Iterable[bytes]) -> None:
        """Take in the cookies that the reply from a URL sets."""
        by, now = origin(url), int(self.now())
        secure = [] if by.trusted else [cookie for cookie in self if cookie.secure]
        for line in lines:
            said = parse(line, now, int(self.ahead))
            if said is not None and (cookie := accepted(said, by)) and not shadows(cookie, secure):
                self.put(cookie)
        self._evict()

    def put(self, cookie: Cookie) -> None:
        """Keep a cookie in place of the one that it replaces, unchecked; one that has expired deletes it."""
        if cookie.expires is not None and cookie.expires <= self.now():
            self._forget(cookie)
            return
        self._turn += 1
        self._cookies[cookie.key] = cookie
        self._used[cookie.key] = self._turn

    def drop(self, name: str) -> None:
        """Remove the cookies of this name, whatever their host and path; none at all is fine."""
        for cookie in [cookie for cookie in self if cookie.name == raw(name)]:
            self._forget(cookie)

    def advance(self, seconds: float) -> None:
        """Let time pass for the client, and drop what has expired by then. Servers are not told: their clocks stay."""
        self.ahead += seconds
        alive = {cookie.key for cookie in self}
        for cookie in [each for key, each in self._cookies.items() if key not in alive]:
            self._forget(cookie)

    def clear_session_cookies(self) -> None:
        """Forget the cookies that do not outlive the browser."""
        for cookie in [cookie for cookie in self if cookie.expires is None]:
            self._forget(cookie)

    def entries(self) -> list[JarEntry]:
        """The cookies that are alive, in the order of their arrival."""
        return [entry(cookie) for cookie in self]

    def _evict(self) -> None:
        """Let each domain have no more cookies than browsers do."""
        domains: dict[str, list[Cookie]] = {}
        for cookie in self._cookies.values():
            domains.setdefault(cookie.domain, []).append(cookie)
        for cookies in domains.values():
            if len(cookies) > MOST:
                for cookie in sorted(cookies, key=lambda each: self._used[each.key])[:-MOST]:
                    self._forget(cookie)

    def _forget(self, cookie: Cookie) -> None:
        self._cookies.pop(cookie.key, None)
        self._used.pop(cookie.key, None)


def origin(url: str) -> Origin:
    """What of a URL decides about cookies. Trusted: https, and what browsers count as safe without."""
    place = urlsplit(url)
    host = (place.hostname or "").lower()
    local = host in ("localhost", "127.0.0.1") or host.endswith(".localhost")
    return Origin(host, place.path or "/", place.scheme == "https" or local)


def accepted(said: SetCookie, by: Origin) -> Cookie | None:
    """The cookie as a browser keeps it from this origin, None where it refuses."""
    domain = by.host
    if said.domain is not None and said.domain != by.host:
        if "." not in said.domain or not matches(by.host, f".{said.domain}"):
            return None
        domain = f".{said.domain}"
    elif said.domain is not None and "." in said.domain and not is_ip(said.domain):
        domain = f".{said.domain}"
    name = (said.name or said.value).lower()
    host_prefix_kept = not domain.startswith(".") and said.path == "/" and said.secure and said.name
    if (
        (said.secure and not by.trusted)
        or (name.startswith(b"__secure-") and not (said.secure and said.name))
        or (name.startswith(b"__host-") and not host_prefix_kept)
    ):
        return None
    return Cookie(
        name=said.name,
        value=said.value,
        domain=domain,
        path=said.path or default_path(by.path),
        expires=said.expires,
        secure=said.secure,
        httponly=said.httponly,
    )


def shadows(new: Cookie, secure: Iterable[Cookie]) -> bool:
    """Whether a cookie of a site that is not trusted would come before a secure one (RFC 6265bis, 5.7, step 9)."""
    return any(
        old.name == new.name
        and (matches(old.domain.lstrip("."), new.domain) or matches(new.domain.lstrip("."), old.domain))
        and within(new.path, old.path)
        for old in secure
    )


def goes_to(cookie: Cookie, to: Origin) -> bool:
    """Whether a browser sends the cookie there."""
    return matches(to.host, cookie.domain) and within(to.path, cookie.path) and (to.trusted or not cookie.secure)


def matches(host: str, domain: str) -> bool:
    """Whether a cookie's domain takes in the host."""
    if not domain.startswith("."):
        return host == domain
    return f".{host}" == domain or (host.endswith(domain) and not is_ip(host))


def within(path: str, cookie_path: str) -> bool:
    """Whether a path is the cookie's or lies below it (RFC 6265, 5.1.4)."""
    return path == cookie_path or path.startswith(cookie_path if cookie_path.endswith("/") else f"{cookie_path}/")


def default_path(path: str) -> str:
    """The path of a cookie that names none (RFC 6265, 5.1.4)."""
    return path.rpartition("/")[0] or "/"


def is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def entry(cookie: Cookie) -> JarEntry:
    return JarEntry(
        name=text(cookie.name),
        value=text(cookie.value),
        domain=cookie.domain,
        path=cookie.path,
        expires=cookie.expires,
        secure=cookie.secure,
        httponly=cookie.httponly,
    )
