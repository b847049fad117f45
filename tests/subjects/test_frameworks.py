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
WRONG = {
    "flask_moduleuser": "isolation",
    "flask_memoisedview": "isolation",
    "flask_cachebyaddress": "isolation",
    "flask_countedids": "authenticity",
    "flask_logoutinthebrowser": "finality",
    "flask_sameidafterlogin": "authenticity",
    "flask_signedcookie": "finality",
    "flask_nameinacookie": "authenticity",
    "flask_blockedbyaddress": "steadiness",
    "flask_draftintheapp": "isolation",
    "fastapi_globalwhileawaiting": "isolation",
    "fastapi_nameinbase64": "authenticity",
    "fastapi_byforwardedfor": "isolation",
    "fastapi_adoptsids": "authenticity",
    "fastapi_wholesession": "continuity",
    "fastapi_anyonefirst": "isolation",
    "django_tiedtotheaddress": "steadiness",
    "django_pageinthecache": "isolation",
    "django_keepsthenote": "isolation",
    "django_forgetstheothers": "finality",
    "django_logoutkeepstherow": "finality",
    "django_onesessionanaddress": "steadiness",
    "express_module_user": "isolation",
    "express_same_id": "authenticity",
    "express_logout_cookie": "finality",
    "express_module_state": "isolation",
    "php_lax": "authenticity",
    "php_last_user": "isolation",
}
"""What must be among the invariants that break."""
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


@pytest.mark.parametrize("name", some(tuple(WRONG)))
def test_a_planted_bug_is_caught(outcome_of: Outcomes, name: str) -> None:
    tools.need(*frameworks.needs(name))
    outcome = outcome_of(name)
    assert outcome.verdict == "broken", outcome.told()
    assert WRONG[name] in outcome.by, outcome.told()
    scenarios = {row.scenario.id for row in outcome.rows if row.state == "broken"}
    assert bool(scenarios) != (name in LOUD), outcome.told()


def test_every_planted_bug_is_in_the_table() -> None:
    assert tuple(WRONG) == frameworks.planted()
