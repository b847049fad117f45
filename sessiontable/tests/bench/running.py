"""Commands that a measurement runs, and where."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.bench.errors import BenchError, CommandFailed

ROOT = Path(__file__).parents[2]
LONGEST = 180.0
"""Seconds for one command."""


def run(argv: Sequence[str]) -> str:
    """Runs a command in the distribution's root and gives its stdout. BenchError where it fails or takes too long."""
    try:
        done = subprocess.run(
            argv, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        raise BenchError(f"{' '.join(argv)}: not done after {LONGEST:g} s") from None
    if done.returncode:
        raise CommandFailed(tuple(argv), done.returncode, done.stderr or done.stdout)
    return done.stdout
