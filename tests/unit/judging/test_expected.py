"""The scenarios and the table of what to expect of them belong together."""

import pytest

from cookielab.judging.invariants import INVARIANTS
from cookielab.judging.verdict import Verdict
from cookielab.stage import Scenario
from cookielab.stage.catalogue import wanted
from cookielab.subjects import handlers
from cookielab.subjects.handlers import ALL, HANDLERS
from scenarios import SCENARIOS
from scenarios.expected import EXPECTED, SLIDE
from server.handlers import CATALOGUE, mistakes
from server.handlers import SLIDE as SLIDE_ENTRY

IDS = [scenario.id for scenario in SCENARIOS]


def test_the_scenarios_are_those_of_the_catalogue_in_its_order() -> None:
    assert IDS == [
        "cycle", "nat", "port-reuse", "roam", "foreign-cookie", "forged",
        "fingerprint", "address-pin", "forwarded-header", "address-each-connection", "cgnat", "dual-stack", "vpn",
        "forged-pin", "neighbour-lockout",
        "connection-identity", "proxy-protocol",
        "malformed-neighbour", "substring", "duplicates", "port-overwrite", "port-planting", "split-header", "oversize",
        "case-and-nameless",
        "sequential", "forked-prng", "restart", "replicas", "replica-lag",
        "fixation", "old-id-alive", "user-switch", "remember-me", "lost-login-reply",
        "replay-after-logout", "logout-race", "late-set-cookie", "lost-update", "two-tabs", "read-only-writer", "expiry", "gc-race",
        "account-disabled", "logout-everywhere", "refresh-race",
        "global-user", "store-desync", "memoised-view", "batch-shift", "colliding-ids", "module-state",
        "cached-set-cookie", "cached-body", "vary", "coalescing", "cached-redirect",
        "eavesdrop", "gateway-jar", "flaky-network",
    ]  # fmt: skip


STORY = ("cycle", "nat", "port-reuse", "roam", "foreign-cookie", "forged")
"""The scenarios that are played against all handlers that tell the story; each other one is about one mistake."""


ALSO = {"old-id-alive": {"signed_cookie"}}
"""Mistakes that show in the scenario of another one as well, for a check to tell the cause of both."""


def test_the_table_says_something_of_every_pair_and_of_nothing_else() -> None:
    assert set(EXPECTED) == set(IDS)
    for name, row in EXPECTED.items():
        if name in STORY:
            assert tuple(row) == HANDLERS
        else:
            (scenario,) = (scenario for scenario in SCENARIOS if scenario.id == name)
            assert set(row) == {*scenario.must_break, *ALSO.get(name, ()), "session_table"}


def test_every_handler_has_a_scenario_that_convicts_it() -> None:
    assert {name for scenario in SCENARIOS for name in scenario.must_break} == set(ALL) - {
        "session_table",
        "small_table",
    }


def test_the_handlers_are_those_of_the_server() -> None:
    assert tuple(entry.name for entry in CATALOGUE) == HANDLERS
    assert {entry.name for entry in mistakes()} == set(handlers.MISTAKES)
    assert {SLIDE_ENTRY.name} == set(handlers.SLIDE)


def test_the_slide_holds_but_where_the_table_says_otherwise() -> None:
    assert set(SLIDE) < set(IDS)
    assert {wanted(name, "small_table") for name in set(IDS) - set(SLIDE)} == {Verdict.HOLDS}
    assert (wanted("nat", "by_address"), wanted("nat", "mine")) == ("broken", None)


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
