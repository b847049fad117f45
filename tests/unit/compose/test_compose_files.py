"""What can be said of the image recipes and their scripts without Docker."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPTS = sorted([*(ROOT / "compose").glob("*.sh"), ROOT / ".ci" / "setup-docker"])


def probe(*test: str) -> subprocess.CompletedProcess[str]:
    """Runs the health check as the netns engine does: without the variable that the images set."""
    environment = {key: value for key, value in os.environ.items() if key != "LAB_PROBE_REST"}
    argv = ("compose/probe.sh", *test)
    return subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20, check=False)


def test_the_recipe_pulls_nothing_but_its_base() -> None:
    """A `syntax` line, or a second image, would ask a registry even where a local base is given."""
    recipe = (ROOT / "compose" / "Dockerfile").read_text(encoding="utf-8")
    stages = set(re.findall(r"^FROM \S+ AS (\w+)$", recipe, re.MULTILINE))
    sources = set(re.findall(r"^FROM (\S+)", recipe, re.MULTILINE)) | set(re.findall(r"from=(\w+)", recipe))
    assert not re.search(r"^#\s*syntax\s*=", recipe, re.MULTILINE)
    assert sources - stages == {"${BASE_IMAGE}"}


def test_one_version_of_uv_reads_the_lock_file() -> None:
    """The images and the developer's environment are made by the same uv."""
    recipe = (ROOT / "compose" / "Dockerfile").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"^ARG UV_VERSION=(\S+)$", recipe, re.MULTILINE) == re.findall(
        r"^UV_VERSION := (\S+)$", makefile, re.MULTILINE
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_can_be_run(script: Path) -> None:
    """It is executable, and a plain POSIX shell accepts it."""
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    subprocess.run(("sh", "-n", script), check=True)


def test_a_probe_gives_the_answer_of_its_test() -> None:
    """Healthy where the test succeeds, not where it fails, and the test's words come through."""
    assert probe("true").returncode == 0
    failed = probe("sh", "-c", "echo no such port; exit 7")
    assert (failed.returncode, failed.stdout) == (1, "no such port\n")


def test_a_probe_ends_a_test_that_hangs() -> None:
    """A server that accepts and never answers is not healthy."""
    assert probe(sys.executable, "-c", "import signal; signal.pause()").returncode == 1


def test_a_client_without_a_gateway_does_not_start() -> None:
    """The entrypoint names the variable before it touches any route."""
    environment = {key: value for key, value in os.environ.items() if key != "GATEWAY"}
    argv = ("compose/join.sh", "true")
    ended = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert ended.stderr.endswith("GATEWAY: is not set; it is the address of the client's gateway\n")
