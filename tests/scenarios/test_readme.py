"""What the README shows is what a run prints today."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.labs import need, variables

ROOT = Path(__file__).parents[2]
AT_ONCE = "Now all three write at once"


def shown(command: str) -> list[str]:
    """The lines that the README prints below a command."""
    block = re.search(
        rf"^\$ {re.escape(command)}\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )
    assert block, f"the README shows no '{command}'"
    return block[1].rstrip().splitlines()


def printed(*argv: str) -> list[str]:
    """The lines that a run on namespaces prints, with the default ranges: the README shows those."""
    moved = {key: value for key, value in variables(3).items() if not key.endswith("_NET")}
    environ = {key: value for key, value in os.environ.items() if not key.startswith("LAB_")}
    done = subprocess.run(
        (sys.executable, "-m", "cookielab", "run", *argv, "--engine", "netns"),
        env=environ | moved, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip().splitlines()


def lasting(lines: list[str]) -> list[str]:
    """The lines without what differs from run to run: notes, ports, run ids, the order of what happens at once."""
    kept: list[str] = []
    at_once = False
    for line in lines:
        at_once = line.startswith(AT_ONCE) or (at_once and line.startswith("  "))
        if not line.startswith("engine ") and (not at_once or line.startswith(AT_ONCE)):
            text = re.sub(r"c-[0-9a-f]{12}", "c-NOTE", line)
            text = re.sub(r"(\d+\.\d+\.\d+\.\d+):\d+", r"\1:PORT", text)
            kept.append(re.sub(r"\d{8}-\d{6}-[0-9a-f]{4}", "RUN", text))
    return kept


@pytest.mark.netns
def test_the_story_that_the_readme_tells() -> None:
    need("netns")
    assert lasting(shown("make scenario-nat")) == lasting(printed("nat", "--capture", "mitm"))
