"""The servers that a scenario needs: the subject, fresh for each play, and a neighbour on another port of its host."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

from ..engines.base import Engine
from ..engines.process import Process
from ..errors import DeadlineExceeded, HarnessFault, LabError
from . import handlers
from .steering import Steering, parsed

HOST = "server"
NAME = "server.lab.test"
NEIGHBOUR_PORT = 8085
OTHER_PORT = 8086
SECURED = 600
"""From a handler's plain port to the one with TLS."""
PHPMYADMIN = "/usr/share/phpmyadmin"
START = 20.0
"""Seconds that a server may take until it listens, on a busy machine."""


class ServerLost(HarnessFault):
    """A server that a scenario had started has ended, or answers no more."""


class Server:
    """A server under the lab's hands: started for one play, watched, stopped, its log kept.

    `took`: the seconds that its last start has taken, where they count. `restartable`: the lab has started what the user
    brings, so it can start it anew and run commands of the profile's beside it.
    """

    took, restartable = 0.0, False
    steering: Steering | None = None
    """Of the lab's own handlers alone: their gates and their clock."""

    def __init__(self, name: str, process: Process, port: int, log: list[str]) -> None:
        self.name, self.port, self.url = name, port, f"http://{NAME}:{port}"
        self._process, self._log = process, log

    def check(self, patience: float = 0.0) -> None:
        """Raises ServerLost where the server has ended, or ends within `patience` seconds."""
        try:
            code = self._process.wait(patience)
        except DeadlineExceeded:
            return
        raise ServerLost(self._process.describe(f"the server {self.name} ended with exit code {code}"))

    def describe(self, what: str) -> str:
        """A message about this server with its last output."""
        return self._process.describe(what)

    def restart(self) -> None:
        """Ends the server's process and starts it anew. LabError where the lab has not started it."""
        raise LabError(f"the server {self.name} cannot be restarted by the lab")

    def kill(self) -> None:
        """Ends the server's process at once, as if its machine had lost its power."""
        self._process.signal(9)

    def execute(self, line: str, what: str) -> None:
        """Runs a command of the user's beside the server. LabError where it fails, or the lab has not started the server."""
        raise LabError(f"{what}: the lab has not started the server {self.name}")

    def steer(self, process: Process) -> None:
        """From now on the lab has its hand on this server."""
        self.steering = Steering(process, self._log.append)

    def stop(self, log: Path | None = None) -> None:
        """Ends the server and appends what it printed to the file `log`."""
        self._process.stop()
        lines = [*self._log, *self._process.rest()]
        if log and lines:
            with log.open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)


def start_subject(engine: Engine, handler: str, options: Sequence[str] = (), *, number: int = 0) -> Server:
    """Starts a handler at the server host, on a port of its own, and returns when it listens.

    `number` counts the subjects of one play from 0. Raises LabError with its last output where it does not start.
    """
    argv = ("python", "-m", "server", "--handler", handler, "--port", str(handlers.port(handler, number)), *options)
    process = engine.spawn(HOST, (*argv, "--steered"))
    server = listening(handler, process, Server)
    server.steer(process)
    return server


def start_secured(engine: Engine, handler: str, chain: bytes, *, number: int) -> tuple[Server, int]:
    """The same with TLS at a second port, which is given as well. `chain`: the key and the certificates, in PEM."""
    port = handlers.port(handler, number)
    argv = ("python", "-m", "server", "--handler", handler, "--port", str(port), "--tls", str(port + SECURED))
    process = engine.spawn(HOST, argv)
    process.send(json.dumps(chain.decode("ascii")))
    return listening(handler, process, Server), port + SECURED


def start_neighbour(engine: Engine, sets: Sequence[str] = ()) -> Server:
    """Starts phpMyAdmin where the server host has it, otherwise a small server that sets the same cookies.

    `sets`: a small server that sets these instead, each a name, or a name with its value.
    """
    if sets:
        argv = ("python", "-m", "server.neighbour", "--port", str(OTHER_PORT), "--sets", *sets)
        return listening("another application", engine.spawn(HOST, argv), Server)
    if not _has_phpmyadmin(engine):
        argv = ("python", "-m", "server.neighbour", "--port", str(NEIGHBOUR_PORT))
        return listening("a stand-in for phpMyAdmin", engine.spawn(HOST, argv), Server)
    process = engine.spawn(HOST, ("php", "-S", f"0.0.0.0:{NEIGHBOUR_PORT}", "-t", PHPMYADMIN))
    try:
        process.says("Development Server", START)
    except BaseException:
        process.stop()
        raise
    return Server("phpMyAdmin", process, NEIGHBOUR_PORT, [])


def listening[S: Server](name: str, process: Process, kind: type[S]) -> S:
    """The server, of this class, once its log says that it listens; ProcessDied or DeadlineExceeded where it does not say so."""
    deadline = time.monotonic() + START
    log: list[str] = []
    try:
        while True:
            log.append(process.readline(max(0.0, deadline - time.monotonic())))
            said = parsed(log[-1])
            if said.get("event") == "listening":
                return kind(name, process, int(said["port"]), log)
    except BaseException:
        process.stop()
        raise


def _has_phpmyadmin(engine: Engine) -> bool:
    script = f"command -v php >/dev/null && test -f {PHPMYADMIN}/index.php"
    with engine.spawn(HOST, ("sh", "-c", script)) as process:
        return process.wait(START) == 0
