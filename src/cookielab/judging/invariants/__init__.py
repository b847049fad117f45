"""The seven invariants: from a history to a finding, by name; each can also be followed request by request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..events import Event
from ..ledger import Ledger
from ..verdict import Finding
from .authenticity import Authenticity
from .check import Check
from .continuity import Continuity
from .durability import Durability
from .finality import Finality
from .isolation import Isolation
from .steadiness import Steadiness
from .uniqueness import Uniqueness


@dataclass(frozen=True, slots=True)
class Invariant:
    """One invariant. Call it with a history, or begin a check and show it each request yourself."""

    check: type[Check]

    def begin(self, ledger: Ledger) -> Check:
        """A check that has seen nothing yet."""
        return self.check(ledger)

    def __call__(self, events: Iterable[Event]) -> Finding:
        ledger = Ledger()
        check = self.begin(ledger)
        for event in events:
            if seen := ledger.see(event):
                check.see(seen)
                ledger.enter(seen)
        return check.finding()


INVARIANTS: Mapping[str, Invariant] = {
    check.name: Invariant(check)
    for check in (Isolation, Continuity, Uniqueness, Authenticity, Finality, Durability, Steadiness)
}

__all__ = ["INVARIANTS", "Check", "Invariant"]
