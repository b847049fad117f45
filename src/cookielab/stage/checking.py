"""A check: the preflight, then every scenario against one subject, each with its power check and, where it breaks, its calm twin."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..engines.base import Engine
from ..judging.events import Event, Observation, Request, Undecided
from ..judging.history import History
from ..judging.judge import judge, store
from ..judging.verdict import Finding, Verdict, overall
from ..subjects import kinds
from ..subjects.exchange import Learnt
from ..subjects.finding import Found, find
from ..subjects.kinds import Brought
from .agents import Agents
from .offers import lacking, offered
from .play import judgeable, play
from .preflight import preflight
from .probing import StagedProbe
from .rows import Preflight, Row, unheard
from .stage import Scenario, Stage

POWER = "power"
CALM = "calm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of one scenario. `state`: holds, broken, unknown, told (it was played, and nothing of it is judged)
    or left out, with the reason in `why`.

    `calm`: the verdict of the calm twin, None where it was not played. `power`: the handler that had to break, and
    did. `logins`: how many the scenario takes.
    """

    scenario: Scenario
    state: str
    why: str = ""
    findings: tuple[Finding, ...] = ()
    calm: Verdict | None = None
    power: str = ""
    observations: tuple[str, ...] = ()
    folder: Path | None = None
    requests: int = 0

    @property
    def proof(self) -> str:
        """The sentence that decided it."""
        for finding in self.findings:
            if finding.verdict == self.state:
                return f"{finding.invariant}: {finding.sentence}"
        return self.why


@dataclass(slots=True)
class Check:
    """One subject in one lab. `expected`: the table of the lab's own handlers, by scenario and handler."""

    engine: Engine
    agents: Agents
    subject: Brought
    folder: Path
    expected: Mapping[str, Mapping[str, Verdict]]
    capture: str = "off"
    _powers: dict[str, tuple[str, int]] = field(default_factory=dict)

    def preflight(self, told: Callable[[Row], None] = unheard) -> Preflight:
        """Calibrates the subject: what was learnt stays with it. `told` hears of each row as soon as it is known."""
        with (
            History(self.folder / "preflight" / "history.jsonl") as history,
            Stage(self.engine, self.agents, history, self.subject, calm=True) as stage,
        ):
            return preflight(stage, self._learn, told)

    def find_out(self, file: Path | None = None) -> Found:
        """What the subject's profile does not say, found out by asking the server. The profile stays as it is."""
        with (
            History(self.folder / "finding" / "history.jsonl") as history,
            Stage(self.engine, self.agents, history, self.subject, calm=True) as stage,
        ):
            return find(StagedProbe(stage), self.subject.profile, file)

    def _learn(self, learnt: Learnt) -> None:
        self.subject.learnt = learnt

    def reason_to_leave_out(self, scenario: Scenario) -> str:
        """Why a scenario cannot be played against this subject, with what would change that; empty if it can."""
        profile = self.subject.profile
        if said := profile.skip.get(scenario.id):
            return f"the profile skips it: {said}"
        for verb in scenario.needs:
            if verb not in offered(profile):
                return lacking(profile, verb)
        if scenario.id == "restart" and not profile.started:
            return "this server is not started by the lab; give `run:` in the profile"
        learnt = self.subject.learnt
        if scenario.of_cookies and learnt is not None and learnt.session_cookies == ():
            return "people are recognised without a cookie, so there is no id to try"
        if not judgeable(scenario, profile) and not scenario.promised:
            return lacking(profile, "write")
        return ""

    def powers(self, scenarios: Sequence[Scenario]) -> Iterator[Checked]:
        """Each scenario against the first handler that it must break; what comes out wrong is given, as unknown."""
        for scenario in scenarios:
            if self.reason_to_leave_out(scenario):
                continue
            name = scenario.must_break[0]
            events, findings, _ = self._play(scenario, kinds.handler(name), POWER)
            logins = sum(isinstance(e, Request) and e.action == "login" for e in events)
            self._powers[scenario.id] = (name, logins)
            if overall(findings) is not Verdict.BROKEN:
                why = f"the power check failed: {name} came out as {overall(findings)}, so a green result would prove nothing"
                yield Checked(scenario=scenario, state="unknown", why=why, findings=findings)

    @property
    def logins(self) -> int:
        """How many logins the scenarios take that have passed the power check, once each."""
        return sum(count for _, count in self._powers.values())

    def rows(self, scenarios: Sequence[Scenario]) -> Iterator[Checked]:
        """What became of each scenario, in order, as soon as it is known."""
        for scenario in scenarios:
            if why := self.reason_to_leave_out(scenario):
                yield Checked(scenario=scenario, state="left out", why=why)
            else:
                yield self._row(scenario)

    def _row(self, scenario: Scenario) -> Checked:
        events, findings, folder = self._play(scenario, self.subject, "")
        verdict = overall(findings)
        calm = None
        if verdict is Verdict.BROKEN:
            self.subject.renew()  # a server that is wrong may remember, so the twin and the next play begin with a new one
            _, twin, _ = self._play(scenario, self.subject, CALM)
            calm = overall(twin)
            self.subject.renew()
        why = next((event.text for event in events if isinstance(event, Undecided)), "")
        state = str(verdict) if findings else "told"
        return Checked(
            scenario=scenario,
            state=state,
            why=why,
            findings=findings,
            calm=calm,
            power=self._powers.get(scenario.id, ("", 0))[0],
            observations=tuple(dict.fromkeys(event.text for event in events if isinstance(event, Observation))),
            folder=folder,
            requests=sum(isinstance(event, Request) for event in events),
        )

    def _play(
        self, scenario: Scenario, subject: kinds.Subject, twin: str
    ) -> tuple[tuple[Event, ...], tuple[Finding, ...], Path]:
        folder = self.folder / scenario.id / (twin or "subject")
        history = play(
            scenario, subject, engine=self.engine, agents=self.agents, run=self.folder.name, capture=self.capture,
            folder=folder, calm=twin == CALM,
        )  # fmt: skip
        findings = judge(history.events)
        store(folder / "verdicts.json", history.events, findings)
        return history.events, findings, folder


def exit_of(rows: Sequence[Checked]) -> int:
    """1 if anything broke, 3 if anything could not be decided or nothing was judged, else 0."""
    states = {row.state for row in rows}
    if "broken" in states:
        return 1
    return 0 if "holds" in states and "unknown" not in states else 3
