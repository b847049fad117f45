"""What a subject behaves like, and what to do: one cause has one remedy, even where it shows in several scenarios."""

from pathlib import Path
from typing import cast

import pytest

from cookielab.engines.base import Engine
from cookielab.stage.agents import Agents
from cookielab.stage.checking import Check, Checked
from cookielab.subjects.kinds import Brought
from scenarios import SCENARIOS
from scenarios.expected import EXPECTED

CATALOGUE = {scenario.id: scenario for scenario in SCENARIOS}


@pytest.mark.parametrize(
    ("broken", "likeness", "remedies"),
    [
        ((), "", ()),
        (("fixation",), "behaves like no_regeneration in 1 of 1 scenarios", ("fixation",)),
        (("replay-after-logout",), "", ("replay-after-logout",)),
        (
            ("old-id-alive", "replay-after-logout"),
            "behaves like signed_cookie in 2 of 2 scenarios",
            ("replay-after-logout",),
        ),
        (
            ("fixation", "old-id-alive", "replay-after-logout"),
            "behaves like signed_cookie in 2 of 2 scenarios",
            ("fixation", "replay-after-logout"),
        ),
    ],
)
def test_likeness(broken: tuple[str, ...], likeness: str, remedies: tuple[str, ...]) -> None:
    check = Check(cast(Engine, None), cast(Agents, None), cast(Brought, None), Path(), EXPECTED)
    rows = [Checked(scenario=each, state="broken" if each.id in broken else "holds") for each in SCENARIOS]
    assert check.likeness(rows) == likeness
    assert check.remedies(rows) == tuple(CATALOGUE[id_].remedy for id_ in remedies)
