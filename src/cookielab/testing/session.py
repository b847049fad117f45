"""One lab for all tests of a process: up from the first test that uses it to the last, with the subject in it."""

import shutil
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ..errors import LabError
from ..lab import evidence
from ..lab import state as labs
from ..stage.agents import Agents
from ..stage.catalogue import expected
from ..stage.checking import Check, Checked
from ..stage.rows import Row
from ..stage.scenario import Scenario
from ..stage.stage import CALM_PLACES
from ..subjects import reading
from ..subjects.kinds import Brought
from ..subjects.objects import App
from .raising import Raising
from .subject import Subject

DEBUGGERS = frozenset({"pydevd", "debugpy"})
"""Modules of the debuggers of editors, which are there from the start."""


class Uncalibrated(LabError):
    """The preflight has failed: nothing can be judged of this subject."""


@dataclass(slots=True)
class Session:
    """What tests share in the lab that `raising` brings up."""

    raising: Raising
    folder: Path = field(default_factory=lambda: evidence.begin("tests of pytest", "-pytest"))
    kept: bool = False
    _undo: ExitStack = field(default_factory=ExitStack)
    _agents: Agents | None = None
    _current: Subject | None = None
    _known: dict[Subject, Brought] = field(default_factory=dict)
    _faults: dict[Subject, Uncalibrated] = field(default_factory=dict)
    _powers: dict[str, Checked | None] = field(default_factory=dict)

    @property
    def lab(self) -> labs.Lab:
        return self.raising.wait()

    @property
    def agents(self) -> Agents:
        assert self._agents is not None
        return self._agents

    @property
    def subject(self) -> Brought:
        assert self._current is not None
        return self._known[self._current]

    def use(self, subject: Subject) -> None:
        """Brings the lab up, and the subject into it, where that has not been done; the preflight is played once.

        EngineMissing where no engine can run it here, Uncalibrated where the preflight has failed, LabError for the rest.
        """
        if self._agents is None:
            self._people()
        if self._current is not subject and subject not in self._faults:
            if self._current is not None:
                self.subject.close()  # both would have the same port
            self._current = None
            if subject not in self._known:
                self._known[subject] = self._calibrated(subject)
            self._current = subject
        if fault := self._faults.get(subject):
            raise fault.with_traceback(None)
        if subject.reset:
            subject.reset()

    def _people(self) -> None:
        """Starts the two whom the preflight needs first. There are few cores, and each start takes one for a while."""
        self._agents = self._undo.enter_context(Agents(self.lab.engine, "h11"))
        self._agents.warm((("alice", CALM_PLACES[0]), ("bob", CALM_PLACES[1])))

    def _others(self, brought: Brought, _: Row) -> None:
        """Starts those whom the rest of it and most tests need, in the order of their need, while the first two are at work."""
        first = brought.profile.names[:1] if brought.profile.note else ()
        self.agents.warm((("stranger", CALM_PLACES[1]), *((f"{user} before", CALM_PLACES[0]) for user in first)))
        for gateway in self.lab.topology.gateways():
            self.agents.gateway(gateway.name)
        self.agents.warm((("bob", "bob"),))

    def _calibrated(self, subject: Subject) -> Brought:
        """The subject with what the preflight has learnt; what is wrong with it is kept as its fault."""
        brought = _brought(subject)
        if brought.app:
            brought.held = self.held
        number = len(self._known)
        folder = self.folder / (f"preflight-{number}" if number else "preflight")
        folder.mkdir(parents=True)
        brought.log = folder / "server.log"
        self._undo.callback(brought.close)
        check = Check(self.lab.engine, self.agents, brought, folder, {})
        try:
            _complete(check, subject)
            if row := check.preflight(partial(self._others, brought)).failed:
                raise Uncalibrated(_told(row, subject))
        except Uncalibrated as fault:
            self._faults[subject] = fault
        except BaseException:
            brought.close()
            raise
        return brought

    def power(self, scenario: Scenario) -> Checked | None:
        """Plays a scenario against the handler that it must break, once; gives what is wrong where it does not break."""
        if scenario.id not in self._powers:
            check = Check(
                self.lab.engine,
                self.agents,
                self.subject,
                self.folder / "power",
                expected(),
                scenario.capture or "off",
            )
            self._powers[scenario.id] = next(check.powers([scenario]), None)
        return self._powers[scenario.id]

    def held(self) -> bool:
        """Whether a debugger holds this process up: pytest's own, or an editor's."""
        return self.raising.debugging or not DEBUGGERS.isdisjoint(sys.modules)

    def forget(self) -> None:
        """Lets the gateways forget the connections of the test before."""
        for gateway in self.lab.topology.gateways():
            self.agents.gateway(gateway.name).ask("flush", seconds=10.0, words=[])

    def close(self) -> None:
        """Ends all of it; evidence stays where a test has kept some."""
        try:
            self._undo.close()
        finally:
            if self.kept:
                evidence.close(self.folder, "kept")
            else:
                shutil.rmtree(self.folder, ignore_errors=True)


def _brought(subject: Subject) -> Brought:
    """The subject as the lab takes it. UsageError, with the place, for words that no profile has."""
    where = f"{subject.place} (Subject.{subject.kind})"
    over = reading.load(subject.profile) if subject.profile else None
    app = App(subject.what, subject.kind) if subject.kind in ("wsgi", "asgi") else None
    words = dict(subject.words) if app or subject.kind == "profile" else {subject.kind: subject.what, **subject.words}
    profile = over if over and not words and not app else reading.from_words(words, where, over, placed=app is not None)
    assert profile is not None
    folder = subject.profile.parent.resolve() if subject.profile else Path.cwd()
    service = profile.compose.service if profile.compose else profile.image if isinstance(profile.image, str) else None
    name = app.name if app else str(profile.run or profile.url or service or folder.name)
    return Brought(name, profile, folder, app=app)


def _complete(check: Check, subject: Subject) -> None:
    """Finds out what nobody has said of how people log in and of how they are recognised. Uncalibrated where it cannot."""
    profile = check.subject.profile
    if profile.login and profile.me and profile.users:
        return
    found = check.find_out()
    if found.lacking:
        lines = "".join(f"\n  {line}" for line in found.missing)
        raise Uncalibrated(
            f"not enough was found out about the subject of {_place(subject)} to judge anything. Missing:{lines}"
        )
    check.subject.profile = found.profile


def _place(subject: Subject) -> str:
    return str(subject.profile or subject.place)


def _told(row: Row, subject: Subject) -> str:
    return (
        f"the lab cannot use the subject of {_place(subject)} as the profile says, so nothing is judged.\n"
        f"  {row.what}: {row.saw}" + (f"\n  what would change it: {row.line}" if row.line else "")
    )
