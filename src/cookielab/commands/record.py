"""`cookielab record`: for logins that need a browser, Playwright's codegen, and what it writes made into `login.py`."""

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from .. import extras
from ..errors import LabError, UsageError
from ..report.plain import plain
from ..subjects.recorded import login_program


def command(arguments: argparse.Namespace) -> int:
    """Opens a browser in which somebody logs in, writes the program and says which line of the profile takes it."""
    url, path = arguments.url, Path(arguments.output)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"record takes the URL of a page, such as http://127.0.0.1:8000/login, and {url!r} is none")
    if path.exists() and not arguments.force:
        raise UsageError(f"{path} is there already: `cookielab record --force` writes over it, --output names another")
    extras.insist("browser", "a login is recorded with it")
    print("a browser opens: log in as a user would, then close it", file=sys.stderr)
    recorded = _codegen(url)
    username, _, password = (arguments.user or "").partition(":")
    program = login_program(
        recorded, f"{parts.scheme}://{parts.netloc}", {"username": username, "password": password}, path.name
    )
    path.write_text(program, encoding="utf-8")
    print(f"{path}: written. The line of the profile:\n\nlogin: {{browser: {plain(str(path))}}}")
    return 0


def _codegen(url: str) -> str:
    """What codegen writes, once the browser is closed. LabError, with its last output, where it fails."""
    with TemporaryDirectory() as place:
        output = Path(place) / "recorded.py"
        argv = (sys.executable, "-m", "playwright", "codegen", "--target", "python", "--output", str(output), url)
        done = subprocess.run(argv, check=False, stderr=subprocess.PIPE, text=True, errors="replace")
        if not output.exists() or not output.read_text(encoding="utf-8").strip():
            tail = "\n".join(done.stderr.strip().splitlines()[-8:])
            raise LabError(
                f"codegen recorded nothing (exit code {done.returncode}). It needs a screen and a browser of its own: "
                f"{sys.executable} -m playwright install chromium\n{tail}"
            )
        return output.read_text(encoding="utf-8")
