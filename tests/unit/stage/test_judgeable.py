"""What of a scenario can be judged follows from what the profile lets be seen, and from what it promises."""

from pathlib import Path

import pytest

from cookielab.stage.play import judgeable
from cookielab.subjects.reading import load
from scenarios import SCENARIOS

WHERE = "run: x\nusers: {alice: {password: a}}\nlogin: {form: /login}\nme: {get: /, json: user}\n"
NOTE = 'note: {write: {post: /n, fields: {n: "{canary}"}}, read: {get: /n}}\n'
CATALOGUE = {scenario.id: scenario for scenario in SCENARIOS}


@pytest.mark.parametrize(
    ("scenario", "more", "judged"),
    [
        ("nat", "", ("isolation",)),
        ("nat", NOTE, ("isolation", "continuity")),
        ("two-tabs", "", ()),
        ("two-tabs", NOTE, ("durability",)),
        ("restart", "", ("isolation",)),
        ("restart", "survives: []\n", ("isolation",)),
        ("restart", "survives: [restart]\n", ("isolation", "steadiness")),
        ("account-disabled", "", ()),
        ("account-disabled", "survives: [restart]\n", ()),
        ("account-disabled", "survives: []\n", ("finality",)),
        ("account-disabled", "survives: [neighbour]\n", ("finality",)),
        ("port-overwrite", "survives: []\n", ()),
        ("port-overwrite", "survives: [neighbour]\n", ("steadiness",)),
    ],
)
def test_what_is_judged(tmp_path: Path, scenario: str, more: str, judged: tuple[str, ...]) -> None:
    path = tmp_path / "cookielab.yaml"
    path.write_text(WHERE + more)
    assert judgeable(CATALOGUE[scenario], load(path, {})) == judged
