"""A check: the preflight, then every scenario against one subject, each with its power check and, where it breaks, its calm twin."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..engines.base import Engine
from ..judging.events import Event, Observation, Request, Undecided
from ..judging.history import History
from ..judging.judge import judge, store
from ..judging.verdict import Finding, Verdict, overall
from ..lab import parts
from ..subjects import kinds
from ..subjects.exchange import Learnt
from ..subjects.kinds import Brought
from . import chance
from .agents import Agents
from .offers import lacking, offered
from .play import judgeable, play
from .preflight import preflight
from .rows import Preflight, Row, unheard
from .scenario import Scenario
from .stage import Stage

if TYPE_CHECKING:
    from ..subjects.finding import Found

POWER = "power"
CALM = "calm"
WORST = ("broken", "unknown", "holds", "told")
"""The state that several plays have together is the first of these that one of them has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of one scenario. `state`: holds, broken, unknown, accepted (broken, and all of it is in the baseline),
    told (it was played, and nothing of it is judged) or left out, with the reason in `why`.

    `calm`: the verdict of the calm twin, None where it was not played. `power`: the handler that had to break, and
    did. `plays`: how often it was played, and in how many of them it broke is `broke`. `places`: where the history of a
    finding lies that another play than the one in `folder` has brought, by its invariant. `accepted`: why a finding does
    not count, by its invariant.
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
    plays: int = 1
    broke: int = 0
    places: Mapping[str, Path] = field(default_factory=dict)
    accepted: Mapping[str, str] = field(default_factory=dict)

    @property
    def proof(self) -> str:
        """The sentence that decided it."""
        for finding in self.findings:
            if finding.verdict == self.state and finding.invariant not in self.accepted:
                return f"{finding.invariant}: {finding.sentence}"
        return self.why


@dataclass(slots=True)
class Check:
    """One subject in one lab. `expected`: the table of the lab's own handlers, by scenario and handler.

    `seed` decides what is chosen by chance. A server that the lab starts is new each time, so notes and passwords are
    the same again too; any other one may have kept those of an earlier check.
    """

    engine: Engine
    agents: Agents
    subject: Brought
    folder: Path
    expected: Mapping[str, Mapping[str, Verdict]]
    capture: str = "off"
    seed: int = field(default_factory=chance.any_seed)
    repeat: int = 1
    """How often each scenario is played against the subject."""
    _powers: dict[str, tuple[str, int]] = field(default_factory=dict)

    def preflight(self, told: Callable[[Row], None] = unheard) -> Preflight:
        """Calibrates the subject: what was learnt stays with it. `told` hears of each row as soon as it is known."""
        with (
            self._seeded("preflight"),
            History(self.folder / "preflight" / "history.jsonl") as history,
            Stage(self.engine, self.agents, history, self.subject, calm=True) as stage,
        ):
            return preflight(stage, self._learn, told)

    def find_out(self, file: Path | None = None) -> "Found":
        """What the subject's profile does not say, found out by asking the server. The profile stays as it is."""
        from ..subjects.finding import find
        from .probing import StagedProbe

        with (
            History(self.folder / "finding" / "history.jsonl") as history,
            Stage(self.engine, self.agents, history, self.subject, calm=True) as stage,
        ):
            found = find(StagedProbe(stage), self.subject.profile, file, self.subject.guessed)
        if found.spoilt:
            self.subject.close()
        return found

    def _seeded(self, play: str) -> AbstractContextManager[None]:
        return chance.seeded(self.seed, play, "" if self.subject.profile.run else self.folder.name)

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
        if why := scenario.not_on.get(self.engine.name):
            return why
        if scenario.own:
            return f"{scenario.own}; against the lab's own handlers: cookielab run {scenario.id}"
        if profile.encrypted and (proxies := [name for name in scenario.parts if parts.PARTS[name].proxy]):
            return f"people reach this server over https, and {' and '.join(proxies)} would speak plain http to it"
        if why := parts.lacking(self.engine, scenario.parts):
            return why
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
                yield together([self._row(scenario, number) for number in range(1, self.repeat + 1)])

    def _row(self, scenario: Scenario, number: int) -> Checked:
        again = f"-{number}" if number > 1 else ""
        events, findings, folder = self._play(scenario, self.subject, f"subject{again}")
        verdict = overall(findings)
        calm = None
        if verdict is Verdict.BROKEN:
            self.subject.renew()  # a server that is wrong may remember, so the twin and the next play begin with a new one
            _, twin, _ = self._play(scenario, self.subject, f"{CALM}{again}", calm=True)
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
            broke=int(verdict is Verdict.BROKEN),
        )

    def _play(
        self, scenario: Scenario, subject: kinds.Subject, name: str, *, calm: bool = False
    ) -> tuple[tuple[Event, ...], tuple[Finding, ...], Path]:
        folder = self.folder / scenario.id / name
        with self._seeded(f"{scenario.id}/{name}"), parts.present(self.engine, scenario.parts) as missing:
            history = play(
                scenario, subject, engine=self.engine, agents=self.agents, run=self.folder.name, capture=self.capture,
                folder=folder, calm=calm, missing=missing,
            )  # fmt: skip
        findings = judge(history.events)
        store(folder / "verdicts.json", history.events, findings)
        return history.events, findings, folder


def together(plays: Sequence[Checked]) -> Checked:
    """Several plays of one scenario as one: what broke once is broken, and what was not always judged is unknown."""
    if len(plays) == 1:
        return plays[0]
    worst = min(plays, key=lambda row: WORST.index(row.state))
    findings, places = list[Finding](), dict[str, Path]()
    for name in dict.fromkeys(finding.invariant for row in plays for finding in row.findings):
        found = [(row, finding) for row in plays for finding in row.findings if finding.invariant == name]
        row, finding = min(found, key=lambda each: WORST.index(each[1].verdict))
        count = sum(other.verdict is finding.verdict for _, other in found)
        if finding.verdict is not Verdict.HOLDS:
            finding = replace(finding, sentence=f"in {count} of {len(plays)} plays: {finding.sentence}")
        findings.append(finding)
        if row.folder:
            places[name] = row.folder
    return replace(
        worst,
        findings=tuple(findings),
        places=places,
        observations=tuple(dict.fromkeys(text for row in plays for text in row.observations)),
        requests=sum(row.requests for row in plays),
        plays=len(plays),
        broke=sum(row.broke for row in plays),
    )


def exit_of(rows: Sequence[Checked], *, bear: Container[str] = ()) -> int:
    """1 if anything broke, 3 if anything could not be decided or nothing was judged, else 0.

    `bear`: states that are borne, as long as something else was judged.
    """
    states = {row.state for row in rows if row.state not in bear}
    if "broken" in states:
        return 1
    return 0 if states & {"holds", "accepted"} and "unknown" not in states else 3
