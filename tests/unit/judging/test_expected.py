"""The scenarios and the table of what to expect of them belong together."""

import pytest

from cookielab.judging.invariants import INVARIANTS
from cookielab.judging.verdict import Verdict
from cookielab.stage import Scenario
from cookielab.subjects.handlers import HANDLERS
from scenarios import SCENARIOS
from scenarios.expected import EXPECTED
from server.handlers import CATALOGUE

IDS = [scenario.id for scenario in SCENARIOS]


def test_the_scenarios_are_those_of_the_catalogue_in_its_order() -> None:
    assert IDS == ["cycle", "nat", "port-reuse", "roam", "foreign-cookie", "forged"]


def test_the_table_says_something_of_every_pair_and_of_nothing_else() -> None:
    assert list(EXPECTED) == IDS
    for row in EXPECTED.values():
        assert tuple(row) == HANDLERS


def test_the_handlers_are_those_of_the_server() -> None:
    assert tuple(entry.name for entry in CATALOGUE) == HANDLERS


@pytest.mark.parametrize("scenario", SCENARIOS, ids=IDS)
def test_a_scenario_convicts_whom_it_must_and_nobody_who_is_right(scenario: Scenario) -> None:
    """The power check: at least one handler that it must break; the session table holds everywhere."""
    assert scenario.must_break
    for handler in scenario.must_break:
        assert EXPECTED[scenario.id][handler] is Verdict.BROKEN
    assert EXPECTED[scenario.id]["session_table"] is Verdict.HOLDS


@pytest.mark.parametrize("scenario", SCENARIOS, ids=IDS)
def test_a_scenario_says_what_it_is_about(scenario: Scenario) -> None:
    assert scenario.exercises
    assert set(scenario.exercises) <= set(INVARIANTS)
    assert scenario.title
    assert scenario.summary
    assert "\n" not in scenario.summary
    assert "https://" in scenario.incident
    assert scenario.capture in {None, "passive", "off", "mitm"}
