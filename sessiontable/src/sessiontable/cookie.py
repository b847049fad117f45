"""The cookie that carries a session id: how it is found among all others, and how it is written (RFC 6265bis).

Not built on `http.cookies`: one malformed neighbour makes that parser drop the whole jar.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal

from .errors import SessionError
from .ids import ID_LENGTH

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 5.6.2
_BLANK = " \t\r\n"  # around a pair; line ends only where an old client folded the header
_ATTRIBUTE = re.compile(r"[!-:<-~]{1,1024}")  # visible ASCII without ";"; browsers ignore longer ones (6265bis 5.6)
_LONGEST_PAIR = 4096  # octets of name and value, more is ignored by browsers (6265bis 5.6)
_PLACES = 4  # paths, and parent domains, that duplicates are looked for in


@dataclass(frozen=True, slots=True)
class Cookie:
    """All settings of the session cookie. It is always HttpOnly, with Path=/ and without Domain.

    `max_age` in seconds; None makes it a session cookie, which ends with the browser.
    `secure` is for servers behind TLS: it adds the attribute Secure and the prefix `__Host-` to the name, with which
    no other host or path can plant a second one.
    """

    name: str = "sid"
    max_age: int | None = None
    secure: bool = False
    same_site: Literal["Lax", "Strict"] = "Lax"
    wire_name: str = field(init=False)
    """The name as browsers see it."""
    _start: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _TOKEN.fullmatch(self.name):
            raise SessionError(f"cookie name {self.name!r} is no token (RFC 9110 5.6.2): use letters, digits, '-', '_'")
        if self.name.lower().startswith(("__host-", "__secure-", "__http-", "__hosthttp-")):
            raise SessionError(f"cookie name {self.name!r} has a prefix: leave it out, secure=True adds __Host-")
        if self.max_age is not None and self.max_age <= 0:
            raise SessionError(f"cookie max_age is {self.max_age}: give a number of seconds above 0, or None")
        if self.same_site not in {"Lax", "Strict"}:
            raise SessionError(f"cookie same_site is {self.same_site!r}: use 'Lax' or 'Strict'")
        object.__setattr__(self, "wire_name", f"__Host-{self.name}" if self.secure else self.name)
        object.__setattr__(self, "_start", f"{self.wire_name}=")
        if len(self.wire_name) + ID_LENGTH > _LONGEST_PAIR:
            raise SessionError(
                f"cookie name {self.name[:20]!r}… has {len(self.name)} octets: with the id, browsers take no more than "
                f"{_LONGEST_PAIR} in all"
            )

    def candidates(self, lines: Iterable[str]) -> list[str]:
        """Every value that our cookie has in a request's Cookie header lines, in their order; the table decides.

        Pairs are told apart by ";" alone and names compared exactly, so whatever stands in another cookie cannot hide
        ours.
        """
        values = []
        for line in lines:
            if line.startswith(self._start) and ";" not in line:  # a client with this one cookie
                values.append(line[len(self._start) :].strip(_BLANK))
            elif self.wire_name in line:
                for pair in line.split(";"):
                    key, equals, value = pair.partition("=")
                    if equals and key.strip(_BLANK) == self.wire_name:
                        values.append(value.strip(_BLANK))
        return values

    def issue(self, value: str) -> str:
        """The Set-Cookie value that gives this id to the browser."""
        return self._line(value, self.max_age)

    def delete(self) -> str:
        """The Set-Cookie value that makes the browser forget the cookie."""
        return self._line("", 0)

    def delete_elsewhere(self, host: str, path: str) -> list[str]:
        """Set-Cookie values that remove cookies of our name which are not ours: of the paths that lead to `path`, and of
        the domains above `host` (as in the Host header).

        A request does not tell where a cookie belongs, so all likely places are named. Few of each: a browser keeps
        to the limits of its own, and a header to those of the server.
        """
        if self.secure:
            return []  # __Host- cookies exist in one place alone
        domains = ["", *_domains(host)]
        places = [(domain, at) for domain in domains for at in ("/", *dict.fromkeys(_paths(path)))]
        return [self._line("", 0, at, domain) for domain, at in places if (domain, at) != ("", "/")]

    def _line(self, value: str, max_age: int | None, path: str = "/", domain: str = "") -> str:
        parts = [f"{self.wire_name}={value}"]
        if max_age is not None:
            parts.append(f"Max-Age={max_age}")
        parts.append(f"Path={path}")
        if domain:
            parts.append(f"Domain={domain}")
        parts += ["HttpOnly", f"SameSite={self.same_site}"]
        if self.secure:
            parts.append("Secure")
        return "; ".join(parts)


def _paths(path: str) -> Iterator[str]:
    """The cookie paths below "/" that match a request path, with and without a slash at the end."""
    path = path.partition("?")[0]
    if not _ATTRIBUTE.fullmatch(path):
        return
    end = 0
    for _ in range(_PLACES):
        end = path.find("/", end + 1)
        here = path if end < 0 else path[:end]
        if len(here) > 1:
            yield here
        if end < 0:
            return
        yield f"{here}/"


def _domains(host: str) -> Iterator[str]:
    """The domains that a cookie for this host can have been set for; an address has none."""
    name = re.sub(r":\d*$", "", host).strip("[]").rstrip(".").lower()
    if not re.fullmatch(r"[a-z0-9.\-]{1,253}", name) or _is_address(name):
        return
    labels = name.split(".")
    yield from (".".join(labels[at:]) for at in range(min(len(labels) - 1, _PLACES)))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
