"""What can be said of an invariant after a run, and by which events it is proven."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`unknown` is not a mild `holds`: nothing was seen that could decide it."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one invariant: a sentence for people, and the numbers of the events that prove it."""

    invariant: str
    verdict: Verdict
    sentence: str
    evidence: tuple[int, ...] = ()


def overall(findings: Iterable[Finding]) -> Verdict:
    """One verdict for the run: broken if anything is, else unknown if anything is or if nothing was judged."""
    verdicts = {finding.verdict for finding in findings}
    if Verdict.BROKEN in verdicts:
        return Verdict.BROKEN
    return Verdict.HOLDS if verdicts == {Verdict.HOLDS} else Verdict.UNKNOWN
