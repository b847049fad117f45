"""One play, judged: what a run gives to its report and to its exit code."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .events import Event
from .verdict import Finding, Verdict, overall


@dataclass(frozen=True, slots=True)
class Result:
    """One play, judged. `expected` is what the table says, None where it says nothing about this pair."""

    scenario: str
    handler: str
    findings: tuple[Finding, ...]
    expected: Verdict | None
    folder: Path
    events: tuple[Event, ...]

    @property
    def verdict(self) -> Verdict:
        return overall(self.findings)

    @property
    def met(self) -> bool:
        return self.expected is None or self.verdict is self.expected


def exit_code(results: Sequence[Result]) -> int:
    """0 if every expectation was met; 3 if something that should be decided was not, or nothing was played; else 1.

    Of a pair that nothing is expected of nothing else counts than its verdict: 1 for broken, 3 for unknown.
    """
    return max((_code(result) for result in results), default=3)


def _code(result: Result) -> int:
    if result.expected is None:
        return {Verdict.HOLDS: 0, Verdict.BROKEN: 1, Verdict.UNKNOWN: 3}[result.verdict]
    if result.met:
        return 0
    return 3 if result.verdict is Verdict.UNKNOWN else 1
