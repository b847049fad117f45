"""Scripts that run in a process of their own, which may fork, or come to its limits, without harm to the tests."""

import os
import subprocess
import sys
from pathlib import Path

SRC = Path(__file__).parents[1] / "src"


def printed(script: str, *given: str | Path) -> str:
    """What a script prints, told these words."""
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, given)],
        env=os.environ | {"PYTHONPATH": str(SRC)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
