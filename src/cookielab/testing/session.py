"""One lab for all tests of a process: up from the first test that uses it to the last, with the subject in it."""

import shutil
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import LabError
from ..lab import evidence
from ..lab import state as labs
from ..stage.agents import Agents
from ..stage.catalogue import expected
from ..stage.checking import Check, Checked
from ..stage.rows import Preflight, Row
from ..stage.stage import CALM_PLACES, Scenario
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
class _Known:
    """A subject that has been brought: what the preflight said of it."""

    brought: Brought
    flight: Preflight


@dataclass(slots=True)
class Session:
    """What tests share in the lab that `raising` brings up."""

    raising: Raising
    folder: Path = field(default_factory=lambda: evidence.begin("tests of pytest", "-pytest"))
    kept: bool = False
    _undo: ExitStack = field(default_factory=ExitStack)
    _agents: Agents | None = None
    _current: Subject | None = None
    _known: dict[Subject, _Known] = field(default_factory=dict)
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
        return self._known[self._current].brought

    def use(self, subject: Subject) -> None:
        """Brings the lab up, and the subject into it, where that has not been done; the preflight is played once.

        EngineMissing where no engine can run it here, Uncalibrated where the preflight has failed, LabError for the rest.
        """
        if self._agents is None:
            self._people()
        if self._current is not subject:
            if self._current is not None:
                self.subject.close()  # both would have the same port
            self._current = None
            if subject not in self._known:
                self._known[subject] = self._calibrated(subject)
            self._current = subject
        if failed := self._known[subject].flight.failed:
            raise Uncalibrated(_told(failed.what, failed.saw, failed.line, subject))
        if subject.reset:
            subject.reset()

    def _people(self) -> None:
        """Starts the two whom the preflight needs first. There are few cores, and each start takes one for a while."""
        self._agents = self._undo.enter_context(Agents(self.lab.engine, "h11"))
        self._agents.warm((("alice", CALM_PLACES[0]), ("bob", CALM_PLACES[1])))

    def _others(self, _: Row) -> None:
        """Starts those whom the rest of it and most tests need, while the first two are at work."""
        self.agents.warm((("stranger", CALM_PLACES[1]), ("bob", "bob")))
        for gateway in self.lab.topology.gateways():
            self.agents.gateway(gateway.name)

    def _calibrated(self, subject: Subject) -> _Known:
        brought = _brought(subject)
        if brought.app:
            brought.held = self.held
        number = len(self._known)
        folder = self.folder / (f"preflight-{number}" if number else "preflight")
        folder.mkdir(parents=True)
        brought.log = folder / "server.log"
        self._undo.callback(brought.close)
        check = Check(self.lab.engine, self.agents, brought, folder, {})
        _complete(check)
        return _Known(brought, check.preflight(self._others))

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
    name = app.name if app else str(profile.run or profile.url or folder.name)
    return Brought(name, profile, folder, app=app)


def _complete(check: Check) -> None:
    """Finds out what nobody has said of how people log in and of how they are recognised."""
    profile = check.subject.profile
    if not (profile.login and profile.me and profile.users) and (find_out := getattr(check, "find_out", None)):
        check.subject.profile = find_out().profile


def _told(what: str, saw: str, line: str, subject: Subject) -> str:
    place = f"{subject.profile or subject.place}"
    return f"the lab cannot use the subject of {place} as the profile says, so nothing is judged.\n  {what}: {saw}" + (
        f"\n  what would change it: {line}" if line else ""
    )
