"""The targets of the session table, and what a run says to each."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from .results import PATHS, Measured, growth, ours_for, spread
from .subjects import SUBJECTS, Subject

RELATIVE = {
    ("memory", "read"): 0.88,
    ("memory", "write"): 0.8,
    ("SQLite", "read"): 0.7,
    ("SQLite", "write"): 0.58,
    ("Redis", "read"): 0.72,
    ("Redis", "write"): 0.62,
}
"""Requests per second on Starlette and uvicorn by those of the same app without sessions, at least."""
AHEAD = ("SQLite", "Redis")
"""The stores on which ours has to add less time to a request than every peer."""
FLAT = {"memory": 1.3, "sqlite": 2.0}
BYTES, LINEAR = 800, 1.3
DELAY = {"sqlite": 15.0}  # ms; 10 elsewhere
NAMES = {"sqlite": "SQLite"}
SWEEPS = {
    "asyncio": "memory, sweeping task in the same loop",
    "threads": "memory, sweeping thread",
    "sqlite": "SQLite, sweeping process",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A line of the table. `least`: the target is a minimum. `note`: beside the value, not judged."""

    what: str
    value: float
    limit: float
    unit: str = ""
    least: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.least else self.value <= self.limit


def targets(found: Measured) -> Iterator[Target]:
    """A line for each target that was measured."""
    yield from _relative(found)
    yield from _ahead(found)
    for store, values in found.lookups.items():
        ends = f"{values[min(values)]:.1f} µs at {min(values):,} sessions, {values[max(values)]:.1f} at {max(values):,}"
        yield Target(f"look-up time, {NAMES.get(store, store)}: the longest by the shortest", spread(values),
                     FLAT[store], " x", note=ends)  # fmt: skip
    for size, value in found.sizes.items():
        yield Target(f"memory of a small session in MemoryStore, {size:,} of them", value, BYTES, " bytes")
    for place, sweep in found.sweeps.items():
        note = f"{sweep.longest_without:.2f} ms without; {sweep.swept:,} swept in {sweep.seconds:.0f} s"
        yield Target(
            f"longest request during a sweep: {SWEEPS[place]}", sweep.longest, DELAY.get(place, 10.0), " ms", note=note
        )
    for shape, values in found.parsing.items():
        note = f"{values[max(values)]:.2f} ns a byte at {max(values):,} bytes"
        yield Target(f"parsing, {shape}: time per byte by that of the next shorter header", growth(values), LINEAR,
                     " x", note=note)  # fmt: skip


def _relative(found: Measured) -> Iterator[Target]:
    floor = next(one for one in SUBJECTS if one.variant == "floor")
    for (store, kind), limit in RELATIVE.items():
        ours = next(one for one in SUBJECTS if one.ours and (one.family, one.store) == ("starlette", store))
        if found.has(ours):
            ratios = found.ratios(ours, kind)
            note = f"rounds {min(ratios):.2f} to {max(ratios):.2f}"
            if found.has(floor):
                note += f"; a middleware that does nothing {median(found.ratios(floor, kind)):.2f}"
            yield Target(f"ASGI, {store}, {kind}: relative to no sessions", median(ratios), limit, " x", True, note)


def _ahead(found: Measured) -> Iterator[Target]:
    for peer in SUBJECTS:
        if peer.store in AHEAD and not peer.ours and found.has(peer) and found.has(ours_for(peer)):
            for kind in PATHS:
                yield _beside(found, ours_for(peer), peer, kind)


def _beside(found: Measured, ours: Subject, peer: Subject, kind: str) -> Target:
    what = f"{peer.store}, {kind}: added on {ours.family}; target: what {peer.title} adds"
    return Target(what, found.added(ours, kind), round(found.added(peer, kind)), " µs")
