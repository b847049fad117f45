"""One cookie, and how a browser reads it from a Set-Cookie line (RFC 6265bis, sections 5.1.1 and 5.6).

Browsers forgive nearly everything and never drop a cookie for an attribute that they do not understand. http.cookiejar,
which requests uses, refuses `Domain=localhost`, drops a cookie for an odd Max-Age and knows no prefixes.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST = 4096
"""Bytes of name and value together; browsers ignore a longer cookie."""
LONGEST_ATTRIBUTE = 1024
"""Bytes; browsers ignore a longer attribute."""
LONGEST_LIFE = 400 * 86400
"""Seconds; browsers shorten what is longer."""

CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
WHOLE = re.compile(rb"-?[0-9]+")
DELIMITERS = re.compile(rb"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
TIME = re.compile(rb"(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)")
DAY = re.compile(rb"(\d{1,2})(?!\d)")
MONTH = re.compile(rb"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)
YEAR = re.compile(rb"(\d{2,4})(?!\d)")
MONTHS = b"jan feb mar apr may jun jul aug sep oct nov dec".split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie as it is kept. `domain` begins with a dot where hosts below it get the cookie, too, as in other tools.

    `expires` is an epoch by the client's clock, None for a session cookie. An empty name is possible.
    """

    name: bytes
    value: bytes
    domain: str
    path: str = "/"
    expires: int | None = None
    secure: bool = False
    httponly: bool = False

    @property
    def key(self) -> tuple[str, str, bytes]:
        """What one cookie replaces another by."""
        return self.domain, self.path, self.name

    @property
    def pair(self) -> bytes:
        """The cookie as it is sent."""
        return self.name + b"=" + self.value if self.name else self.value


@dataclass(slots=True)
class SetCookie:
    """What a Set-Cookie line says. `domain` and `path` are as given, None where nothing usable is."""

    name: bytes
    value: bytes
    domain: str | None = None
    path: str | None = None
    expires: int | None = None
    secure: bool = False
    httponly: bool = False


def parse(line: bytes, now: int, ahead: int = 0) -> SetCookie | None:
    """What a line says at this time (epoch); None for what browsers ignore as a whole.

    `ahead`: seconds by which the server's clock is behind this one. A date is by the server's, and means the same time.
    """
    first, *rest = line.split(b";")
    name, equals, value = first.partition(b"=")
    if not equals:
        name, value = b"", first
    found = SetCookie(name.strip(b" \t"), value.strip(b" \t"))
    size = len(found.name) + len(found.value)
    if CONTROL.search(line) or not 0 < size <= LONGEST:
        return None
    max_age: int | None = None
    for attribute in rest:
        key, _, given = attribute.partition(b"=")
        key, given = key.strip(b" \t").lower(), given.strip(b" \t")
        if len(given) > LONGEST_ATTRIBUTE:
            continue
        match key:
            case b"expires":
                found.expires = _earlier(date(given), ahead, now, found.expires)
            case b"max-age":
                max_age = _seconds(given) if WHOLE.fullmatch(given) else max_age
            case b"domain":
                found.domain = given.removeprefix(b".").decode("latin-1").lower() or None
            case b"path":
                found.path = given.decode("latin-1") if given.startswith(b"/") else None
            case b"secure":
                found.secure = True
            case b"httponly":
                found.httponly = True
    if max_age is not None:
        found.expires = now + max_age if max_age > 0 else 0
    return found


def date(given: bytes) -> int | None:
    """The epoch of a date in whatever form servers write it, None where it is none (RFC 6265, 5.1.1)."""
    time = day = month = year = None
    for token in DELIMITERS.split(given):
        if time is None and (time := TIME.match(token)):
            continue
        if day is None and (day := DAY.match(token)):
            continue
        if month is None and (month := MONTH.match(token)):
            continue
        if year is None:
            year = YEAR.match(token)
    if not (time and day and month and year):
        return None
    full = int(year[1])
    full += 1900 if 70 <= full <= 99 else 2000 if full <= 69 else 0
    try:
        hour, minute, second = map(int, time.groups())
        when = datetime(full, MONTHS.index(month[1].lower()) + 1, int(day[1]), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return int(when.timestamp()) if full >= 1601 else None


def _earlier(when: int | None, ahead: int, now: int, before: int | None) -> int | None:
    return before if when is None else max(0, min(when + ahead, now + LONGEST_LIFE))


def _seconds(digits: bytes) -> int:
    """A Max-Age within what browsers allow; a number of 400 digits is only long."""
    if digits.startswith(b"-"):
        return 0
    return LONGEST_LIFE if len(digits.lstrip(b"0")) > 9 else min(int(digits), LONGEST_LIFE)
