"""A disk without room for the state and the evidence of a lab: it is told, with the place, and is never a verdict."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.desk import checkout
from tests.labs import need, variables

pytestmark = pytest.mark.netns

IN_LITTLE_ROOM = 'mount -t tmpfs -o size="$0" none .lab && shift 0 && exec "$@"'
"""In a mount namespace of its own, so that nothing is left of it."""


@pytest.mark.parametrize(("size", "said"), [
    ("16k", "it printed nothing; the disk with {lab}/labs/{name}/netns is full, make room there\n"),
    ("64k", r"cookielab: (\[Errno 28\] No space left on device; the disk with {lab} is full, make room there"
            r"|{lab}/runs/\S+/history.jsonl: event \d+ could not be written: No space left on device; "
            r"make room there, or run where there is room)\n"),
])  # fmt: skip
def test_the_disk_is_full(tmp_path: Path, size: str, said: str) -> None:
    """Either no host can write its log, or there is no room left for what is recorded."""
    need("netns")
    place, lab = checkout(tmp_path / "here"), variables(7)
    (place / ".lab").mkdir()
    words = ("unshare", "-rm", "sh", "-c", IN_LITTLE_ROOM, size, sys.executable, "-m", "cookielab")
    done = subprocess.run(
        (*words, "run", "nat", "--engine", "netns", "--capture", "off"),
        cwd=place, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(place / "src"), **lab},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stdout + done.stderr
    wanted = said.format(lab=place / ".lab", name=lab["LAB_NAME"])
    assert re.search(f"{wanted}$", done.stderr), done.stderr
