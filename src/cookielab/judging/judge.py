"""Judges a history after the run: it needs the events and nothing else, so a stored history is judged again at will.

One pass: the ledger is kept once, and all checks look at each request side by side. A stream will do.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from .events import Control, Event, Incident, Request, RunEnd, RunStart, Undecided
from .history import HistoryError
from .invariants import INVARIANTS, Check
from .invariants.wording import DROPPED, honest, place, unanswered, what
from .ledger import Ledger
from .seen import Seen
from .verdict import Finding, Verdict, overall

UNSENT = "unsendable"
"""The error of a request that HTTP could not carry: it never left the client, so nobody owes it an answer."""
LOST = "lost"
"""The error of a request whose reply was lost because the story wanted it so."""

type Cause = tuple[str, int]
"""A sentence, and the number of the event that it is about."""


def judge(events: Iterable[Event]) -> tuple[Finding, ...]:
    """One finding for each invariant that the scenario exercises.

    What was proven broken stays broken. Anything else is unknown where the run itself gives cause for doubt, where the
    check saw nothing to judge, and where the check crashed. Raises HistoryError for a history that starts with no run.
    """
    remaining = iter(events)
    start = next(remaining, None)
    if not isinstance(start, RunStart):
        raise HistoryError("this history does not begin with a run-start event, so nothing says what to judge")
    doubts, ledger = _Doubts(), Ledger()
    checks = _Checks({name: INVARIANTS[name].begin(ledger) for name in start.exercises if name in INVARIANTS})
    ledger.see(start)
    doubts.see(start)
    for event in _while_it_lived(doubts.watch(remaining)):
        if seen := ledger.see(event):
            checks.see(seen)
            ledger.enter(seen)
    return tuple(_finding(name, checks, doubts) for name in start.exercises)


class _Checks:
    """Checks side by side, of which each may crash, which is no verdict on the subject."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._going = dict(checks)
        self._eyes = [(name, check.see) for name, check in checks.items()]
        self._crashes: dict[str, str] = {}

    def see(self, seen: Seen) -> None:
        for name, see in self._eyes:
            try:
                see(seen)
            except Exception as error:
                self._crash(name, error)

    def finding(self, name: str) -> Finding:
        if name in self._going:
            try:
                return self._going[name].finding()
            except Exception as error:
                self._crash(name, error)
        why = self._crashes.get(name, f"there is no such invariant; there are: {', '.join(INVARIANTS)}")
        return Finding(name, Verdict.UNKNOWN, why)

    def _crash(self, name: str, error: Exception) -> None:
        self._crashes[name] = f"the check crashed: {type(error).__name__}: {error}"
        del self._going[name]
        self._eyes = [(other, check.see) for other, check in self._going.items()]


def _finding(name: str, checks: _Checks, doubts: "_Doubts") -> Finding:
    finding = checks.finding(name)
    doubt = doubts.about(name) if name in INVARIANTS else None
    if doubt is None or finding.verdict is Verdict.BROKEN or finding.sentence.startswith("the check crashed: "):
        return finding
    return Finding(name, Verdict.UNKNOWN, doubt[0], (doubt[1],))


def _while_it_lived(events: Iterable[Event]) -> Iterator[Event]:
    """Without the honest requests that only a dying server left unanswered: its logic has not decided on them.

    Those are the last ones before it was found dead. A forged request among them stays: it may well have been the cause.
    """
    held: list[Event] = []
    lost = False
    for event in events:
        begins = False
        if isinstance(event, Request):
            if event.action != "neighbour":
                dropped = unanswered(event)
                begins = dropped and honest(event)
                if held and not dropped and event.status is not None:
                    yield from held
                    held.clear()
        elif isinstance(event, Incident) and event.kind == "server lost":
            lost = True
        if held or begins:
            held.append(event)
        else:
            yield event
    for event in held:
        if not (lost and isinstance(event, Request) and honest(event) and unanswered(event)):
            yield event


class _Doubts:
    """The causes for doubt in the run itself.

    What ended the play explains the requests before it that got no answer; without such an end the first cause counts.
    """

    def __init__(self) -> None:
        self._incident: Cause | None = None
        self._first: Cause | None = None
        self._undecided: dict[str | None, Cause] = {}
        self._last: Event | None = None

    def watch(self, events: Iterable[Event]) -> Iterator[Event]:
        """The same events, looked at."""
        for event in events:
            self.see(event)
            yield event

    def see(self, event: Event) -> None:
        self._last = event
        if isinstance(event, Request) and (event.error is None or event.trouble is not None):
            return
        match event:
            case Incident() if self._incident is None:
                self._incident = (f"{event.kind}: {event.text.partition('\n')[0]}", event.seq)
            case Undecided():
                self._undecided.setdefault(event.invariant, (event.text.partition("\n")[0], event.seq))
            case Control(met=False) if self._first is None:
                self._first = (f"the situation did not come about: {event.text}", event.seq)
            case Request(error=str() as error) if (
                self._first is None and honest(event) and error not in {*DROPPED, UNSENT, LOST}
            ):
                self._first = (
                    f"{event.person}'s {what(event)} got no answer ({error}) {place(event)}",
                    event.seq,
                )

    def about(self, invariant: str) -> Cause | None:
        """The cause for doubt in a finding on this invariant, if any."""
        cause = self._incident or self._first or self._undecided.get(None) or self._undecided.get(invariant)
        if cause is None and self._last is not None and not isinstance(self._last, RunEnd):
            return f"the history ends before the run did, after event {self._last.seq}", self._last.seq
        return cause


def store(path: Path, events: Sequence[Event], findings: Sequence[Finding]) -> None:
    """Writes the findings as JSON: the run, the verdict over all, each finding."""
    start = events[0]
    run = (
        {"run": start.run, "scenario": start.scenario, "subject": start.subject} if isinstance(start, RunStart) else {}
    )
    content = {**run, "verdict": overall(findings), "findings": [asdict(finding) for finding in findings]}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
