"""A browser's cookies, as RFC 6265bis 5.6 to 5.8 has them kept and sent; nothing of the code under test is in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

HOST = "shop.lab.test"
PARENT = "lab.test"

type Place = tuple[str, str, bool, str]
"""What makes two cookies one: name, domain, whether it is for the host alone, path."""


@dataclass
class Jar:
    """The cookies of one browser for one host, by their place, with the time at which each one ends."""

    cookies: dict[Place, tuple[str, float]] = field(default_factory=dict)

    def take(self, set_cookies: Iterable[str], now: float) -> None:
        """Do what the Set-Cookie values of a reply say."""
        for line in set_cookies:
            pair, *attributes = line.split("; ")
            name, _, value = pair.partition("=")
            said = {key.lower(): text for key, _, text in (attribute.partition("=") for attribute in attributes)}
            domain = said.get("domain", "").lower()
            if domain and domain != HOST and not HOST.endswith(f".{domain}"):
                continue
            place = (name, domain or HOST, not domain, said.get("path", "/"))
            age = int(said["max-age"]) if "max-age" in said else None
            if age is not None and age <= 0:
                self.cookies.pop(place, None)
            else:
                self.cookies[place] = (value, float("inf") if age is None else now + age)

    def plant(self, name: str, value: str, domain: str, path: str) -> None:
        """What a neighbour under the same parent domain, or a page at another path, may do."""
        self.cookies[name, domain or HOST, not domain, path] = (value, float("inf"))

    def pairs(self, path: str, now: float) -> list[str]:
        """What goes into the Cookie header of a request, the longest paths first, the older first among equals."""
        found = [
            (kept[3], f"{kept[0]}={value}")
            for kept, (value, end) in self.cookies.items()
            if end > now and covers(kept[3], path)
        ]
        return [pair for _, pair in sorted(found, key=lambda item: -len(item[0]))]


def covers(cookie_path: str, path: str) -> bool:
    """Path-match (RFC 6265bis 5.1.4)."""
    return path == cookie_path or (
        path.startswith(cookie_path) and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")
    )
