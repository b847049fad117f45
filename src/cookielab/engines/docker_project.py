"""A Compose project of the user's, told by its file: read, one service of it started with a leg more, left as it was found."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import CommandFailed, UsageError, one_of

UP = 900.0
"""Seconds that starting may take: an image may have to be built."""
ASK = 60.0
LEG = "cookielab"
"""The lab's network, as the override calls it."""


class Project:
    """The project of one file. UsageError where the file is none that Compose reads."""

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise UsageError(
                f"compose: there is no file {file}; write its path in the profile, as in compose: {{file: …}}"
            )
        self.file = file.absolute()
        try:
            self._read: dict[str, Any] = json.loads(self._run(("config", "--format", "json"), ASK))
        except CommandFailed as error:
            raise UsageError(f"compose: Docker Compose cannot read {file}: {error.stderr.strip()}") from None

    def service(self, name: str) -> Mapping[str, Any]:
        """A service as Compose understands it; UsageError with the nearest name where there is none."""
        services: dict[str, dict[str, Any]] = self._read.get("services") or {}
        found = services[one_of(services, name, f"service in {self.file.name}:")]
        if mode := found.get("network_mode"):
            raise UsageError(
                f"compose: the service {name} has network_mode: {mode}, so it cannot join the lab's network; "
                "give it a network of its own for the test, or start it and check its address with `url:`"
            )
        return found

    def override(self, name: str, network: str, address: str, *, label: str, hidden: Path) -> str:
        """The text of a file that gives a service one leg more, at this address, and changes nothing else.

        `hidden`: a folder of this machine that is empty for the service, where it mounts one that holds it.
        """
        kept: dict[str, Any] = {key: {} for key in self.service(name).get("networks") or {"default": None}}
        legs = {**kept, LEG: {"ipv4_address": address}}
        service: dict[str, Any] = {"networks": legs, "labels": {"org.cookielab.subject": label}}
        if covers := list(_within(self.service(name).get("volumes") or (), hidden.absolute())):
            service["tmpfs"] = covers
        leg = {LEG: {"external": True, "name": network}}
        return json.dumps({"services": {name: service}, "networks": leg}, indent=1)  # JSON is YAML

    def running(self) -> set[str]:
        """The services that run now."""
        return set(self._run(("ps", "--services", "--status", "running"), ASK).split())

    def any(self) -> bool:
        """Whether the project has any container, running or not."""
        return bool(self._run(("ps", "--all", "--quiet"), ASK).strip())

    def up(self, name: str, override: Path | None = None) -> str:
        """Starts a service with what it needs, as the files say now; gives its container."""
        more = ("--file", str(override)) if override else ()
        self._run(("up", "--detach", name), UP, more)
        return self._run(("ps", "--all", "--quiet", name), ASK, more).split()[0]  # it may have ended by now

    def leave(self, name: str, before: set[str], *, there: bool) -> None:
        """Puts the project back: what ran runs as its own file says, what did not is gone. Volumes stay.

        `before`: what ran before `up`; `there`: whether the project had any container then.
        """
        if name in before:
            self._run(("up", "--detach", "--no-deps", name), UP)
        if not there:
            self._run(("down",), UP)
        elif started := sorted(self.running() - before):
            self._run(("rm", "--stop", "--force", *started), UP)

    def _run(self, words: tuple[str, ...], seconds: float, more: tuple[str, ...] = ()) -> str:
        argv = ("docker", "compose", "--file", str(self.file), *more, *words)
        try:
            done = subprocess.run(
                argv, cwd=self.file.parent, capture_output=True, text=True, errors="replace", timeout=seconds, check=False,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise CommandFailed(argv, -1, f"it did not end within {seconds:g} s") from None
        if done.returncode:
            raise CommandFailed(argv, done.returncode, done.stderr)
        return done.stdout


def _within(volumes: Iterable[Mapping[str, Any]], hidden: Path) -> Iterator[str]:
    """Where in a container a folder of this machine is to be seen."""
    for volume in volumes:
        if volume.get("type") == "bind" and hidden.is_relative_to(volume["source"]):
            yield str(PurePosixPath(volume["target"]) / hidden.relative_to(volume["source"]))
