"""Real applications get the verdicts that are known of them, and none is accused of anything else."""

from pathlib import Path

import pytest

from cookielab.stage.agents import Agents
from tests import tools
from tests.subjects import applications, small

BROKEN = {
    "django-admin": set(),
    "express-session": set(),
    "php-default": {  # no strict mode, no new id at login; the note lies in the session
        "fixation",
        "old-id-alive",
        "user-switch",
        "port-planting",
        "lost-login-reply",
    },
    "better-auth": set(),
    "flask-login-strong": {  # tied to address and User-Agent, and a signed cookie
        "roam",
        "fingerprint",
        "address-pin",
        "address-each-connection",
        "cgnat",
        "vpn",
        "forged-pin",
        "port-planting",
        "replay-after-logout",
        "old-id-alive",
        "logout-race",
        "late-set-cookie",
    },
}
"""The scenarios in which each breaks: what its makers document."""
OBSERVED = {
    "django-admin": "sessions survive the server's process",
    "express-session": "sessions end with the server's process",
    "php-default": "sessions survive the server's process",
    "better-auth": "sessions survive the server's process",
    "flask-login-strong": "a copy of the cookies is refused at another address",
}


@pytest.mark.apps
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", applications.NAMES)
def test_an_application(agents: Agents, tmp_path: Path, name: str) -> None:
    tools.need(*applications.NEEDS.get(name, ()))
    outcome = small.check(agents, applications.brought(name), tmp_path / "check")
    assert {row.scenario.id for row in outcome.rows if row.state == "broken"} == BROKEN[name], outcome.told()
    assert not outcome.flight.breaks, outcome.told()
    assert {row.scenario.id for row in outcome.rows if row.state == "unknown"} == set(), outcome.told()
    assert OBSERVED[name] in [note for row in outcome.rows for note in row.observations]
