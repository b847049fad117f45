"""The fixture `lab`: what one test may do, all of it recorded, judged when the test has ended."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import LabError, UsageError, one_of
from ..judging.events import Event, Incident, Request, RunEnd, RunStart
from ..judging.history import History
from ..judging.invariants import INVARIANTS
from ..judging.judge import judge, store
from ..judging.verdict import Finding, Verdict
from ..lab.capture import capturing
from ..stage.catalogue import catalogued, expected
from ..stage.checking import Check, Checked
from ..stage.network import Network
from ..stage.person import Person
from ..stage.play import judgeable
from ..stage.scenario import Scenario
from ..stage.stage import Stage

if TYPE_CHECKING:
    from .session import Session

PEOPLE = ("alice", "bob", "carol", "dave")
"""Who has a fixture, and which user of the profile each is where no user has that name: the first, the second, ..."""

DOUBTED = frozenset({"steadiness", "continuity", "durability", "finality"})
"""Invariants that are unknown without an event to show for it where a test does not touch them, which is no doubt."""


class Lab:
    """One test in the lab: fresh people, a fresh history, the gateways as they were before.

    `folder`: where the evidence of this test is. `session`: what it shares with the others. `findings`: what the judge said at the end.
    """

    def __init__(self, session: "Session", name: str, folder: Path, *, nat: str | None, capture: str) -> None:
        self.session, self.folder = session, folder
        self.findings: tuple[Finding, ...] = ()
        self.plays: list[Checked] = []
        self._people: dict[str, Person] = {}
        self._ended = False
        self._undo = ExitStack()
        self._history = self._undo.enter_context(History(folder / "history.jsonl"))
        try:
            self._begin(name, nat, capture)
        except BaseException:
            self._undo.close()
            raise

    def _begin(self, name: str, nat: str | None, capture: str) -> None:
        session = self.session
        topology, subject = session.lab.topology, session.subject
        hosts = {
            host.name: tuple(str(leg.address) for leg in host.legs) for host in topology.hosts.values() if host.legs
        }
        self._history.record(
            RunStart(
                run=session.folder.name, engine=session.lab.engine.name, scenario=name, subject=subject.name,
                capture=capture, exercises=judgeable(_everything(name), subject.profile), hosts=hosts,
                session_cookies=subject.learnt.session_cookies if subject.learnt else None,
                survives=None if subject.profile.survives is None else tuple(subject.profile.survives),
                shared=subject.profile.note is not None and subject.profile.note.shared,
            )
        )  # fmt: skip
        session.forget()
        if {capture, session.lab.record.capture} != {"off"}:
            self._undo.enter_context(capturing(session.lab, capture, self.folder))
        self._stage = self._undo.enter_context(Stage(session.lab.engine, session.agents, self._history, subject))
        if nat is not None:
            self.network.nat(nat)

    @property
    def network(self) -> Network:
        """The gateways and who moves: `nat(kind)`, `flush()`, `table()`, `roam(person, "office")`. Undone at the end."""
        return self._stage.network

    @property
    def events(self) -> tuple[Event, ...]:
        """All that has happened in this test so far."""
        return self._history.events

    def person(self, name: str, host: str | None = None, user: str | None = None) -> Person:
        """Somebody with a fresh browser: at a host of the lab, or in a network of it, such as `office`.

        Without a `host` they sit at the one of their name. `user`: whose name and password of the subject's users they
        have; by default the user of their name. The same name gives the same person for the whole test; UsageError where
        it is asked for at another place, or as another user.
        """
        if name not in self._people:
            known = user or self._user(name)
            person = self._stage.person(name, self._host(host or name), known)
            person.insists = True
            self._people[name] = person
        person = self._people[name]
        legs = self.session.lab.topology.host(person.host).legs
        if host not in (None, person.host, legs[0].network) or user not in (None, person.user):
            raise UsageError(
                f"{name} is somebody already: user {person.user} at host {person.host}; "
                f"give whoever is {user or person.user} at {host or person.host} a name of their own"
            )
        return person

    def _host(self, name: str) -> str:
        topology = self.session.lab.topology
        here = [host.name for host in topology.clients() if host.legs[0].network == name]
        if here:  # the one where fewest sit: each host has an address of its own behind the gateway
            return min(here, key=lambda host: sum(person.host == host for person in self._people.values()))
        return one_of([host.name for host in topology.clients()] + list(topology.networks), name, "host")

    def _user(self, name: str) -> str:
        profile = self.session.subject.profile
        if isinstance(profile.users, str) or name in profile.users:
            return name
        number = PEOPLE.index(name) if name in PEOPLE else len(profile.names)
        if number < len(profile.names) and not set(PEOPLE) & set(profile.names):
            return profile.names[number]
        raise UsageError(
            f"{name} is no user of the subject, whose users are {', '.join(profile.names) or 'none'}: "
            f"add {name} to `users`, or say who it is: lab.person({name!r}, user=...)"
        )

    def together(self, *steps: Callable[[], Request | None]) -> list[Request]:
        """Takes steps of several people at once, as in `lab.together(alice.whoami, bob.whoami)`: none begins before all are ready."""
        return self._stage.together(*steps)

    def say(self, text: str) -> None:
        """One short sentence for the reader of the story: what happens next."""
        self._stage.say(text)

    def play(self, scenario: Scenario | str) -> Checked:
        """Plays a scenario against the subject, and fails where it breaks or cannot be decided.

        It is first played against the handler that it must break, once for all tests, so that `holds` means something.
        One that the subject offers too little for is skipped, with the line of the profile that would change it.
        """
        import pytest

        if isinstance(scenario, str):
            scenario = catalogued()[one_of(catalogued(), scenario, "scenario")]
        session = self.session
        check = Check(
            session.lab.engine,
            session.agents,
            session.subject,
            self.folder,
            expected(),
            capture=scenario.capture or "off",
        )
        if why := check.reason_to_leave_out(scenario):
            pytest.skip(f"{scenario.id}: {why}")
        with capturing(session.lab, scenario.capture or "off", _made(self.folder / scenario.id)):
            row = session.power(scenario) or replace(next(check.rows([scenario])), power=scenario.must_break[0])
        self.plays.append(row)
        if row.state in ("broken", "unknown"):
            raise Fallen(f"{scenario.id}: {row.state}: {row.proof}")
        return row

    def judge(self) -> tuple[Finding, ...]:
        """What the seven invariants say of this test so far."""
        return judge((*self._history.events, RunEnd(seq=len(self._history.events) + 1)))

    def assert_holds(self, *invariants: str) -> None:
        """AssertionError unless each of these invariants was put to the test so far, and held. None named: all that were."""
        findings = {finding.invariant: finding for finding in self.judge()}
        for name in invariants:
            one_of(INVARIANTS, name, "invariant")
            if name not in findings:
                raise AssertionError(f"{name} cannot be judged: {self._stage.lacking('write')}")
        asked = [findings[name] for name in invariants] or [f for f in findings.values() if f.verdict is Verdict.BROKEN]
        for finding in asked:
            if finding.verdict is not Verdict.HOLDS:
                raise AssertionError(f"{finding.invariant}: {finding.verdict}: {finding.sentence}")
        if not any(finding.verdict is Verdict.HOLDS for finding in findings.values()):
            raise AssertionError(
                "nothing was judged: " + "; ".join(f"{f.invariant}: {f.sentence}" for f in findings.values())
            )

    def end(self, error: BaseException | None) -> None:
        """The test is over; what it came to is judged and written down. Once is enough."""
        if self._ended:
            return
        self._ended = True
        if error is None:
            try:
                self._stage.check()
            except LabError as fault:
                error = fault
        if isinstance(error, LabError):
            self._history.record(Incident(kind="harness fault", text=str(error)))
        else:
            self._history.record(RunEnd())
        self.findings = judge(self._history.events)
        store(self.folder / "verdicts.json", self._history.events, self.findings)

    @property
    def broken(self) -> Sequence[Finding]:
        """What the judge found broken."""
        return [finding for finding in self.findings if finding.verdict is Verdict.BROKEN]

    @property
    def undecided(self) -> Sequence[Finding]:
        """What was put to the test and could not be judged: somebody could not log in, a reply was no reply."""
        unknown = [finding for finding in self.findings if finding.verdict is Verdict.UNKNOWN]
        return [finding for finding in unknown if finding.evidence and finding.invariant in DOUBTED]

    def close(self) -> None:
        """Puts the network back and lets the people go."""
        self.end(None)
        self._undo.close()


class Fallen(AssertionError):
    """A scenario that was played in a test broke, or could not be decided."""


def _everything(name: str) -> Scenario:
    """A test as a scenario: whatever it does is judged by all invariants."""
    return Scenario(
        id=name,
        title=name,
        summary="",
        exercises=tuple(INVARIANTS),
        must_break=(),
        incident="",
        play=lambda stage: None,
    )


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
