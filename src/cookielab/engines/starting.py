"""Starts the commands of hosts in the order of their dependencies and waits until every one is healthy.

One loop watches all: it wakes when a command or a health test ends, so that the first failure is known at once.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import DeadlineExceeded, ProcessDied, no_room
from ..topology.records import Health, Host
from .door import Remote, readable

PAUSE, REST = 0.01, 0.15
"""Seconds between two health tests of one host: the first after its command has printed something, the second if not.

A test costs CPU that the hosts need to start. (The file's interval is meant for Docker, where it costs ten times as much.)
"""
TAIL = 15
"""Lines of output in a message about a host that failed."""

type Launch = Callable[[Host, tuple[str, ...], Path], Remote]
"""Starts a command at a host with both outputs appended to a file."""


@dataclass(slots=True)
class _Beginner:
    """A host on its way: its command runs, its health is tested again and again."""

    host: Host
    service: Remote
    log: Path
    deadline: float
    test: Remote | None = None
    since: float = 0.0
    """When the current test began, or the last one ended."""
    heard: int = 0
    """Bytes that the command had printed then."""
    said: str = ""
    """What the last test that failed has printed."""


@dataclass(slots=True)
class Starter:
    """Brings hosts up. `service` and `probe` launch a host's command and its test; `folder` takes their output."""

    hosts: Mapping[str, Host]
    service: Launch
    probe: Launch
    folder: Path
    _waiting: dict[str, Host] = field(default_factory=dict)
    _beginners: dict[str, _Beginner] = field(default_factory=dict)

    def run(self) -> None:
        """Returns when every host is healthy.

        ProcessDied where a command ended, DeadlineExceeded where a host is not healthy in time; with their last output.
        """
        self._waiting = {name: host for name, host in self.hosts.items() if host.command}
        try:
            while self._waiting or self._beginners:
                self._start_ready()
                self._wait()
                for beginner in list(self._beginners.values()):
                    if self._healthy(beginner):
                        self._beginners.pop(beginner.host.name).service.close()
        finally:
            for beginner in self._beginners.values():
                for remote in (beginner.service, beginner.test):
                    if remote:
                        remote.close()

    def _start_ready(self) -> None:
        for name, host in list(self._waiting.items()):
            if not any(other in self._waiting or other in self._beginners for other in host.after):
                log = self.folder / f"{name}.log"
                health = host.health or Health(())
                service, now = self.service(self._waiting.pop(name), host.command or (), log), time.monotonic()
                limit = now + health.retries * max(health.interval, PAUSE)
                self._beginners[name] = _Beginner(host, service, log, limit, since=now)

    def _wait(self) -> None:
        fds = [beginner.service.fileno() for beginner in self._beginners.values()]
        fds += [beginner.test.fileno() for beginner in self._beginners.values() if beginner.test]
        readable(fds, PAUSE)

    def _healthy(self, beginner: _Beginner) -> bool:
        now, health = time.monotonic(), beginner.host.health
        if (code := beginner.service.wait(0)) is not None:
            raise ProcessDied(_describe(beginner.host, f"its command ended with exit code {code}", beginner.log))
        if health is None:
            return True
        if beginner.test is None:
            heard = beginner.log.stat().st_size
            if now >= beginner.since + (PAUSE if heard > beginner.heard else REST):
                log, beginner.heard = self._log(beginner.host), heard
                log.unlink(missing_ok=True)
                beginner.test, beginner.since = self.probe(beginner.host, health.test, log), now
        elif (code := beginner.test.wait(0)) is not None or now > beginner.since + health.timeout:
            beginner.test.close()
            beginner.test, beginner.since = None, now
            beginner.said = self._log(beginner.host).read_text(errors="replace")
            if code == 0:
                return True
        if now > beginner.deadline:
            what = f"it is not healthy after {health.retries} x {health.interval:g} s: {' '.join(health.test)}"
            raise DeadlineExceeded(_describe(beginner.host, what, beginner.log, said=beginner.said))
        return False

    def _log(self, host: Host) -> Path:
        return self.folder / f"{host.name}.health.log"


def _describe(host: Host, what: str, log: Path, said: str = "") -> str:
    command = " ".join(host.command or ())
    return f"host {host.name} did not come up: {what}\nits command: {command}\n{tail(log, said)}"


def tail(log: Path, said: str = "") -> str:
    """The last lines of a log, after something else that was said, ready to follow a message."""
    written = log.read_text(errors="replace") if log.exists() else ""
    lines = [*said.splitlines()[-TAIL:], *written.splitlines()[-TAIL:]]
    return (
        "\n".join(["its last output:", *(f"  {line}" for line in lines)])
        if lines
        else f"it printed nothing{no_room(log.parent)}"
    )
