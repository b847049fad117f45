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
    """0 if every expectation was met, 3 if something expected to be decided was not, or nothing was played; else 1."""
    missed = [result for result in results if not result.met]
    if not results or any(result.verdict is Verdict.UNKNOWN for result in missed):
        return 3
    return 1 if missed else 0
