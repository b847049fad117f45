"""The story of a test that failed, in a few lines: who did what and what came back, with the events that prove it."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from ..judging.events import Event, NetworkChange, Request
from ..judging.verdict import Finding, Verdict
from ..places import shown
from ..report.plain import plain
from ..report.story import DOING, cell

LINES = 12
WIDTH = 110


def story(events: Sequence[Event], findings: Sequence[Finding], folder: Path) -> str:
    """At most LINES lines: the steps, of many the proof and those before it, and where the rest of it is."""
    proof = {seq for finding in findings if finding.verdict is Verdict.BROKEN for seq in finding.evidence}
    steps = _steps(events, proof)
    chosen = _chosen(len(steps), [number for number, (seq, _) in enumerate(steps) if seq in proof], LINES - 1)
    lines, before = list[str](), -1
    for number in [*chosen, len(steps)]:
        if (left := number - before - 1) > 0:
            lines.append(f"  ... {left} more")
        if number < len(steps):
            lines.append(steps[number][1])
        before = number
    return "\n".join([*lines, f"evidence  {shown(folder)}/history.jsonl"])


def _chosen(count: int, proof: Sequence[int], room: int) -> list[int]:
    """Which steps are shown: the proof from its end, then what stands around its end, in so many lines with the gaps."""
    end = max(proof, default=count - 1)
    chosen = list[int]()
    for number in dict.fromkeys([*reversed(proof), end + 1, *range(end, -1, -1), *range(end + 1, count)]):
        if 0 <= number < count:
            more = sorted([*chosen, number])
            gaps = sum(after - before > 1 for before, after in pairwise([-1, *more, count]))
            if len(more) + gaps <= room:
                chosen = more
    return chosen


def _steps(events: Sequence[Event], proof: set[int]) -> list[tuple[int, str]]:
    owners = {e.canary: e.person for e in events if isinstance(e, Request) and e.action == "write" and e.canary}
    lines = []
    for event in events:
        if isinstance(event, Request) and event.action != "step":
            mark = ">" if event.seq in proof else " "
            doing = f"{event.person} {DOING.get(event.action, event.action)}"
            lines.append((event.seq, plain(f"{mark} {doing:32} {cell(event, owners).text}")[:WIDTH]))
        elif isinstance(event, NetworkChange):
            lines.append((event.seq, plain(f"  {event.host}: {event.change} {event.detail}")[:WIDTH]))
    return lines
