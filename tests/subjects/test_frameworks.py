"""Servers on real frameworks: none that is correct is accused, each planted bug is caught. A few in each run, all by `make test-more`."""

from typing import Any

import pytest

from tests import tools
from tests.subjects import frameworks
from tests.subjects.small import Outcomes

FEW = (
    "flask_rotating",
    "flask_two_cookies",
    "starlette_path",
    "django_auth",
    "fastapi_globalwhileawaiting",
    "django_keepsthenote",
)
"""What each run of the tests checks."""
LOUD = {"flask_memoisedview", "django_pageinthecache", "express_module_user", "php_last_user"}
"""Caught before the first scenario: as soon as two have logged in, one of them is taken for the other."""

pytestmark = pytest.mark.timeout(600)  # a test may wait until its server's turn has come


def some(names: tuple[str, ...]) -> list[Any]:
    return [pytest.param(name, marks=() if name in FEW else pytest.mark.more) for name in names]


@pytest.mark.parametrize("name", some(frameworks.correct()))
def test_a_correct_server_is_not_accused(outcome_of: Outcomes, name: str) -> None:
    tools.need(*frameworks.needs(name))
    outcome = outcome_of(name)
    assert (outcome.verdict, outcome.by) == ("holds", ()), outcome.told()


@pytest.mark.parametrize("name", some(frameworks.planted()))
def test_a_planted_bug_is_caught(outcome_of: Outcomes, name: str) -> None:
    tools.need(*frameworks.needs(name))
    outcome = outcome_of(name)
    assert outcome.verdict == "broken", outcome.told()
    scenarios = {row.scenario.id for row in outcome.rows if row.state == "broken"}
    assert bool(scenarios) != (name in LOUD), outcome.told()
