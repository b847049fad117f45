"""The example servers of docs/examples as real processes, each on a port that the kernel chose and a file of its own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
def served(
    name: str, command: tuple[str, ...], folder: Path, log: Path, environ: Mapping[str, str]
) -> Iterator[Example]:
    """A server that `python -m command` starts in this folder, until the block is left."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            (sys.executable, "-m", *command),
            cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"} | dict(environ),
        )  # fmt: skip
    try:
        yield Example(name, process, log, Path(environ.get("SESSIONS", "")))
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def running(folder: Path) -> Iterator[dict[str, Example]]:
    """All of them, started at the same time."""
    with ExitStack() as started:
        yield {
            name: started.enter_context(
                served(name, command, FOLDER, folder / f"{name}.log", {"SESSIONS": str(folder / f"{name}.db")})
            )
            for name, command in COMMANDS.items()
        }
