"""The cookie that carries a session id: how it is found among all others, and how it is written (RFC 6265).

Not built on `http.cookies`: one malformed neighbour makes that parser drop the whole jar.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .errors import SessionError

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 5.6.2
_BLANK = " \t\r\n"  # around a pair; line ends only where an old client folded the header


def values_of(name: str, lines: Iterable[str]) -> list[str]:
    """Every value that a cookie of this name has in the given Cookie header lines, in their order.

    Pairs are told apart by ";" alone and names compared exactly, so whatever stands in another cookie cannot hide ours.
    """
    pairs = (pair.partition("=") for line in lines for pair in line.split(";"))
    return [value.strip(_BLANK) for key, equals, value in pairs if equals and key.strip(_BLANK) == name]


@dataclass(frozen=True, slots=True)
class Cookie:
    """All settings of the session cookie. It is always HttpOnly, with Path=/ and without Domain.

    `max_age` in seconds; None makes it a session cookie, which ends with the browser.
    `secure` is for servers behind TLS: it adds the attribute Secure and the prefix `__Host-` to the name.
    """

    name: str = "sid"
    max_age: int | None = None
    secure: bool = False
    same_site: Literal["Lax", "Strict"] = "Lax"

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.name):
            raise SessionError(f"cookie name {self.name!r} is no token (RFC 9110 5.6.2): use letters, digits, '-', '_'")
        if self.name.lower().startswith(("__host-", "__secure-")):
            raise SessionError(f"cookie name {self.name!r} has a prefix: leave it out, secure=True adds it")
        if self.max_age is not None and self.max_age <= 0:
            raise SessionError(f"cookie max_age is {self.max_age}: give a number of seconds above 0, or None")

    @property
    def wire_name(self) -> str:
        """The name as browsers see it."""
        return f"__Host-{self.name}" if self.secure else self.name

    def candidates(self, lines: Iterable[str]) -> list[str]:
        """The distinct values that our cookie has in a request; the table decides which one counts."""
        return list(dict.fromkeys(values_of(self.wire_name, lines)))

    def issue(self, value: str) -> str:
        """The Set-Cookie value that gives this id to the browser."""
        return self._line(value, self.max_age)

    def delete(self) -> str:
        """The Set-Cookie value that makes the browser forget the cookie."""
        return self._line("", 0)

    def _line(self, value: str, max_age: int | None) -> str:
        parts = [f"{self.wire_name}={value}"]
        if max_age is not None:
            parts.append(f"Max-Age={max_age}")
        parts += ["Path=/", "HttpOnly", f"SameSite={self.same_site}"]
        if self.secure:
            parts.append("Secure")
        return "; ".join(parts)
