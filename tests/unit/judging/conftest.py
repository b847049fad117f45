"""A stage on this machine, with agents that live for the whole test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from cookielab.engines.base import Engine
from cookielab.judging.events import Event
from cookielab.stage import Scenario, Stage
from cookielab.stage.agents import Agents
from cookielab.stage.play import play
from cookielab.subjects import kinds
from tests.unit.judging.here import Here

type Player = Callable[..., tuple[Event, ...]]


@pytest.fixture(scope="session")
def only_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    """Whatever was started has ended when the tests have."""
    engine = Here(tmp_path_factory.mktemp("here"))
    yield engine
    assert [process.argv for process in engine.processes if process.poll() is None] == []


@pytest.fixture(scope="session")
def agents(only_here: Here) -> Iterator[Agents]:
    with Agents(cast(Engine, only_here)) as agents:
        yield agents


@pytest.fixture
def here(only_here: Here) -> Iterator[Here]:
    """Servers take a free port of the loopback address, in this test alone. None outlives the test that started it."""
    only_here.instead.clear()
    with pytest.MonkeyPatch.context() as apart:  # a test's own may be undone in its midst
        apart.setattr("cookielab.subjects.servers.NAME", "127.0.0.1")
        apart.setattr("cookielab.subjects.handlers.port", lambda handler, number: 0)
        yield only_here
    assert "server" not in [process.host for process in only_here.processes if process.poll() is None]


@pytest.fixture
def perform(here: Here, agents: Agents, tmp_path: Path) -> Player:
    """Plays a scenario, or just a function that is one, and gives its events."""

    def perform(
        story: Scenario | Callable[[Stage], None],
        handler: str = "session_table",
        folder: str = "run",
        *,
        calm: bool = False,
    ) -> tuple[Event, ...]:
        if not isinstance(story, Scenario):
            story = Scenario("s", "title", "summary", ("steadiness",), ("by_address",), "https://", story)
        engine = cast(Engine, here)
        history = play(
            story,
            kinds.handler(handler),
            engine=engine,
            agents=agents,
            run="r",
            capture="off",
            folder=tmp_path / folder,
            calm=calm,
        )
        return history.events

    return perform
