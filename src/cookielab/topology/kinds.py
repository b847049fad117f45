"""Values of a Compose file, each held to the type that it must have, so that a mistake is told where it stands."""

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, ip_address
from typing import Any

from ..errors import UsageError
from .records import Address, Publish

type Complaint = Callable[[str, str], UsageError]
"""Makes an error of a place in the file and of what is wrong there."""

SHOWN = 80
"""Characters of a wrong value that are shown."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
CONDITIONS = ("service_started", "service_healthy")
_DURATION = re.compile(r"(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")
_PORTS = re.compile(r"([\d.]+):(\d{1,5})(?:-(\d{1,5}))?:(\d{1,5})(?:-(\d{1,5}))?")


def shown(value: Any) -> str:
    """A value as a message shows it."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


class Kinds:
    """Reads values; `error` knows the file."""

    def __init__(self, error: Complaint) -> None:
        self.error = error

    def name(self, value: str, where: str, what: str) -> str:
        """A name that becomes part of paths, of /etc/hosts and of names of interfaces."""
        if not NAME.fullmatch(value):
            raise self.error(
                where,
                f"{shown(value)} cannot be the name of a {what}: use letters, digits, '.', '_' and '-', 63 at most, "
                "and begin with a letter or digit",
            )
        return value

    def mapping(self, value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.error(where, f"must be a mapping, is {shown(value)}")
        return {str(key): item for key, item in value.items()}

    def sequence(self, value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise self.error(where, f"must be a list, is {shown(value)}")
        return value

    def word(self, value: Any, where: str) -> str:
        """A string, or a number as it is written."""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.error(where, f"must be a string or a number, is {shown(value)}; put it in quotes")
        return str(value)

    def words(self, value: Any, where: str) -> tuple[str, ...]:
        return tuple(self.word(item, f"{where}[{index}]") for index, item in enumerate(self.sequence(value, where)))

    def number(self, value: Any, where: str) -> int:
        """A whole number from 1 on."""
        if isinstance(value, bool) or not re.fullmatch(r"[1-9]\d{0,5}", str(value)):
            raise self.error(where, f"must be a number from 1 to 999,999, is {shown(value)}")
        return int(value)

    def address(self, value: Any, where: str) -> Address:
        try:
            return ip_address(str(value))
        except ValueError:
            raise self.error(where, f"{shown(value)} is no IP address") from None

    def command(self, value: Any, where: str) -> tuple[str, ...] | None:
        if value is None:
            return None
        if not isinstance(value, list) or not value:
            raise self.error(
                where, f"must be a list of words, is {shown(value)}; a shell line is written [sh, -c, ...]"
            )
        return self.words(value, where)

    def pairs(self, value: Any, where: str, separator: str) -> dict[str, str]:
        """Names and values, as a mapping or as a list of both with a separator between."""
        if isinstance(value, list):
            split = [item.partition(separator) for item in self.words(value, where)]
            for key, found, _ in split:
                if not found:
                    raise self.error(where, f"'{key}' has no '{separator}'")
            return {key: item for key, _, item in split}
        return {
            key: "" if item is None else self.word(item, f"{where}.{key}")
            for key, item in self.mapping(value, where).items()
        }

    def seconds(self, value: Any, where: str) -> float:
        match = _DURATION.fullmatch(str(value))
        if not match or not any(match.groups()):
            raise self.error(where, f"{shown(value)} is no duration; write for example 500ms, 2s or 1m30s")
        minutes, seconds, milliseconds = (float(group or 0) for group in match.groups())
        return minutes * 60 + seconds + milliseconds / 1000

    def ports(self, value: Any, where: str) -> Iterator[Publish]:
        match = _PORTS.fullmatch(str(value))
        if not match:
            raise self.error(where, f"{shown(value)} must be ADDRESS:PORT:PORT, for example 127.0.0.1:8081:8081")
        if not isinstance(self.address(match[1], where), IPv4Address):
            raise self.error(where, f"'{match[1]}' is no IPv4 address")
        first, last, inner, inner_last = (int(match[group] or match[group - 1]) for group in (2, 3, 4, 5))
        if not all(1 <= port <= 65535 for port in (first, last, inner, inner_last)):
            raise self.error(where, f"'{value}' has a port beyond 1 to 65535")
        if last - first != inner_last - inner or last < first:
            raise self.error(where, f"'{value}' has ranges of different lengths")
        for offset in range(last - first + 1):
            yield Publish(match[1], first + offset, inner + offset)

    def after(self, value: Any, where: str) -> tuple[str, ...]:
        """The hosts that another one waits for: a list, or a mapping with a condition for each."""
        if isinstance(value, list):
            return self.words(value, where)
        names = self.mapping(value, where)
        for name, body in names.items():
            condition = self.mapping(body, f"{where}.{name}").get("condition", CONDITIONS[0])
            if condition not in CONDITIONS:
                raise self.error(
                    f"{where}.{name}.condition", f"{shown(condition)} is not implemented; use {' or '.join(CONDITIONS)}"
                )
        return tuple(names)
