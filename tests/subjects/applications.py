"""The real applications of tests/subjects/apps: installed once into a folder of the checkout's, checked from there."""

import hashlib
import subprocess
from functools import cache
from pathlib import Path

from cookielab.subjects import reading
from cookielab.subjects.kinds import Brought

HERE = Path(__file__).parent / "apps"
ROOT = Path(__file__).parents[2]
PLACE = ROOT / ".apps"
NAMES = ("django-admin", "express-session", "php-default", "better-auth", "flask-login-strong")
NEEDS = {
    "express-session": ("node", "npm"),
    "better-auth": ("node", "npm", "g++", "make"),  # a compiler for where its SQLite cannot be downloaded ready-made
    "php-default": ("php",),
}
"""The programs without which one cannot be installed or run."""
PYTHON = ROOT / ".venv" / "bin" / "python"


@cache
def installed(name: str) -> Path:
    """The folder of an application, installed where it is not yet, and again where its files have changed since."""
    folder, fresh = PLACE / name, _digest(name)
    ready = folder / ".installed"
    if not ready.exists() or ready.read_text() != fresh:
        done = subprocess.run([HERE / "install.sh", name, folder], capture_output=True, text=True, check=False)
        assert not done.returncode, f"install.sh {name} ended with exit code {done.returncode}: {done.stderr}"
        ready.write_text(fresh)
    return folder


def _digest(name: str) -> str:
    """What an application is made of."""
    digest = hashlib.sha256()
    for path in sorted([HERE / "install.sh", *(HERE / name).rglob("*")]):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(HERE)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def brought(name: str) -> Brought:
    """An application as somebody would bring it."""
    folder = installed(name)
    return Brought(name, reading.load(folder / "cookielab.yaml", {"PYTHON": str(PYTHON)}), folder)
