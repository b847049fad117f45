"""A race that is held at gates comes out the same each time: one verdict, by the same sentence, however often it is played.

A usual run plays each three times, `make test-more` a hundred times.
"""

import re
from collections.abc import Sequence
from itertools import count

import pytest

from cookielab.judging.events import Event, Incident, RunEnd
from cookielab.judging.judge import judge
from cookielab.judging.verdict import Finding, Verdict, overall
from cookielab.stage import Scenario
from scenarios import SCENARIOS
from scenarios.expected import EXPECTED
from tests.unit.judging.conftest import Player

CATALOGUE = {scenario.id: scenario for scenario in SCENARIOS}
RACES = (
    "logout-race", "late-set-cookie", "lost-update", "two-tabs", "read-only-writer", "gc-race", "logout-everywhere",
    "refresh-race",
)  # fmt: skip
HELD_UP = ("expiry",)
"""No race, but by the clock that the lab moves on: it comes out the same as well."""
PLAYS = [(name, handler) for name in (*RACES, *HELD_UP) for handler in EXPECTED[name]]


def proof(findings: Sequence[Finding]) -> str:
    """What decided it, without ids, notes and ports, which differ from play to play."""
    return "; ".join(
        re.sub(r"c-[0-9a-f]{12}|sid=[\w-]+|[\d.]+:\d+", "…", f"{f.invariant}: {f.sentence}") for f in findings
    )


def came_to_its_end(events: Sequence[Event]) -> None:
    assert not [event for event in events if isinstance(event, Incident)]
    assert isinstance(events[-1], RunEnd)


def outcomes(perform: Player, scenario: Scenario, handler: str, times: int) -> set[tuple[Verdict, str]]:
    found: set[tuple[Verdict, str]] = set()
    for number in range(times):
        events = perform(scenario, handler, f"run-{number}")
        came_to_its_end(events)
        findings = judge(events)
        found.add((overall(findings), proof(findings)))
    return found


@pytest.mark.parametrize(("name", "handler"), PLAYS)
def test_a_race_has_one_verdict(perform: Player, name: str, handler: str) -> None:
    ((verdict, sentence),) = outcomes(perform, CATALOGUE[name], handler, 3)
    assert verdict is EXPECTED[name][handler], sentence


@pytest.mark.more
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "handler"), PLAYS)
def test_a_race_has_one_verdict_in_a_hundred_plays(perform: Player, name: str, handler: str) -> None:
    ((verdict, sentence),) = outcomes(perform, CATALOGUE[name], handler, 100)
    assert verdict is EXPECTED[name][handler], sentence


@pytest.mark.parametrize("name", [name for name in RACES if "clock" not in CATALOGUE[name].needs])
def test_the_fix_is_not_accused_where_nothing_is_held(
    perform: Player, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """As at a server of others: whoever comes first is chance, and what is right stays right."""
    monkeypatch.setattr("cookielab.subjects.servers.Server.steer", lambda *_: None)
    for number in range(5):
        events = perform(CATALOGUE[name], "session_table", f"free-{number}")
        came_to_its_end(events)
        assert overall(judge(events)) is not Verdict.BROKEN


@pytest.mark.parametrize("name", [name for name in RACES if "clock" not in CATALOGUE[name].needs])
def test_without_the_race_nobody_is_convicted(perform: Player, name: str) -> None:
    """In the calm twin the request is over before the others begin; it is played where others' servers are."""
    scenario, folders = CATALOGUE[name], count()
    for handler in EXPECTED[name]:
        events = perform(scenario, handler, f"calm-{next(folders)}", calm=True)
        came_to_its_end(events)
        assert overall(judge(events)) is Verdict.HOLDS, handler
