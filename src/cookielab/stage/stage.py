"""The stage: what a scenario is, and all that it may do. It knows neither the engine nor which handler it meets."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType

from ..engines.base import Engine
from ..errors import LabError
from ..interrupts import shielded
from ..judging.events import ClientChange, Control, Narration, Request, ServerStart
from ..judging.history import History
from ..subjects.servers import Server, start_neighbour, start_subject
from .agents import Agents
from .network import Network
from .person import Person


@dataclass(frozen=True, slots=True)
class Scenario:
    """One situation. `exercises`: the invariants that it puts to the test; `must_break`: the handlers it must convict.

    `capture`: the capture mode that it needs, None if any will do. `incident`: a real report of this cause.
    """

    id: str
    title: str
    summary: str
    exercises: tuple[str, ...]
    must_break: tuple[str, ...]
    incident: str
    play: Callable[["Stage"], None]
    capture: str | None = None


class Stage:
    """One play: a fresh subject, fresh people, the network, all recorded. Use it in a `with`; it leaves nothing behind."""

    def __init__(self, engine: Engine, agents: Agents, history: History, handler: str) -> None:
        self._engine, self._agents, self._history, self._handler = engine, agents, history, handler
        self._undo = ExitStack()
        self._subjects: list[Server] = []
        self.network = Network(engine, history, self._undo)

    def __enter__(self) -> "Stage":
        try:
            self.another_subject()
        except BaseException:
            self._undo.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with shielded():
                self._undo.close()
        except LabError:
            if error is None:
                raise  # otherwise what ended the play is the thing to tell, not what followed from it

    def people(self, *names: str) -> list[Person]:
        """People with fresh browsers, each at the host of their name, or at another one, as in 'mallory@bob'."""
        places = {name: host or name for name, _, host in (each.partition("@") for each in names)}
        agents = self._agents.fresh(places.items())
        self._undo.callback(self._agents.leave, agents.values())
        for name, host in places.items():
            self._history.record(ClientChange(person=name, change="arrived", detail=f"at host {host}"))
        subject = self._subjects[0]
        return [
            Person(name, host, agent=agents[name], history=self._history, subject=subject)
            for name, host in places.items()
        ]

    def say(self, text: str) -> None:
        """One short sentence for the reader of the history: what happens next."""
        self._history.record(Narration(text=text))

    def control(self, text: str, met: bool) -> None:
        """Records whether the situation came about that the scenario is about. If not, nothing it shows is a proof."""
        self._history.record(Control(text=text, met=met))

    def together(self, *steps: Callable[[], Request]) -> list[Request]:
        """Takes steps of several people at once: none begins before all are ready. Gives what each gave."""
        gate = threading.Barrier(len(steps))
        done: list[Request | BaseException | None] = [None] * len(steps)

        def take(number: int, step: Callable[[], Request]) -> None:
            gate.wait()
            try:
                done[number] = step()
            except BaseException as error:
                done[number] = error

        threads = [threading.Thread(target=take, args=each, daemon=True) for each in enumerate(steps)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        results = []
        for outcome in done:
            if isinstance(outcome, BaseException):
                raise outcome
            if outcome is not None:
                results.append(outcome)
        return results

    def another_subject(self, *options: str) -> Server:
        """Starts the same handler once more, with options of its own (see `python -m server --help`)."""
        server = start_subject(self._engine, self._handler, options, number=len(self._subjects))
        self._keep("subject", server, " ".join(options))
        self._subjects.append(server)
        return server

    def neighbour(self) -> Server:
        """Starts another application on another port of the server's host: phpMyAdmin, or a stand-in."""
        server = start_neighbour(self._engine)
        self._keep("neighbour", server, "")
        return server

    def check(self) -> None:
        """Raises ServerLost where a subject has ended although nobody ended it."""
        for server in self._subjects:
            server.check()

    def _keep(self, role: str, server: Server, detail: str) -> None:
        self._undo.callback(server.stop, self._history.path.with_name("server.log"))
        self._history.record(ServerStart(role=role, name=server.name, url=server.url, detail=detail))
