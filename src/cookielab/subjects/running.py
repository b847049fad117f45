"""Placeholder until the sandbox is merged."""

import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..engines.base import Engine
from .servers import HOST, Server


class Running(Server):
    def begin(self, engine: Engine, command: str, folder: Path, port: int) -> None:
        self._engine, self._line, self._folder, self.port = engine, command, folder, port
        self._start()

    def _start(self) -> None:
        line = self._line.replace("{port}", str(self.port))
        script = f"cd {shlex.quote(str(self._folder))} && exec {line}"
        self._process = self._engine.spawn(HOST, ("sh", "-c", script), environment={"PORT": str(self.port)})
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            test = self._engine.spawn(HOST, ("bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{self.port}"))
            if test.wait(5) == 0:
                break
            self.check()
            time.sleep(0.1)

    def restart(self) -> None:
        self._process.stop()
        self._start()


def start(
    engine: Engine, command: str, *, folder: Path, port: int, environment: Mapping[str, str], log: Path,
    ready: str | None = None, seconds: float = 60, reach: Sequence[str] = (),
) -> Running:
    server = Running.__new__(Running)
    server.name, server.url, server._log = "brought", f"http://server.lab.test:{port}", []
    server.begin(engine, command, folder, port)
    return server
