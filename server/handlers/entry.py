"""What the lab tells of a handler: its name, what it takes for an identity, and what follows."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A handler as the lab offers it. `identity_is` and `verdict` are for the index page and the help."""

    name: str
    handler: type[Any]
    identity_is: str
    verdict: str
