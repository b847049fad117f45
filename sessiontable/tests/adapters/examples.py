"""The example servers of docs/examples as real processes, each on a port that the kernel chose and a file of its own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "examples"
SECONDS = 20.0
"""So long a server may take to listen, and to end."""

_UVICORN = ("uvicorn", "--port", "0", "--no-access-log")
_GUNICORN = ("gunicorn", "--bind", "127.0.0.1:0", "--threads", "4", "--no-control-socket")
COMMANDS: dict[str, tuple[str, ...]] = {
    "asgi_raw": (*_UVICORN, "asgi_raw:app"),
    "asgi_starlette": (*_UVICORN, "asgi_starlette:app"),
    "asgi_fastapi": (*_UVICORN, "asgi_fastapi:app"),
    "asgi_litestar": (*_UVICORN, "asgi_litestar:app"),
    "asgi_quart": ("hypercorn", "--bind", "127.0.0.1:0", "asgi_quart:app"),
    "aiohttp_server": ("aiohttp_server", "0"),
    "wsgi_raw": (*_GUNICORN, "wsgi_raw:app"),
    "wsgi_django": (*_GUNICORN, "wsgi_django:app"),
    "wsgi_flask": ("flask", "--app", "wsgi_flask", "run", "--port", "0"),
    "http_server": ("http_server", "0"),
}
"""What follows `python -m`, in the folder of the examples."""


@dataclass
class Example:
    """A server that has been started."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    sessions: Path

    def port(self) -> int:
        """Waits until it listens. Raises RuntimeError with its last output if it does not."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            printed = self.log.read_text(errors="replace")
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", printed):
                return int(found[1])
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} exited with {self.process.returncode}; it printed:\n{printed[-3000:]}")
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} did not listen within {SECONDS:g} s; it printed:\n{printed[-3000:]}")


@contextmanager
def running(folder: Path) -> Iterator[dict[str, Example]]:
    """All of them, started at the same time."""
    started: dict[str, Example] = {}
    try:
        for name, command in COMMANDS.items():
            sessions, log = folder / f"{name}.db", folder / f"{name}.log"
            with log.open("wb") as output:
                process = subprocess.Popen(
                    (sys.executable, "-m", *command),
                    cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                    env=os.environ | {"SESSIONS": str(sessions), "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"},
                )  # fmt: skip
            started[name] = Example(name, process, log, sessions)
        yield started
    finally:
        for example in started.values():
            example.process.terminate()
        for example in started.values():
            try:
                example.process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                example.process.kill()
                example.process.wait()
