"""The story of a test that failed, in a few lines: who did what and what came back, with the events that prove it."""

import os
from collections.abc import Sequence
from pathlib import Path

from ..judging.events import Event, NetworkChange, Request
from ..judging.verdict import Finding, Verdict
from ..report.plain import plain
from ..report.story import DOING, cell

LINES = 12
WIDTH = 110


def story(events: Sequence[Event], findings: Sequence[Finding], folder: Path) -> str:
    """At most LINES lines: the steps, of many those around the proof, and where the rest of it is."""
    proof = {seq for finding in findings if finding.verdict is Verdict.BROKEN for seq in finding.evidence}
    steps = list(_steps(events, proof))
    room = LINES - 1
    if len(steps) > room:
        last = max((number for number, (seq, _) in enumerate(steps) if seq in proof), default=len(steps) - 1)
        begin = max(0, min(last + 2, len(steps)) - (room - 1))
        left = len(steps) - (room - 1)
        steps = [(0, f"  ... {left} steps are left out"), *steps[begin : begin + room - 1]]
    return "\n".join([*(text for _, text in steps), f"evidence  {os.path.relpath(folder)}/history.jsonl"])


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
