"""The scenarios are found by their place, whatever else is called as their folder is."""

import subprocess
import sys
from pathlib import Path

import scenarios
from cookielab.stage.catalogue import catalogued, expected
from scenarios.expected import EXPECTED
from tests.labs import ROOT


def test_it_is_the_story_folder() -> None:
    assert list(catalogued()) == [scenario.id for scenario in scenarios.SCENARIOS]
    assert expected() == EXPECTED


def test_modules_of_the_user_stay_his(tmp_path: Path) -> None:
    """A project of his may have folders of these names, and imports them before and after."""
    for name in ("scenarios", "server"):
        (tmp_path / f"{name}.py").write_text(f"OWN = 'his {name}'\n")
    program = (
        "import scenarios; from cookielab.stage.catalogue import catalogued, expected\n"
        "assert 'nat' in catalogued() and 'nat' in expected()\n"
        "import server; print(scenarios.OWN, server.OWN)"
    )
    done = subprocess.run(
        (sys.executable, "-c", program), cwd=tmp_path, env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "his scenarios his server\n"
