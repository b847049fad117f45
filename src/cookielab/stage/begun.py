"""A request that is under way, as its person remembers it."""

from collections.abc import Generator
from dataclasses import dataclass

from ..subjects.exchange import Incoming, Outcome, Outgoing
from .asking import Manner


@dataclass(frozen=True, slots=True)
class Begun:
    """A verb whose first request has been sent. `claims` and `note`: who the person was then, and what they had written."""

    verb: str
    steps: Generator[Outgoing, Incoming, Outcome]
    out: Outgoing
    claims: str | None
    note: str | None
    number: int
    manner: Manner
