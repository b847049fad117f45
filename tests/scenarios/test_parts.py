"""Parts that fail: a clear message, `unknown` and never a verdict, and a lab that is whole afterwards."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cookielab.commands import run
from cookielab.engines.base import Engine
from cookielab.engines.process import Process
from cookielab.judging.events import Incident, NetworkChange
from cookielab.judging.result import Result
from cookielab.judging.verdict import Verdict
from cookielab.lab import parts
from cookielab.stage import Scenario, Stage
from cookielab.stage.beside import Front
from scenarios.expected import EXPECTED
from tests import tools
from tests.scenarios.theatre import CATALOGUE, Theatre

type Play = Callable[[Stage], None]


@pytest.fixture
def theatre(lab: Engine, tmp_path: Path) -> Iterator[Theatre]:
    """A theatre of the test's own. The lab has its usual hosts afterwards, and they run."""
    usual = lab.topology
    yield Theatre(lab, tmp_path)
    assert lab.topology is usual
    assert {name: state.state for name, state in lab.states().items()} == dict.fromkeys(usual.hosts, "running")


def played(theatre: Theatre, base: str, play: Play | None = None) -> Result:
    """A scenario of the catalogue against the fix, with another story where one is given."""
    scenario: Scenario = CATALOGUE[base]
    if play:
        scenario = replace(scenario, play=play)
    (result,) = run.plays(theatre.lab, [(scenario, ("session_table",))], "off", theatre.place / "played")
    return result


def need(theatre: Theatre, *programs: str) -> None:
    if theatre.engine.name == "netns":
        tools.need(*programs)


def incident(result: Result) -> Incident:
    (found,) = (event for event in result.events if isinstance(event, Incident))
    assert result.verdict is Verdict.UNKNOWN
    return found


def process(front: Front) -> Process:
    """What runs it, for what no scenario does to it."""
    assert front._part
    return front._part._process


def test_a_part_that_is_not_installed(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed and nothing is played; the message has the package's name, and the verdicts repeat it."""
    if theatre.engine.name != "netns":
        pytest.skip("on Docker the image has the programs")
    monkeypatch.setattr(parts, "search_path", lambda: "/nonexistent")
    result = played(theatre, "replicas")
    found = incident(result)
    assert (found.kind, found.text) == (
        "part missing",
        "this scenario needs more than this machine has: haproxy is not installed, a proxy or load balancer in front of the "
        "server needs it: apt-get install haproxy; redis-server is not installed, a store that several servers share needs "
        "it: apt-get install redis-server",
    )
    assert {finding.sentence for finding in result.findings} == {f"part missing: {found.text}"}
    assert EXPECTED["replicas"]["session_table"] is Verdict.HOLDS


def test_a_proxy_that_dies_in_mid_scenario(theatre: Theatre) -> None:
    """Its end is told with its last words; the subject is not blamed for the requests that it left unanswered."""
    need(theatre, "haproxy")

    def play(stage: Stage) -> None:
        front = stage.behind("haproxy-pooling")
        (alice,) = stage.people("alice")
        alice.login()
        alice.whoami()
        process(front).signal(9)
        process(front).wait(10.0)
        alice.whoami()

    found = incident(played(theatre, "connection-identity", play))
    assert found.kind == "harness fault"
    assert "python -m server.parts haproxy-pooling" in found.text
    assert "at host haproxy: haproxy-pooling ended with exit code" in found.text


def test_a_cache_that_dies_when_nobody_asks(theatre: Theatre) -> None:
    """It is found at the end: what was answered before would else be taken for all there was."""
    need(theatre, "nginx")

    def play(stage: Stage) -> None:
        cache = stage.behind("nginx-caching")
        (alice,) = stage.people("alice")
        alice.login()
        alice.whoami()
        process(cache).signal(9)
        process(cache).wait(10.0)

    found = incident(played(theatre, "cached-body", play))
    assert "nginx-caching ended with exit code" in found.text


def test_a_configuration_that_its_own_checker_refuses(theatre: Theatre) -> None:
    need(theatre, "haproxy")

    def play(stage: Stage) -> None:
        stage.beside.stand("haproxy-pooling", [replace(stage._places[0], connect="no.such.host:70000")])

    found = incident(played(theatre, "connection-identity", play))
    assert found.kind == "harness fault"
    assert "haproxy refuses the recipe haproxy-pooling (haproxy-pooling.cfg):" in found.text


def test_a_recipe_that_there_is_not(theatre: Theatre) -> None:
    need(theatre, "haproxy")

    def play(stage: Stage) -> None:
        stage.behind("haproxy-poolin")

    found = incident(played(theatre, "connection-identity", play))
    assert "there is no recipe 'haproxy-poolin'; did you mean 'haproxy-pooling'?" in found.text


def test_an_emptied_cache_and_a_killed_replica_are_in_the_history(theatre: Theatre) -> None:
    """What a scenario does to its parts is told as what it does to the network is."""
    need(theatre, "varnishd", "haproxy", "redis-server")
    changes = [e for e in played(theatre, "cached-set-cookie").events if isinstance(e, NetworkChange)]
    assert [(each.host, each.change) for each in changes] == [("varnish", "purged")]
    again = Theatre(theatre.engine, theatre.place / "again")
    changes = [e for e in played(again, "replicas").events if isinstance(e, NetworkChange)]
    assert [(each.host, each.change) for each in changes] == [("server", "killed")]
