"""Judges a history after the run: it needs the events and nothing else, so a stored history is judged again at will."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .events import Control, Event, Incident, Request, RunEnd, RunStart
from .history import HistoryError
from .invariants import INVARIANTS
from .invariants.wording import DROPPED, honest, place, unanswered, what
from .verdict import Finding, Verdict, overall

UNSENT = "unsendable"
"""The error of a request that HTTP could not carry: it never left the client, so nobody owes it an answer."""


def judge(events: Sequence[Event]) -> tuple[Finding, ...]:
    """One finding for each invariant that the scenario exercises.

    What was proven broken stays broken. Anything else is unknown where the run itself gives cause for doubt, where the
    check saw nothing to judge, and where the check crashed. Raises HistoryError for a history that starts with no run.
    """
    start = events[0] if events else None
    if not isinstance(start, RunStart):
        raise HistoryError("this history does not begin with a run-start event, so nothing says what to judge")
    doubt = _doubt(events)
    alive = _while_it_lived(events)
    return tuple(_check(name, alive, doubt) for name in start.exercises)


def _check(name: str, events: Sequence[Event], doubt: tuple[str, int] | None) -> Finding:
    if name not in INVARIANTS:
        return Finding(name, Verdict.UNKNOWN, f"there is no such invariant; there are: {', '.join(INVARIANTS)}")
    try:
        finding = INVARIANTS[name](events)
    except Exception as error:
        return Finding(name, Verdict.UNKNOWN, f"the check crashed: {type(error).__name__}: {error}")
    if doubt is None or finding.verdict is Verdict.BROKEN:
        return finding
    return Finding(name, Verdict.UNKNOWN, doubt[0], (doubt[1],))


def _while_it_lived(events: Sequence[Event]) -> Sequence[Event]:
    """Without the honest requests that only a dying server left unanswered: its logic has not decided on them.

    Those are the last ones before it was found dead. A forged request among them stays: it may well have been the cause.
    """
    if not any(isinstance(event, Incident) and event.kind == "server lost" for event in events):
        return events
    asked = [event for event in events if isinstance(event, Request) and event.action != "neighbour"]
    last = max((request.seq for request in asked if request.status is not None and not unanswered(request)), default=0)
    return [e for e in events if not (isinstance(e, Request) and e.seq > last and honest(e) and unanswered(e))]


def _doubt(events: Sequence[Event]) -> tuple[str, int] | None:
    """The cause for doubt in the run itself, if any: a sentence and the number of its event.

    What ended the play explains the requests before it that got no answer; without such an end the first cause counts.
    """
    for event in events:
        if isinstance(event, Incident):
            return f"{event.kind}: {event.text.partition('\n')[0]}", event.seq
    for event in events:
        match event:
            case Control(met=False):
                return f"the situation did not come about: {event.text}", event.seq
            case Request(error=str() as error) if honest(event) and error not in {*DROPPED, UNSENT}:
                return f"{event.person}'s {what(event)} got no answer ({error}) {place(event)}", event.seq
    if not isinstance(events[-1], RunEnd):
        return f"the history ends before the run did, after event {events[-1].seq}", events[-1].seq
    return None


def store(path: Path, events: Sequence[Event], findings: Sequence[Finding]) -> None:
    """Writes the findings as JSON: the run, the verdict over all, each finding."""
    start = events[0]
    run = (
        {"run": start.run, "scenario": start.scenario, "subject": start.subject} if isinstance(start, RunStart) else {}
    )
    content = {**run, "verdict": overall(findings), "findings": [asdict(finding) for finding in findings]}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
