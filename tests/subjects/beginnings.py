"""The small applications of first_steps: as the frameworks' own guides have them, and what each needs to be tried."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from cookielab.subjects.finding.starting import starts
from cookielab.subjects.lines import Source, Spelt, read
from tests.subjects.applications import PYTHON

HERE = Path(__file__).parent / "first_steps"
NAMES = ("django", "flask-login", "fastapi", "php", "express-passport", "sveltekit", "rails", "tomcat")
LIGHT = ("django", "flask-login", "fastapi", "php")
"""Those that need nothing beyond the environment of the tests, and PHP."""
NEEDS = {
    "php": ("php",),
    "express-passport": ("node", "npm"),
    "sveltekit": ("node", "npm"),
    "rails": ("ruby",),
    "tomcat": ("java",),
}
"""Programs."""
FILES = {
    "rails": "ruby -e \"require 'rails'; require 'puma'; require 'sqlite3'; require 'bcrypt'\"",
    "tomcat": "test -x /usr/share/tomcat10/bin/catalina.sh",
}
"""What succeeds where the rest is there."""
GIVEN = ("run", "ready", "setup", "reach", "users")
"""What whoever tries `init` says: how the server is started, and who can log in."""


def place(name: str, folder: Path) -> Path:
    """A copy of an application, with what npm brings."""
    target = folder / name
    shutil.copytree(HERE / name, target)
    if (target / "package-lock.json").exists():
        quiet = ("--no-fund", "--no-audit", "--no-update-notifier", "--loglevel=error")
        subprocess.run(("npm", "ci", *quiet), cwd=target, check=True, stdout=subprocess.DEVNULL)
    if (target / "svelte.config.js").exists():
        subprocess.run(
            ("npx", "vite", "build", "--logLevel", "error"), cwd=target, check=True, stdout=subprocess.DEVNULL
        )
    return target


def given(file: Path, *, sign_up: bool = False) -> dict[str, Any]:
    """What a profile says that is given to `init`: of its users their names and passwords; `sign_up`: nobody is given."""
    written = read(file, {"PYTHON": str(PYTHON)}, Source(str(file)))
    said = {key: _plain(written[key], key) for key in GIVEN if key in written and not (sign_up and key == "users")}
    for name, user in said.get("users", {}).items():
        said["users"][name] = {key: user[key] for key in ("username", "password") if key in user}
    return said


def shown(place: Path) -> dict[str, str]:
    """How it is started, where its folder shows it; empty where whoever tries `init` has to say it."""
    found = starts(place)
    return dict(found[0].words) if len(found) == 1 else {}


def _plain(value: Any, key: str) -> Any:
    """A value as the file means it: a number is one, but for users, whose passwords keep their spelling."""
    if isinstance(value, Spelt):
        return value.text if key == "users" else value.value
    if isinstance(value, dict):
        return {name: _plain(item, key) for name, item in value.items()}
    return value


def missing(name: str) -> str:
    """What this machine lacks for it, empty where nothing."""
    for program in NEEDS.get(name, ()):
        if shutil.which(program) is None:
            return program
    check = FILES.get(name)
    return (
        ""
        if check is None or subprocess.run(check, shell=True, check=False, capture_output=True).returncode == 0
        else f"what `{check}` needs"
    )
