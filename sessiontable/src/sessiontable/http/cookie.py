"""The cookie that carries a session id: how it is found among all others, and how it is written (RFC 6265bis).

Not built on `http.cookies`: one malformed neighbour makes that parser drop the whole jar.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal

from ..basics.ids import ID_LENGTH
from ..basics.settings import whole_seconds
from ..errors import SessionError

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 5.6.2
_BLANK = " \t\r\n"  # around a pair; line ends only where an old client folded the header
_ATTRIBUTE = re.compile(r"[!-:<-~]{1,1024}")  # visible ASCII without ";"; browsers ignore longer ones (6265bis 5.6)
_LONGEST_PAIR = 4096  # octets of name and value, more is ignored by browsers (6265bis 5.6)
_TIDYING = 1000  # octets of header for it
_AROUND = len("Set-Cookie: \r\n")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,251}[A-Za-z0-9])?")
_PLACES = 4  # paths, and parent domains, that duplicates are looked for in


@dataclass(frozen=True, slots=True)
class Cookie:
    """All settings of the session cookie. It is always HttpOnly.

    `name`: two apps on one host need a name of its own each, for cookies know no ports (RFC 6265 8.5).
    `max_age` in whole seconds; None makes it a session cookie, which ends with the browser.
    `secure`: the attribute Secure, and the prefix `__Host-` on the name, with which no other host or path can plant a
    second one. False is for plain http alone, as while developing.
    `same_site`: "None" is for an app in another site's frame, or a login that comes back as a POST from another site; it
    gives up the protection that "Lax" is against forged requests, and needs `secure`.
    `path`, `domain`: where else than on this one host, or only where on it, the cookie goes. Either costs the prefix
    `__Host-` (`__Secure-` takes its place), so that a neighbour can plant a second one; with a domain every host below
    gets the id, too. Raises SessionError for what makes no sense.
    """

    name: str = "sessiontable"
    max_age: int | None = None
    secure: bool = True
    same_site: Literal["Lax", "Strict", "None"] = "Lax"
    path: str = "/"
    domain: str | None = None
    wire_name: str = field(init=False)
    """The name as browsers see it."""
    _start: str = field(init=False, repr=False, compare=False)
    _tail: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _TOKEN.fullmatch(self.name):
            raise SessionError(f"cookie name {self.name!r} is no token (RFC 9110 5.6.2): use letters, digits, '-', '_'")
        if self.name.lower().startswith(("__host-", "__secure-", "__http-", "__hosthttp-")):
            raise SessionError(f"cookie name {self.name!r} has a prefix: leave it out, secure=True adds __Host-")
        if self.max_age is not None:
            whole_seconds("cookie max_age", self.max_age, 1)
        if not isinstance(self.secure, bool):
            raise SessionError(f"cookie secure is {self.secure!r}: give True or False")
        if self.same_site not in ("Lax", "Strict", "None"):
            raise SessionError(f"cookie same_site is {self.same_site!r}: use 'Lax', 'Strict' or 'None'")
        if self.same_site == "None" and not self.secure:
            raise SessionError("cookie same_site is 'None' without secure=True: browsers refuse such a cookie")
        if not (isinstance(self.path, str) and self.path.startswith("/") and _ATTRIBUTE.fullmatch(self.path)):
            raise SessionError(f"cookie path is {self.path!r}: begin it with /, as /app, without ; and blanks")
        if self.domain is not None and not (isinstance(self.domain, str) and _DOMAIN.fullmatch(self.domain)):
            raise SessionError(f"cookie domain is {self.domain!r}: give a host name, as example.com, or None")
        plain = self.path == "/" and self.domain is None
        prefix = "" if not self.secure else "__Host-" if plain else "__Secure-"
        parts = [f"Path={self.path}", *([f"Domain={self.domain}"] if self.domain else []), *self._end()]
        object.__setattr__(self, "wire_name", f"{prefix}{self.name}")
        object.__setattr__(self, "_start", f"{self.wire_name}=")
        object.__setattr__(self, "_tail", "; ".join(parts))
        if len(self.wire_name) + ID_LENGTH > _LONGEST_PAIR:
            raise SessionError(
                f"cookie name {self.name[:20]!r}… has {len(self.name)} octets: with the id, browsers take no more than "
                f"{_LONGEST_PAIR} in all"
            )

    def candidates(self, lines: Iterable[str]) -> list[str]:
        """Every value that our cookie has in a request's Cookie header lines, in their order; the table decides."""
        values = []
        for line in lines:
            if line.startswith(self._start) and ";" not in line:  # a client with this one cookie
                values.append(line[len(self._start) :].strip(_BLANK))
            elif self.wire_name in line:
                values += values_of(self.wire_name, line)
        return values

    def issue(self, value: str, max_age: int | None = None) -> str:
        """The Set-Cookie value that gives this id to the browser. `max_age`: other than the cookie's own; 0 is none."""
        age = self.max_age if max_age is None else max_age
        return f"{self._start}{value}; Max-Age={age}; {self._tail}" if age else f"{self._start}{value}; {self._tail}"

    def lasts(self, max_age: int | None) -> bool:
        """Whether a cookie issued with this `max_age` has a Max-Age."""
        return bool(self.max_age if max_age is None else max_age)

    def delete(self) -> str:
        """The Set-Cookie value that makes the browser forget the cookie."""
        return f"{self._start}; Max-Age=0; {self._tail}"

    def delete_elsewhere(self, host: str, path: str, turn: int = 0) -> list[str]:
        """Set-Cookie values that remove cookies of our name at other places: at the paths that lead to `path`, and at the
        domains above `host` (as in the Host header).

        A request does not tell where a cookie belongs, so the likely places are named, in no more than 1,000 octets of
        header: a proxy that gets much more answers 502. Where that is not enough for all, each `turn` has others.
        """
        if self.wire_name.startswith("__Host-"):
            return []  # such a cookie exists in one place alone
        domains, paths = [*_domains(host)], ["/", *dict.fromkeys(_paths(path))]
        places = [("", at) for at in paths] + [(domain, "/") for domain in domains]
        places += [(domain, at) for domain in domains for at in paths[1:]]
        turns, room = [list[str]()], _TIDYING
        for domain, at in places:
            if (domain, at) == (self.domain or "", self.path):
                continue
            parts = [f"{self._start}; Max-Age=0; Path={at}", *([f"Domain={domain}"] if domain else []), *self._end()]
            line = "; ".join(parts)
            cost = len(line) + _AROUND
            if cost > _TIDYING:
                continue
            if cost > room:
                turns.append([])
                room = _TIDYING
            turns[-1].append(line)
            room -= cost
        return turns[turn % len(turns)]

    def _end(self) -> list[str]:
        return ["HttpOnly", f"SameSite={self.same_site}", *(["Secure"] if self.secure else [])]


def values_of(name: str, line: str) -> list[str]:
    """Every value that cookies of this name have in a Cookie header line, in their order.

    Pairs are told apart by ";" alone and names compared exactly, so whatever stands in another cookie cannot hide ours.
    """
    values = []
    for pair in line.split(";"):
        key, equals, value = pair.partition("=")
        if equals and key.strip(_BLANK) == name:
            values.append(value.strip(_BLANK))
    return values


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
    name = re.sub(r":\d*$", "", host).rstrip(".").lower()
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
