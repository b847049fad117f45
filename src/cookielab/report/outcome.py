"""What a check has shown, case by case: what the reports for machines are written from, each in its own format."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..judging.events import Event, Request
from ..judging.history import HistoryError, read
from ..judging.verdict import Finding
from ..stage.checking import Checked
from ..stage.rows import Preflight
from ..subjects import lines
from ..subjects.profile import Profile
from .baseline import PREFLIGHT, Applied
from .plain import plain

MOST = 12
"""Lines of evidence that are told of one case; the history has all of them."""

KEYS = {"whoami": "me", "write": "note", "read": "note", "step": "login"}
"""What says in a profile how a verb is done, where it is not called so."""


@dataclass(frozen=True, slots=True)
class Case:
    """One invariant in one scenario. `state`: holds, broken, accepted, unknown, left out, or stopped: nothing could be
    judged any more. All of it is plain text.

    `verb` and `request`: what was asked in the step that proves it, such as `whoami` and `GET /profile`; empty if
    nothing was. `told`: what was observed and not judged.
    """

    scenario: str
    invariant: str
    state: str
    sentence: str
    title: str = ""
    remedy: str = ""
    evidence: tuple[str, ...] = ()
    verb: str = ""
    request: str = ""
    reason: str = ""
    """Why it is accepted."""
    told: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.scenario}/{self.invariant}" if self.invariant else self.scenario


type Where = Callable[[str], tuple[Path, int] | None]
"""By a verb of the profile: the file and the line where it says how that is done; None where no file says it."""


def nowhere(_: str) -> None:
    """Where there is no profile in a file."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole check, or what there is of one that was stopped, and then why. `folder`: where its evidence lies.
    `flight`: None if it did not come to a preflight. `exit_code`: what the command ends with.
    """

    subject: str = ""
    engine: str = ""
    folder: Path | None = None
    seed: int | None = None
    repeat: int = 1
    flight: Preflight | None = None
    counted: Applied = field(default_factory=Applied)
    exit_code: int = 3
    where: Where = nowhere
    stopped: str = ""

    @property
    def name(self) -> str:
        """What was checked, as plain text."""
        return plain(self.subject) or "check"

    @property
    def verdict(self) -> str:
        """One sentence over all."""
        states = Counter(row.state for row in self.rows if row.state not in {"left out", "told"})
        counts = ", ".join(f"{count} {state}" for state, count in states.items())
        if self.stopped:
            return f"stopped before its end: {counts or 'nothing is judged'}"
        if self.counted.breaks:
            return "broken in the preflight, in calm and in order"
        if self.flight and self.flight.failed:
            return "nothing is judged: the preflight failed"
        words = {0: "held", 1: "broken"}.get(self.exit_code, "not decided")
        return f"{words}: {counts or 'no scenario was played'}"

    def facts(self) -> dict[str, str]:
        """What is needed to play it again."""
        facts = {"engine": self.engine, "seed": self.seed, "repeat": self.repeat, "evidence": self.folder}
        return {name: plain(str(value)) for name, value in facts.items() if value not in (None, "")}

    @property
    def rows(self) -> tuple[Checked, ...]:
        return self.counted.rows

    def cases(self) -> list[Case]:
        """All of them, the preflight's first; what stopped it is the last."""
        flown = self._preflight(self.flight) if self.flight else ()
        cases = [*flown, *(case for row in self.rows for case in cases_of(row))]
        if self.stopped:
            cases.append(Case("check", "", "stopped", _lined(self.stopped), title="the check runs to its end"))
        return cases

    def _preflight(self, flight: Preflight) -> Iterator[Case]:
        told = tuple(map(plain, flight.observations))
        accepted = self.counted.accepted or {}
        for finding in flight.breaks:
            yield case_of(
                PREFLIGHT, finding, (self.folder or Path()) / PREFLIGHT, reason=accepted.get(finding.invariant, "")
            )
        failed = flight.failed
        state, sentence = "holds", "the profile tells the truth about the server"
        if failed is not None:
            line = f"; the profile's line: {failed.line}" if failed.line else ""
            state, sentence = "stopped", plain(f"nothing is judged: {failed.what}: {failed.saw}{line}")
        yield Case(PREFLIGHT, "", state, sentence, title="the profile is tried", told=told)


