"""A server in a container that stands on the lab's public network: how it is waited for, watched, restarted, left."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from ..engines import docker_walls
from ..engines.base import Engine
from ..engines.docker_guests import Guests
from ..errors import DeadlineExceeded, LabError, ProcessDied
from . import listeners
from .profile import Ready
from .servers import HOST, Server, ServerLost

NEWS = 5.0
"""Seconds between two words about a server that is not ready."""
PAUSE = 0.1
TAIL = 12


class Guest(Server):
    """A container under the lab's hands. `end`: what takes it away; `tidy`: what must be done after each start of it."""

    restartable = True

    def __init__(
        self, name: str, engine: Engine, guests: Guests, container: str, *, port: int, ready: Ready, log: Path | None,
        end: Callable[[], None], tidy: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self.name, self.port, self.url, self.notes = name, port, f"http://{guests.address}:{port}", list[str]()
        self._engine, self._guests, self.container = engine, guests, container
        self._ready, self._log_file, self._end, self._tidy = ready, log, end, tidy

    def check(self, patience: float = 0.0) -> None:
        deadline = time.monotonic() + patience
        while not (how := self._guests.ended(self.container)):
            if time.monotonic() >= deadline:
                return
            time.sleep(PAUSE)
        raise ServerLost(self.describe(f"the server {self.name}: {how}"))

    def describe(self, what: str) -> str:
        lines = self._guests.logs(self.container)[-TAIL:]
        said = "\n".join(["its last output:", *(f"  {line}" for line in lines)]) if lines else "it printed nothing"
        return f"{what}\n{said}"

    def restart(self) -> None:
        self._guests.restart(self.container)
        self.wait()

    def execute(self, line: str, what: str) -> None:
        code, said = self._guests.execute(self.container, line)
        if code:
            tail = "".join(f"\n  {each}" for each in said.splitlines()[-TAIL:])
            raise LabError(
                f"{what}: '{line}' ended with exit code {code} in {self.name}; its last output:{tail or ' nothing'}"
            )

    def stop(self, log: Path | None = None) -> None:
        lines = self._guests.logs(self.container)
        if lines and (file := log or self._log_file):
            with file.open("a", encoding="utf-8") as out:
                out.writelines(f"{line}\n" for line in lines)
        self._end()

    def wait(self) -> None:
        """Returns when it accepts connections from the lab, and its path of readiness answers. LabError where it does not."""
        begun = time.monotonic()
        news = begun + NEWS
        while not self._open():
            if how := self._guests.ended(self.container):
                raise ProcessDied(self.describe(f"the server {self.name} did not start: {how}"))
            now = time.monotonic()
            if now > begun + self._ready.seconds:
                raise DeadlineExceeded(
                    self.describe(f"the server {self.name} did not start: {self._late(now - begun)}")
                )
            if now > news:
                last = (self._guests.logs(self.container) or ["nothing yet"])[-1]
                print(
                    f"waiting for {self.name} ({now - begun:.0f} s of {self._ready.seconds:g} s); it said: {last}",
                    file=sys.stderr,
                )
                news = now + NEWS
            time.sleep(PAUSE)
        if self._tidy:
            self._tidy()
        self.took = time.monotonic() - begun

    def _open(self) -> bool:
        address = self._guests.address
        if not listeners.accepts(self._engine, HOST, address, self.port):
            return False
        return self._ready.path is None or listeners.answers(self._engine, HOST, address, self.port, self._ready.path)

    def _late(self, waited: float) -> str:
        """Why it may not be reached: what listens in its network."""
        longer = "or give it longer with ready: {path, seconds} in the profile"
        heard = listeners.parsed(self._guests.listening(self.container))
        here = [each for each in heard if each.port == self.port]
        if here and all(each.address.is_loopback for each in here):
            return f"it listens on port {self.port} of {here[0].text} alone, where only the container itself reaches it; let it listen on 0.0.0.0"
        if here:
            return f"it listens on port {self.port}, but {self._ready.path or 'it'} does not answer after {waited:.0f} s; look at its output, {longer}"
        others = sorted({each.port for each in heard if each.text != docker_walls.NAMES} - {self.port})
        there = f"; it listens on {', '.join(map(str, others))}" if others else ""
        return f"nothing listens on port {self.port} after {waited:.0f} s{there}; name the port inside the container, {longer}"
