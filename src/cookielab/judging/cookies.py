"""Cookies as they stand in the headers of a history: read leniently, because what was sent was sent."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

type Pair = tuple[str, str]


@lru_cache(1024)
def pairs(header: str | None) -> tuple[Pair, ...]:
    """Name and value of each cookie of a Cookie header, in order, also malformed ones; a nameless one has name ''."""
    found = []
    for part in (header or "").split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            found.append((name.strip(), value.strip()))
        elif name:
            found.append(("", name))
    return tuple(found)


ENDLESS = 1e12
"""Seconds of a lifetime of which nobody sees the end: what servers write may have four hundred digits."""


@dataclass(frozen=True, slots=True)
class SetCookie:
    """One Set-Cookie line. `lifetime` is in seconds, None for a cookie that ends with the browser, 0 for a deletion."""

    name: str
    value: str
    lifetime: float | None
    path: str = "/"

    @property
    def pair(self) -> Pair:
        """Name and value."""
        return self.name, self.value

    @property
    def deletes(self) -> bool:
        """The line takes a cookie away instead of giving one."""
        return not self.value or (self.lifetime is not None and self.lifetime <= 0)


def set_cookie(line: str, now: float, url_path: str = "/") -> SetCookie:
    """Reads a Set-Cookie line received at `now` (seconds since the epoch) in answer to a request for `url_path`.

    Max-Age beats Expires, and without a path of its own the cookie has the folder of the URL's (RFC 6265, 5.1.4, 5.3).
    """
    first, *attributes = line.split(";")
    name, _, value = first.partition("=")
    settings = {key.strip().lower(): text.strip() for key, _, text in (a.partition("=") for a in attributes)}
    path = settings.get("path", "")
    if not path.startswith("/"):
        path = url_path.rpartition("/")[0] or "/"
    return SetCookie(name.strip(), value.strip(), _lifetime(settings, now), path)


def reaches(path: str, url_path: str) -> bool:
    """Whether a cookie of this path is sent with a request for that one (RFC 6265, 5.1.4)."""
    return url_path == path or (url_path.startswith(path) and (path.endswith("/") or url_path[len(path)] == "/"))


def _lifetime(settings: dict[str, str], now: float) -> float | None:
    age = settings.get("max-age", "")
    if re.fullmatch(r"-?[0-9]+", age):
        return 0.0 if age.startswith("-") else min(float(age), ENDLESS)
    try:
        expires = parsedate_to_datetime(settings["expires"])
        if expires.tzinfo is None:
            expires = expires.replace(tzinfo=UTC)
        return max(0.0, (expires - datetime.fromtimestamp(now, UTC)).total_seconds())
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return None
