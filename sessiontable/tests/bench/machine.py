"""What a run was made on: numbers without it say nothing."""

import os
import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "uvicorn", "httptools", "uvloop", "starlette", "starsessions", "gunicorn", "flask", "flask-session", "cachelib",
    "django", "redis", "hiredis",
)  # fmt: skip
PROGRAMS = {"Redis": ("redis-server", "--version"), "Node": ("node", "--version"), "wrk": ("wrk", "--version")}


def about() -> dict[str, str]:
    """Date, machine and versions, each under its name."""
    model = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    programs = ", ".join(f"{name} {_said(*argv)}" for name, argv in PROGRAMS.items())
    return {
        "Date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "Machine": f"{os.cpu_count()} x {model[1] if model else platform.machine()}, Linux {platform.release()}, "
        f"load {os.getloadavg()[0]:.1f} at the start",
        "Versions": f"Python {platform.python_version()}, {', '.join(map(_package, PACKAGES))}, {programs}",
    }


def _package(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} missing"


def _said(*argv: str) -> str:
    """The version in what a program says of itself."""
    if not shutil.which(argv[0]):
        return "missing"
    done = subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False)
    found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
    return found[0] if found else "of an unknown version"
