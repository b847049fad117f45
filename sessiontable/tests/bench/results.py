"""What a run has measured, as a file keeps it, and what follows from it."""

import json
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from .subjects import SUBJECTS, Subject

PATHS = {"read": "/read", "write": "/write"}
"""The kinds of requests."""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw in a round: requests per second, latencies in milliseconds; the server's CPU time per request in µs."""

    rate: float
    p50: float
    p99: float
    cpu: float = 0.0


@dataclass(frozen=True, slots=True)
class Driven:
    """What a request takes in the process alone: µs of processor time; instructions, 0 where nobody could count them."""

    cpu: float
    instructions: float


@dataclass(frozen=True, slots=True)
class Sweep:
    """The longest that one request took while expired records were thrown away, and without it, in milliseconds."""

    swept: int
    seconds: float
    longest: float
    longest_without: float


@dataclass(slots=True)
class Measured:
    """All of a run. `loads`: subject, kind, rounds; `lookups`: store, live sessions, µs; `parsing`: shape, bytes, ns a byte."""

    about: dict[str, str] = field(default_factory=dict)
    loads: dict[str, dict[str, list[Load]]] = field(default_factory=dict)
    lookups: dict[str, dict[int, float]] = field(default_factory=dict)
    sizes: dict[int, float] = field(default_factory=dict)
    sweeps: dict[str, Sweep] = field(default_factory=dict)
    parsing: dict[str, dict[int, float]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    driven: dict[str, dict[str, Driven]] = field(default_factory=dict)

    def has(self, subject: Subject) -> bool:
        """Whether the subject and its bare app were measured."""
        return all(self.loads.get(one.id, {}).get("write") for one in (subject, bare_of(subject)))

    def rate(self, subject: Subject, kind: str) -> float:
        """Requests per second, the median of the rounds."""
        return median(load.rate for load in self.loads[subject.id][kind])

    def ratios(self, subject: Subject, kind: str) -> list[float]:
        """The rate by that of the bare app in the same round, for each round."""
        pairs = zip(self.loads[subject.id][kind], self.loads[bare_of(subject).id][kind], strict=False)
        return [load.rate / bare.rate for load, bare in pairs]

    def added(self, subject: Subject, kind: str) -> float:
        """Microseconds that a request takes longer than on the bare app: the same everywhere, however slow a framework."""
        pairs = zip(self.loads[subject.id][kind], self.loads[bare_of(subject).id][kind], strict=False)
        return median(1e6 / load.rate - 1e6 / bare.rate for load, bare in pairs)

    def cpu(self, subject: Subject, kind: str) -> float:
        """Microseconds of processor time that the server took for a request, the median of the rounds."""
        return median(load.cpu for load in self.loads[subject.id][kind])

    def add(self, name: str, said: dict[str, Any]) -> None:
        """What a measurement without HTTP has printed."""
        kind, _, where = name.partition("-")
        if kind == "lookups":
            self.lookups[where] = _numbered(said)
        elif kind == "sweep":
            self.sweeps[where] = Sweep(**said)
        elif kind == "sizes":
            self.sizes = _numbered(said)
        else:
            self.parsing = {shape: _numbered(values) for shape, values in said.items()}

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")


def load(path: Path) -> Measured:
    """The run that was saved there."""
    stored = json.loads(path.read_text())
    return Measured(
        stored["about"],
        {name: {kind: [Load(**one) for one in rounds] for kind, rounds in kinds.items()}
         for name, kinds in stored["loads"].items()},
        {name: _numbered(values) for name, values in stored["lookups"].items()},
        _numbered(stored["sizes"]),
        {name: Sweep(**sweep) for name, sweep in stored["sweeps"].items()},
        {name: _numbered(values) for name, values in stored["parsing"].items()},
        stored["failures"],
        {name: {kind: Driven(**one) for kind, one in kinds.items()} for name, kinds in stored.get("driven", {}).items()},
    )  # fmt: skip


def bare_of(subject: Subject) -> Subject:
    """The same app without sessions."""
    return next(one for one in SUBJECTS if one.bare and one.family == subject.family)


def ours_for(peer: Subject) -> Subject:
    """What a peer is compared with: ours on the same store and framework, or on the nearest one that ours was run on."""
    nearest = {"django": "flask", "express": "starlette"}.get(peer.family, peer.family)
    return next(one for one in SUBJECTS if one.ours and (one.family, one.store) == (nearest, peer.store))


def spread(values: dict[int, float]) -> float:
    """The largest by the smallest: 1 is flat."""
    return max(values.values()) / min(values.values())


def growth(values: dict[int, float]) -> float:
    """The most that a value grows from one step to the next larger one: 1 at the most is linear, or better."""
    steps = [values[key] for key in sorted(values)]
    return max(later / earlier for earlier, later in pairwise(steps))


def _numbered(values: dict[str, Any]) -> dict[int, float]:
    return {int(key): value for key, value in values.items()}
