"""Servers of somebody else's behind a shared cache: only where the profile says that there is one, and judged by what they say."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from cookielab.stage.agents import Agents
from scenarios.g_caches import GROUP
from tests import tools
from tests.subjects import small

ALL = {scenario.id for scenario in GROUP.scenarios}
BROKEN = {
    "x_ok_no_store": set[str](),
    "x_ok_vary": set[str](),
    "x_ok_plain": {"cached-set-cookie", "cached-body", "vary", "coalescing"},
}
"""By server, the scenarios that break. The last one is right as long as no cache stands before it: it says nothing to any."""


@pytest.mark.netns
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", BROKEN)
def test_behind_a_shared_cache(agents: Agents, tmp_path: Path, name: str) -> None:
    tools.need("nginx", "varnishd")
    subject = small.brought(name, tmp_path)
    subject.profile = replace(subject.profile, shared_cache=True)
    outcome = small.check(agents, subject, tmp_path / "check", GROUP.scenarios)
    assert {row.scenario.id: row.state for row in outcome.rows} == {
        id_: "broken" if id_ in BROKEN[name] else "holds" for id_ in ALL
    }, outcome.told()
    assert all(row.calm == "holds" for row in outcome.rows if row.state == "broken"), outcome.told()


@pytest.mark.netns
def test_without_a_word_in_the_profile_there_is_none(agents: Agents, tmp_path: Path) -> None:
    outcome = small.check(agents, small.brought("x_ok_plain", tmp_path), tmp_path / "check", GROUP.scenarios)
    assert {(row.state, row.why) for row in outcome.rows} == {
        (
            "left out",
            "no shared cache stands before this server, as far as the profile says: `shared_cache: true` if one does, such as a CDN",
        )
    }