def in_profile(profile: Profile) -> Where:
    """The lines of a profile's file: that of the verb, else the one that says where the server is, else the first."""
    file = profile.file
    if file is None:
        return lambda _: None
    source = lines.Source(str(file))
    lines.read(file, os.environ, source)

    def where(verb: str) -> tuple[Path, int]:
        for key in (KEYS.get(verb, verb), "run", "url", "compose", "image", "preset"):
            if found := source.places.get((key,)):
                return Path(found[0]), found[1]
        return file, 1

    return where


def _lined(text: str) -> str:
    """Plain text that keeps its lines, as an error has them."""
    return "\n".join(map(plain, text.split("\n")))


def cases_of(row: Checked) -> Iterator[Case]:
    """A case for each invariant of a scenario that was played, or one that says why there is none."""
    told, scenario = tuple(map(plain, row.observations)), row.scenario
    if row.folder is None or not row.findings:  # left out, not able to convict anybody, or only told
        state = row.state if row.state in {"left out", "unknown"} else "left out"
        why = row.why or "nothing of it is judged; what was seen is among the observations"
        for name in (scenario.exercises if state == "unknown" else ("",)) or ("",):
            yield Case(scenario.id, name, state, plain(why), title=scenario.title, told=told)
        return
    for finding in row.findings:
        place = row.places.get(finding.invariant, row.folder)
        reason = row.accepted.get(finding.invariant, "")
        yield case_of(
            scenario.id, finding, place, reason=reason, title=scenario.title, remedy=scenario.remedy, told=told
        )
        told = ()


def case_of(
    scenario: str,
    finding: Finding,
    folder: Path,
    *,
    reason: str = "",
    title: str = "",
    remedy: str = "",
    told: tuple[str, ...] = (),
) -> Case:
    """A finding with what proves it, read in the history in `folder`."""
    events = _proof(folder, finding.evidence) if finding.verdict != "holds" else []
    asked = [event for event in events if isinstance(event, Request)]
    last = asked[-1] if asked else None
    return Case(
        scenario,
        finding.invariant,
        "accepted" if reason else str(finding.verdict),
        plain(finding.sentence),
        title=title,
        remedy=remedy,
        evidence=(*(plain(_line(event)) for event in asked[:MOST]), *_rest(len(asked)), f"history: {_history(folder)}"),
        verb=(last.part_of or last.action) if last else "",
        request=plain(f"{last.method} {_path(last.url)}") if last else "",
        reason=plain(reason),
        told=told,
    )


def _proof(folder: Path, numbers: Sequence[int]) -> list[Event]:
    try:
        return [event for event in read(_history(folder)) if event.seq in numbers]
    except HistoryError:  # the evidence has been cleared away: the sentence stands by itself
        return []


def _history(folder: Path) -> Path:
    return folder / "history.jsonl"


def _rest(count: int) -> tuple[str, ...]:
    return (f"and {count - MOST} more",) if count > MOST else ()


def _line(request: Request) -> str:
    answer = request.error or "no answer" if request.status is None else str(request.status)
    who = f", as {request.claims}" if request.claims and request.claims != request.person else ""
    forged = f", {request.forged}" if request.forged else ""
    return f"{request.seq}: {request.person}{who}{forged}: {request.method} {_path(request.url)} -> {answer}"


def _path(url: str) -> str:
    """What a server was asked for, without the lab's name for it, which is another one in each check."""
    rest = url.partition("://")[2]
    return f"/{rest.partition('/')[2]}" if rest else url


def relative(path: Path) -> str:
    """A file as a code host knows it: from the top of the checkout that it lies in, else from the current folder."""
    path = path.absolute()
    top = next((folder for folder in path.parents if (folder / ".git").exists()), Path.cwd())
    return path.relative_to(top).as_posix() if path.is_relative_to(top) else path.as_posix()
