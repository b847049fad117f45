"""What is started for a play beside the subject: a proxy or a cache in front of it, a store behind it. See server/parts."""

import json
import secrets
from collections.abc import Sequence

from ..engines.base import Engine
from ..engines.process import Process
from ..errors import DeadlineExceeded, HarnessFault
from .servers import Server, listening

PURGE = 10.0
"""Seconds that a cache may take to forget."""


class PartServer(Server):
    """One of these programs. When it ends nothing can be said about the subject.

    `host`: the name of its host; `behind`: the one server that it speaks for, None where there are several or none.
    """

    behind: Server | None = None

    def __init__(self, name: str, process: Process, port: int, log: list[str]) -> None:
        super().__init__(name, process, port, log)
        self.host, self.url = process.host, f"http://{process.host}.lab.test:{port}"

    def check(self, patience: float = 0.0) -> None:
        """Raises HarnessFault where it has ended, or ends within `patience` seconds; and what the server behind it raises."""
        try:
            code = self._process.wait(patience)
        except DeadlineExceeded:
            if self.behind:
                self.behind.check()
            return
        raise HarnessFault(self._process.describe(f"{self.name} ended with exit code {code}"))

    def purge(self) -> None:
        """Has a cache forget all that it has kept. HarnessFault where it cannot."""
        self._process.send("purge")
        said = json.loads(self._process.readline(PURGE))
        if said["error"]:
            raise HarnessFault(self._process.describe(f"{self.name} could not be purged: {said['error']}"))


def start_part(engine: Engine, recipe: str, port: int, to: Sequence[str] = ()) -> PartServer:
    """Starts a recipe of server/parts at the host that it is named after, and returns when it listens.

    `to`: ip:port of each server behind it. HarnessFault with its last words where its own checker refuses the recipe.
    """
    return _start(engine, recipe, port, to)


def start_store(engine: Engine, port: int) -> tuple[PartServer, str]:
    """A store for several servers, and its URL with the password that it has for this play."""
    secret = secrets.token_urlsafe(12)
    part = _start(engine, "store-redis", port, secret=secret)
    return part, f"redis://:{secret}@store.lab.test:{port}/0"


def _start(engine: Engine, recipe: str, port: int, to: Sequence[str] = (), secret: str = "") -> PartServer:
    behind = [word for target in to for word in ("--to", target)]
    argv = ("python", "-m", "server.parts", recipe, "--port", str(port), *behind)
    process = engine.spawn(recipe.partition("-")[0], argv, environment={"SECRET": secret})
    return listening(recipe, process, PartServer)
