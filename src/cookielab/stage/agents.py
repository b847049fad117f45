"""The processes that act in the lab, one a person and one a gateway: kept alive from scenario to scenario, never trusted to answer."""

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from ..engines.base import Engine
from ..errors import DeadlineExceeded, HarnessFault

START = 30.0
"""Seconds that an agent may take to be ready, on a busy machine."""
TIMEOUT = 5.0
"""Seconds for one request."""
PATIENCE = 5.0
"""Seconds that an agent may be late beyond what it was asked to do."""


class Agent:
    """One process `python -m clients.agent`; its line protocol is described in clients/agent.py.

    A gateway's `python -m nat.gateway obey` speaks it as well; it is `privileged`, as it changes the host's network.
    """

    def __init__(
        self,
        engine: Engine,
        host: str,
        argv: Sequence[str] = ("python", "-m", "clients.agent"),
        *,
        privileged: bool = False,
    ) -> None:
        self.engine, self.host = engine, host
        self._process = engine.spawn(host, argv, privileged=privileged)
        self._told_by_people = privileged
        """What it is asked for may be a word of a test's or a scenario's, and not only the lab's own."""
        self._lock = threading.Lock()
        self._asked = 0
        self._ready = False
        self._failed = False

    @property
    def usable(self) -> bool:
        """It runs, and has never failed to answer."""
        return not self._failed and self._process.poll() is None

    def ask(
        self, do: str, *, seconds: float = 0.0, held: Callable[[], bool] | None = None, **fields: Any
    ) -> dict[str, Any]:
        """The reply to one step that may take `seconds`, and longer for as long as `held` says so.

        Raises HarnessFault with the agent's last output if it dies, hangs or says what makes no sense. From then on it
        is not usable: a late reply would be taken for that to another step.
        """
        with self._lock:
            try:
                self.wait_until_ready()
                self._asked += 1
                self._process.send(json.dumps({"id": self._asked, "do": do, **fields}))
                reply = self._read(seconds + PATIENCE, held)
                senseless = reply.get("error", {}).get("kind") == "usage" and not self._told_by_people
                if reply.get("id") != self._asked or senseless:
                    raise HarnessFault(self._process.describe(f"it made no sense of the step '{do}': {reply}"))
            except BaseException:
                self._failed = True
                raise
            return reply

    def wait_until_ready(self) -> None:
        """Waits for the first line; HarnessFault where it does not come."""
        if not self._ready:
            if self._read(START).get("ready") is not True:
                raise HarnessFault(self._process.describe("its first line should say that it is ready"))
            self._ready = True

    def _read(self, seconds: float, held: Callable[[], bool] | None = None) -> dict[str, Any]:
        while True:
            try:
                line = self._process.readline(seconds)
                break
            except DeadlineExceeded:
                if held is None or not held():
                    raise
        try:
            reply = json.loads(line)
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            raise HarnessFault(self._process.describe(f"it printed a line that is no JSON object: {line[:200]}"))
        return reply

    def stop(self) -> None:
        """Ends the process."""
        self._process.stop()


class Agents:
    """All agents of a lab. Give one to each scenario that is played in the lab, and close it at the end.

    `via`: what will carry their requests, loaded before they are ready, see clients/agent.py; the rest is loaded late.
    """

    def __init__(self, engine: Engine, via: str = "") -> None:
        self.engine = engine
        self._argv = ("python", "-m", "clients.agent", *([via] if via else []))
        self._agents: dict[str, Agent] = {}
        self._left: set[str] = set()

    def warm(self, places: Iterable[tuple[str, str]]) -> None:
        """Starts those of each (person, host) that will be needed, and does not wait for them."""
        for person, host in places:
            self._seat(f"{person}@{host}", host)

    def _seat(self, key: str, host: str) -> None:
        """Sees to it that there is one of this name: the one of before, one at that host who has gone, or a new one."""
        agent = self._agents.get(key)
        if agent is None:
            there = (other for other in self._left if self._agents[other].host == host and self._agents[other].usable)
            if other := next(there, None):
                self._left.remove(other)
                agent = self._agents[key] = self._agents.pop(other)
        if agent is None or not agent.usable:
            if agent:
                agent.stop()
            self._agents[key] = Agent(self.engine, host, self._argv)
        self._left.discard(key)

    def fresh(self, places: Iterable[tuple[str, str]]) -> dict[str, Agent]:
        """An agent as new for each (person, host), by person; those that must be started start side by side."""
        wanted = dict(places)
        self.warm(wanted.items())
        agents = {person: self._agents[f"{person}@{host}"] for person, host in wanted.items()}
        for agent in agents.values():
            agent.ask("reset")
        return agents

    def gateway(self, host: str) -> Agent:
        """The one that works on a gateway. A gateway that has been made anew has one of its own."""
        agent = self._agents.get(host)
        if agent is None or not agent.usable:
            if agent:
                agent.stop()
            agent = self._agents[host] = Agent(
                self.engine, host, ("python", "-m", "nat.gateway", "obey"), privileged=True
            )
        return agent

    def leave(self, agents: Iterable[Agent]) -> None:
        """Lets people close what they have open; an agent that has failed is left alone."""
        for agent in agents:
            if agent.usable:
                agent.ask("reset")
                self._left |= {key for key, other in self._agents.items() if other is agent}

    def close(self) -> None:
        """Ends all agents."""
        self._left.clear()
        while self._agents:
            self._agents.popitem()[1].stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
