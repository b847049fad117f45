"""The real applications of tests/subjects/apps: installed once into a folder of the checkout's, checked from there."""

import subprocess
from functools import cache
from pathlib import Path

from cookielab.subjects import reading
from cookielab.subjects.kinds import Brought

HERE = Path(__file__).parent / "apps"
PLACE = Path(__file__).parents[2] / ".apps"
NAMES = ("django-admin", "express-session", "php-default", "better-auth", "flask-login-strong")
PYTHON = Path(__file__).parents[2] / ".venv" / "bin" / "python"


@cache
def installed(name: str) -> Path:
    """The folder of an application, installed where it is not yet; its own lock file says what is in it."""
    folder = PLACE / name
    ready = folder / ".installed"
    if not ready.exists():
        subprocess.run([str(HERE / "install.sh"), name, str(folder)], check=True)
        ready.touch()
    return folder


def brought(name: str) -> Brought:
    """An application as somebody would bring it."""
    folder = installed(name)
    profile = reading.load(HERE / name / "cookielab.yaml", {"PYTHON": str(PYTHON)})
    return Brought(name, profile, folder)
