"""The Makefile finds a Python that is new enough, wherever it is, or says how to get one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.labs import ROOT

MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(not MAKE, reason="make is not installed")
SHOW = '--eval=show: ; @echo "found: $(PYTHON)"'
NONE = """\
Cookie Lab needs Python 3.12 or later, and there is none on PATH, in pyenv or in uv. To get one:
  Debian 13, Ubuntu 24.04 or later   sudo apt-get install python3 python3-venv
  Debian 12, Ubuntu 22.04            have none; uv brings one: sudo apt-get install pipx && pipx install uv,
                                     then  ~/.local/bin/uv python install 3.13 && make PYTHON="$(~/.local/bin/uv python find 3.13)"
  macOS                              brew install python@3.13
One that is elsewhere is named by  make PYTHON=/path/to/python3.13
"""


def program(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose PATH holds an old Python, as a version manager's shim says where another version is selected."""
    for name in ("python3", "python3.13"):
        program(tmp_path / "shims" / name, "echo not selected >&2; exit 127")
    return tmp_path


def make(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{home / 'shims'}", "HOME": str(home)}
    return subprocess.run(
        (str(MAKE), "--no-print-directory", *words), cwd=ROOT, env=environment | more, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("variable", [True, False])
def test_one_that_pyenv_has(home: Path, variable: bool) -> None:
    """Not the old one of its versions."""
    versions = home / ("manager" if variable else ".pyenv") / "versions"
    program(versions / "3.11.9" / "bin" / "python3", "exit 1")
    program(versions / "3.12.4" / "bin" / "python3", f'exec {sys.executable} "$@"')
    done = make(home, SHOW, "show", **({"PYENV_ROOT": str(home / "manager")} if variable else {}))
    assert (done.returncode, done.stdout) == (0, f"found: {versions}/3.12.4/bin/python3\n"), done.stderr


def test_one_that_uv_has(home: Path) -> None:
    program(home / "elsewhere" / "python", f'exec {sys.executable} "$@"')
    program(home / "shims" / "uv", f"[ \"$*\" = 'python find >=3.12' ] && echo {home}/elsewhere/python")
    done = make(home, SHOW, "show")
    assert (done.returncode, done.stdout) == (0, f"found: {home}/elsewhere/python\n"), done.stderr


def test_none_at_all(home: Path, tmp_path: Path) -> None:
    """Nothing is made, and the message says what brings one on which system."""
    place = tmp_path / "checkout"
    place.mkdir()
    for name in ("Makefile", "uv.lock", "pyproject.toml"):
        (place / name).symlink_to(ROOT / name)
    done = make(home, "-C", str(place), "setup")
    assert done.returncode == 2
    said, _, ended = done.stderr.partition("make: ")
    assert (said, ended.endswith("Error 3\n")) == (NONE, True), done.stderr
    assert not (place / ".venv").exists()


@pytest.mark.parametrize("there", [True, False])
def test_one_that_was_named_and_is_none(home: Path, tmp_path: Path, there: bool) -> None:
    """No environment is made with it, which would be in the way of the right one."""
    place, old = tmp_path / "checkout", home / "old" / "python"
    place.mkdir()
    if there:
        program(old, "exit 1")
    for name in ("Makefile", "uv.lock", "pyproject.toml"):
        (place / name).symlink_to(ROOT / name)
    done = make(home, "-C", str(place), f"PYTHON={old}", "setup")
    assert done.returncode == 2
    assert f"PYTHON={old} is no Python of 3.12 or later, which Cookie Lab needs\n" in done.stderr
    assert not (place / ".venv").exists()


def test_help(home: Path) -> None:
    """It groups the targets, and every target that is told about is one."""
    done = make(home, "help", PATH="/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line in ("The lab", "For whoever changes it")] == [
        "The lab",
        "For whoever changes it",
    ]
    targets = [line.split()[1] for line in lines if line.startswith("  make ")]
    assert {"lab-up", "scenario-%", "wheel", "test", "mutants"} <= set(targets)
    phony = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY: "))
    assert set(targets) - {"scenario-%"} == set(phony.split()[1:]) - {"tools"}
    assert "make itself ends with 2" in done.stdout
