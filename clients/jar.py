"""A client's cookie jar: the rules of http.cookiejar, judged by the client's own clock, every value kept byte for byte.

Names and values are held as http.client hands them over, one character a byte (Latin-1), so that what came in goes
out unchanged. `text` makes them readable for a report.
"""

import time
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import TypedDict

from requests import PreparedRequest, Response
from requests.cookies import create_cookie, extract_cookies_to_jar, get_cookie_header


class JarEntry(TypedDict):
    """One cookie of a jar as a reply shows it; `expires` is an epoch by the client's own clock."""

    name: str
    value: str
    domain: str
    path: str
    expires: int | None


class Clock:
    """The client's own clock: the machine's, plus the seconds by which it was moved on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead


class OwnTime:
    """Answers http.cookiejar's `_now` from the client's clock.

    The library stores the machine's time there before each of its decisions and then reads it back; here the
    store is ignored.
    """

    clock: Clock

    @property
    def _now(self) -> int:
        return int(self.clock.now())

    @_now.setter
    def _now(self, machine_time: int) -> None:
        pass


class Policy(OwnTime, DefaultCookiePolicy):
    """Decides which cookies are taken and sent, as Netscape and RFC 6265 browsers do, by the client's clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock


class Jar(OwnTime, CookieJar):
    """The cookies of one client. Not safe for use by several threads."""

    def __init__(self) -> None:
        self.clock = Clock()
        super().__init__(Policy(self.clock))

    def header_for(self, request: PreparedRequest) -> bytes | None:
        """The Cookie header that this jar sends with the request, or None without a matching cookie."""
        header: str | None = get_cookie_header(self, request)  # type: ignore[no-untyped-call]
        return None if header is None else header.encode("latin-1")

    def store(self, request: PreparedRequest, response: Response) -> None:
        """Take in the cookies that the reply to a request sets."""
        extract_cookies_to_jar(self, request, response.raw)  # type: ignore[no-untyped-call]

    def put(self, name: str, value: str, host: str) -> None:
        """Plant a session cookie for every path of a host, unchecked, as a script in the browser's console would."""
        domain = host if "." in host else f"{host}.local"  # http.cookiejar's way with a name without dots
        self.set_cookie(create_cookie(raw(name), raw(value), domain=domain))  # type: ignore[no-untyped-call]

    def drop(self, name: str) -> None:
        """Remove the cookies of this name, whatever their host and path; none at all is fine."""
        for cookie in [cookie for cookie in self if cookie.name == raw(name)]:
            self.clear(cookie.domain, cookie.path, cookie.name)

    def advance(self, seconds: float) -> None:
        """Move the client's clock on and drop what has expired by it."""
        self.clock.ahead += seconds
        self.clear_expired_cookies()

    def clear_expired_cookies(self) -> None:
        for cookie in [cookie for cookie in self if cookie.is_expired(self._now)]:
            self.clear(cookie.domain, cookie.path, cookie.name)

    def entries(self) -> list[JarEntry]:
        """The cookies that are alive, in the order of domain, path and arrival."""
        return [entry(cookie) for cookie in self if not cookie.is_expired(self._now)]


def entry(cookie: Cookie) -> JarEntry:
    return JarEntry(
        name=text(cookie.name.encode("latin-1")),
        value=text((cookie.value or "").encode("latin-1")),
        domain=cookie.domain,
        path=cookie.path,
        expires=cookie.expires,
    )


def raw(readable: str) -> str:
    """Text as http.client wants it, one character a byte: its UTF-8 bytes; "\\udc80" to "\\udcff" stand for odd bytes.

    Raises UnicodeEncodeError (a ValueError) for any other lone surrogate, which stands for no bytes at all.
    """
    return readable.encode("utf-8", "surrogateescape").decode("latin-1")


def text(sent: bytes) -> str:
    """Bytes from the wire, readable: as UTF-8 if they are that, otherwise as Latin-1."""
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return sent.decode("latin-1")
