"""What a second Compose file may change of a host: merged as `docker compose -f A -f B` does, as far as the lab needs it."""

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import LabError

PAIRS = {"environment": "=", "sysctls": "=", "extra_hosts": ":"}
"""Keys that hold pairs, as a mapping or as a list with this separator. An overlay adds pairs or replaces values."""
PARTS = ("networks", "depends_on")
"""Keys that hold mappings of mappings. An overlay adds to them."""
KEYS = (*PAIRS, *PARTS)

type Body = Mapping[str, Any]
type Pairs = Callable[[Any, str, str], dict[str, str]]
type Complaint = Callable[[str, str], LabError]


def merged(body: Body, over: Body, where: str, *, pairs: Pairs, error: Complaint) -> dict[str, Any]:
    """A service with an overlay's part put over it. Raises what `error` makes of a place and of what is wrong there.

    `pairs` reads both forms of a key with pairs; `where` is the service's place in the file.
    """
    result = dict(body)
    for key, value in over.items():
        if key not in KEYS:
            raise error(f"{where}.{key}", f"in an overlay this cannot be changed; what can is {', '.join(KEYS)}")
        result[key] = value
        if key not in body:
            continue
        if key in PARTS:
            result[key] = _joined(body[key], value, f"{where}.{key}", error)
            continue
        own, more = (pairs(each, f"{where}.{key}", PAIRS[key]) for each in (body[key], value))
        if key == "extra_hosts" and (twice := [name for name in own if name in more and own[name] != more[name]]):
            raise error(f"{where}.{key}", f"{twice[0]} is {own[twice[0]]} already; Compose would keep both")
        result[key] = own | more
    return result


def _joined(parts: Any, over: Any, where: str, error: Complaint) -> dict[str, Any]:
    """What is there, and what is new."""
    for each in (parts, over):
        if not isinstance(each, dict):
            raise error(where, f"must be a mapping where an overlay adds to it, is {each!r}")
    for name in over:
        if name in parts:
            raise error(f"{where}.{name}", "in an overlay this cannot be changed; add one of another name")
    return {**parts, **over}
