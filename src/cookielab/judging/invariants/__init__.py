"""The seven invariants: pure functions from a history to a finding, by name."""

from collections.abc import Callable, Mapping, Sequence

from ..events import Event
from ..verdict import Finding
from .ids import authenticity, finality, uniqueness
from .people import continuity, durability, isolation, steadiness

type Invariant = Callable[[Sequence[Event]], Finding]

INVARIANTS: Mapping[str, Invariant] = {
    "isolation": isolation,
    "continuity": continuity,
    "uniqueness": uniqueness,
    "authenticity": authenticity,
    "finality": finality,
    "durability": durability,
    "steadiness": steadiness,
}

__all__ = ["INVARIANTS", "Invariant"]
