"""Cookies as they stand in the headers of a history: read leniently, because what was sent was sent."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

type Pair = tuple[str, str]


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


@dataclass(frozen=True, slots=True)
class SetCookie:
    """One Set-Cookie line. `lifetime` is in seconds, None for a cookie that ends with the browser, 0 for a deletion."""

    name: str
    value: str
    lifetime: float | None

    @property
    def pair(self) -> Pair:
        """Name and value."""
        return self.name, self.value

    @property
    def deletes(self) -> bool:
        """The line takes a cookie away instead of giving one."""
        return not self.value or (self.lifetime is not None and self.lifetime <= 0)


def set_cookie(line: str, now: float) -> SetCookie:
    """Reads a Set-Cookie line received at `now` (seconds since the epoch); Max-Age beats Expires (RFC 6265, 5.3)."""
    first, *attributes = line.split(";")
    name, _, value = first.partition("=")
    settings = {key.strip().lower(): text.strip() for key, _, text in (a.partition("=") for a in attributes)}
    return SetCookie(name.strip(), value.strip(), _lifetime(settings, now))


def _lifetime(settings: dict[str, str], now: float) -> float | None:
    try:
        return float(max(0, int(settings["max-age"])))
    except (KeyError, ValueError):
        pass
    try:
        expires = parsedate_to_datetime(settings["expires"])
    except (KeyError, ValueError):
        return None
    if expires.tzinfo is None:
        expires = expires.replace(tzinfo=UTC)
    return max(0.0, (expires - datetime.fromtimestamp(now, UTC)).total_seconds())
