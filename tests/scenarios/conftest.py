"""A stage in the shared lab for stories that a test tells itself, and the gateway's own words."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cookielab.engines.base import Engine
from cookielab.engines.process import output
from cookielab.judging.events import Event
from cookielab.stage import Scenario, Stage
from cookielab.stage.agents import Agents
from cookielab.stage.play import play
from cookielab.subjects import kinds

type Player = Callable[[Callable[[Stage], None]], tuple[Event, ...]]
"""Plays a story against the session table and gives its history."""
type Gateway = Callable[..., dict[str, Any]]
"""Tells the home gateway something, as `python -m nat.gateway WORDS --json`, and gives its answer."""


@pytest.fixture(scope="session")
def agents(lab: Engine) -> Iterator[Agents]:
    with Agents(lab) as agents:
        yield agents


@pytest.fixture
def perform(lab: Engine, agents: Agents, gateway: Gateway, tmp_path: Path) -> Iterator[Player]:
    """Without mitmproxy, so that the ports are those of the NAT."""
    before = gateway("show")["capture"]
    gateway("capture", "off")
    count = iter(range(100))

    def perform(story: Callable[[Stage], None]) -> tuple[Event, ...]:
        scenario = Scenario("test", "a test", "a test", ("isolation",), (), "none", story)
        folder = tmp_path / str(next(count))
        return play(
            scenario, kinds.handler("session_table"), engine=lab, agents=agents, run="test", capture="off", folder=folder
        ).events  # fmt: skip

    yield perform
    gateway("capture", before)


@pytest.fixture(scope="session")
def gateway(lab: Engine) -> Gateway:
    def gateway(*words: str) -> dict[str, Any]:
        argv = ("python", "-m", "nat.gateway", *words, "--json")
        answer: dict[str, Any] = json.loads(output(lab.spawn("home-gateway", argv, privileged=True)))
        return answer

    return gateway
