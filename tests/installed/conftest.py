"""The wheel, built once, and environments that hold nothing else."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installed.newcomer import UV, Newcomer, uv
from tests.labs import need

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = os.environ.get("COOKIELAB_PYTHONS", OWN).split(",")


@pytest.fixture(scope="session")
def ground() -> Iterator[Path]:
    """A folder that every user may enter, as pytest's own are not."""
    place = Path(tempfile.mkdtemp(prefix="cookielab-installed-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="session")
def wheel(ground: Path) -> Path:
    if not UV.exists():
        pytest.skip(f"{UV} is missing: make setup brings it")
    uv("build", "--wheel", "--out-dir", str(ground / "dist"))
    (wheel,) = (ground / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="session", params=PYTHONS)
def newcomer(request: pytest.FixtureRequest, ground: Path, wheel: Path) -> Newcomer:
    """The wheel in an environment beside pytest alone, for each Python that COOKIELAB_PYTHONS names (3.12,3.13,...; default: this one)."""
    need("netns")
    place = ground / f"python{request.param}"
    uv("venv", "--python", str(_python(str(request.param))), str(place / "environment"))
    programs = place / "environment" / "bin"
    uv("pip", "install", "--python", str(programs / "python"), str(wheel), "pytest")
    return _moved_in(place / "home", programs)


@pytest.fixture(scope="session")
def tool(ground: Path, wheel: Path) -> Newcomer:
    """The same after `uv tool install`."""
    place = ground / "tool"
    more = {"UV_TOOL_DIR": str(place / "tools"), "UV_TOOL_BIN_DIR": str(place / "bin")}
    uv("tool", "install", "--python", str(_python(OWN)), str(wheel), **more)
    return _moved_in(place / "home", place / "bin")


def _moved_in(home: Path, programs: Path) -> Newcomer:
    home.mkdir()
    newcomer = Newcomer(home, programs)
    newcomer.give(home)
    return newcomer


def _python(version: str) -> Path:
    """A Python of this version: this one, a version manager's, one on PATH, or one that uv brings. Else it is skipped."""
    if version == OWN:
        return Path(getattr(sys, "_base_executable", sys.executable))
    managed = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser() / "versions"
    for found in sorted(managed.glob(f"{version}.*/bin/python")):
        return found
    brought = subprocess.run(
        (UV, "python", "install", version), capture_output=True, text=True, timeout=60, check=False
    )
    named = subprocess.run((UV, "python", "find", version), capture_output=True, text=True, check=False)
    if named.returncode:
        said = brought.stderr.strip().rpartition("\n")[2].strip()
        pytest.skip(f"no Python {version} on this machine, and uv cannot bring it: {said}")
    return Path(named.stdout.strip())
