"""The lab in containers: Docker Compose brings it up from its file, Docker's API does the rest.

What belongs to a lab is told by the labels that Compose puts on all that it creates: project and, on containers, file.
"""

import os
import re
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandFailed, LabError, UsageError
from ..places import how
from ..topology.records import Host, Range, Topology
from . import compose, docker_exec, docker_left, docker_place, docker_walls, images, ports, preflight
from .base import HostState, Lack
from .docker_place import Place
from .owner import mark
from .preflight import Taken
from .process import Process

if TYPE_CHECKING:
    from docker import APIClient

PROJECT = "com.docker.compose.project"
FILES = "com.docker.compose.project.config_files"
SERVICE = "com.docker.compose.service"
CLIENT_USER = "lab"
_EXITED = re.compile(r"Exited \((\d+)\)")
DEADLINE = 120
"""Seconds until every host must be healthy."""
HEARSAY = 1.0
"""Seconds that Docker may need to tell that a host has died."""
TAIL = 15
"""Lines of a host's output in the message about its failure."""
ROUNDS = 3
"""How often `down` looks again: a killed `up` may still have been creating something the first time."""


class DockerEngine:
    """One lab on Docker. Nothing is asked of Docker before a method needs it."""

    name = "docker"

    def __init__(self, topology: Topology, state: Path) -> None:
        self.topology, self.state = topology, state
        self._owner = docker_left.NOBODY

    def lacks(self) -> list[Lack]:
        return compose.lacks()

    @cached_property
    def api(self) -> "APIClient":
        """Docker's API, connected on first use. EngineMissing where nothing answers."""
        import docker
        from docker.errors import DockerException
        from docker.utils import kwargs_from_env

        try:
            options: dict[str, Any] = {**kwargs_from_env()}
            options["base_url"] = options.get("base_url") or compose.endpoint()
            _knock(options["base_url"])
            api = docker.APIClient(version="auto", **options)
        except (DockerException, OSError):
            compose.require()
            raise
        weakref.finalize(self, api.close)
        return api

    def up(self, hosts: Sequence[str] | None = None, *, owned: bool = False) -> None:
        """See Engine. UsageError where the lab is up already; it is left as it is.

        Containers outlive a killed command: with `owned` the lab then ends with the next `up` or `down` of any lab.
        """
        wanted = list(self.topology.needed(hosts))
        for removed in docker_left.sweep(self.api):
            print(f"docker: removed {removed}", file=sys.stderr)
        self._check_free(wanted)
        try:
            self._check_machine(wanted)
            base = images.ensure(self.api, self.topology)
            print(f"docker: starting {', '.join(wanted)}{base and ' on ' + base}", file=sys.stderr)
            self._owner = mark() if owned else docker_left.NOBODY
            self._start(wanted, "--remove-orphans")
        except BaseException:
            self.down()
            raise

    def grow(self, topology: Topology) -> None:
        """See Growing. Compose gets the new hosts by name and leaves the others alone."""
        before, new = self.topology, topology.beyond(self.topology)
        self.topology, wanted = topology, list(new.hosts)
        try:
            self._check_machine(wanted)
            images.ensure(self.api, topology, beyond=before)
            self._start(wanted, "--no-deps", "--no-recreate")
        except BaseException:
            self.shrink(before)
            raise

    def shrink(self, topology: Topology) -> list[str]:
        """See Growing."""
        gone, self.topology = self.topology.beyond(topology), topology
        boxes = [each for each in self._containers() if each["Labels"].get(SERVICE) in gone.hosts]
        wires = [each for each in self._networks() if each["Labels"].get(docker_walls.NETWORK) in gone.networks]
        if trouble := docker_left.remove(self.api, boxes, wires):
            raise LabError(f"{', '.join(gone.hosts)} could not be removed: {trouble}")
        return docker_left.words(boxes, wires)

    def _start(self, wanted: Sequence[str], *options: str) -> None:
        owner = self.topology.variables.get(docker_left.VARIABLE) or self._owner
        words = ("up", "--detach", "--wait", "--wait-timeout", str(DEADLINE), *options, *wanted)
        try:
            compose.run(self.topology, *words, more={docker_left.VARIABLE: owner})
            docker_walls.close(self.api, self.topology, map(self.topology.host, wanted), self._networks(), owner)
        except CommandFailed as error:
            if failed := self._failed(wanted, error.stderr):
                raise LabError(self._post_mortem(failed, error)) from None
            raise

    def _failed(self, wanted: Sequence[str], said: str) -> HostState | None:
        """The host that is to blame for a failed start; None where it is none.

        Compose may hear of a death earlier than Docker tells it, so this waits a little for one.
        """
        deadline = time.monotonic() + HEARSAY
        while True:
            states = [state for name, state in self.states().items() if name in wanted and state.state != "running"]
            if dead := next((state for state in states if state.state == "dead"), None):
                return dead
            if time.monotonic() > deadline:
                return states[0] if states and "not healthy" in said else None
            time.sleep(0.05)

    def _post_mortem(self, failed: HostState, error: CommandFailed) -> str:
        lines = self.logs(failed.name).splitlines()[-TAIL:]
        output = "\n".join(["its last output:", *(f"  {line}" for line in lines)]) if lines else "it printed nothing"
        said = error.stderr.strip().splitlines()[-1:] or ["nothing"]
        return f"host {failed.name} did not come up: {failed.detail}\n{output}\nDocker Compose said: {said[0].strip()}"

    def _check_free(self, wanted: Sequence[str]) -> None:
        """UsageError where the lab is up already, or another checkout has one of this name on this Docker."""
        name, states = self.topology.name, self.states()
        if other := self._foreign():
            raise UsageError(
                f"a lab '{name}' is up already, from {other}; take it down there, or give this one a name and ranges of "
                "its own: LAB_NAME, LAB_PUBLIC_NET, LAB_HOME_NET, LAB_OFFICE_NET"
            )
        if all(states[host].state == "running" for host in wanted):
            raise UsageError(
                f"the lab '{name}' is up already; take it down first ({how('down')}), "
                "or use another one with LAB_NAME=<name>"
            )

    def _foreign(self) -> str | None:
        for container in self._containers():
            files = container["Labels"].get(FILES, "").split(",")
            if Path(files[0]).resolve() != self.topology.source.resolve():
                return str(files[0])
        return None

    def _check_machine(self, wanted: Sequence[str]) -> None:
        """LabError where a range or a port that the lab needs is in use; what the lab itself holds does not count."""
        ours, others = set[Range](), list[Taken]()
        for network in self.api.networks():
            for subnet in (
                ip_network(config["Subnet"]) for config in network["IPAM"]["Config"] or () if "Subnet" in config
            ):
                if (network["Labels"] or {}).get(PROJECT) == self.topology.name:
                    ours.add(subnet)
                else:
                    others.append(Taken(subnet, f"the range {subnet} of Docker's network {network['Name']}"))
        if ours - {network.subnet for network in self.topology.networks.values()}:
            self.down()  # what is left of a lab with other ranges: Compose would take its networks as they are
            ours.clear()
        preflight.check_ranges(self.topology, ours, others)
        held = {(port["IP"], port["PublicPort"]) for box in self._containers() for port in box["Ports"] if "IP" in port}
        for _, _, listener in ports.listen(self.topology, [self._untried(name, held) for name in wanted]):
            listener.close()

    def _untried(self, name: str, held: Container[tuple[str, int]]) -> Host:
        """The host with those of its published ports that can be tried: not held by the lab, not reserved for root."""
        host, lowest = self.topology.host(name), 0 if os.geteuid() == 0 else 1024
        free = [p for p in host.published if (p.host_address, p.host_port) not in held and p.host_port >= lowest]
        return replace(host, published=tuple(free))

    def down(self) -> list[str]:
        """See Engine. A lab of the same name from another checkout is not ours, and stays."""
        if self._foreign():
            return []
        swept, boxes, wires, trouble = docker_left.sweep(self.api), dict[str, Any](), dict[str, Any](), ""
        for _ in range(ROUNDS):
            containers, networks = self._containers(), self._networks()
            if not containers and not networks:
                return [*docker_left.words(boxes.values(), wires.values()), *swept]
            boxes |= {container["Id"]: container for container in containers}
            wires |= {network["Id"]: network for network in networks}
            trouble = docker_left.remove(self.api, containers, networks)
        raise LabError(f"lab {self.topology.name} could not be removed: {trouble}")

    def states(self) -> dict[str, HostState]:
        found = {container["Labels"].get(SERVICE): container for container in self._containers()}
        return {name: self._state(name, found.get(name)) for name in self.topology.hosts}

    def _state(self, name: str, container: Mapping[str, Any] | None) -> HostState:
        if container is None:
            return HostState(name, "absent", "it was not brought up")
        state, status = container["State"], container["Status"]
        if state == "running" and "(unhealthy)" in status:
            log = self.api.inspect_container(container["Id"])["State"]["Health"]["Log"]
            said = " ".join(log[-1]["Output"].split()) if log else ""
            return HostState(name, "dead", f"it runs, but its health check fails: {said or 'it says nothing'}")
        if state == "running" and "(health: starting)" not in status:
            return HostState(name, "running")
        if state in ("running", "created", "restarting"):
            return HostState(name, "starting", status)
        if ended := _EXITED.match(status):
            last = self.logs(name).splitlines()[-1:] or ["it printed nothing"]
            return HostState(name, "dead", f"its command ended with exit code {ended[1]}: {last[0]}")
        return HostState(name, "dead", status)

    def spawn(
        self,
        host: str,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        privileged: bool = False,
        sink: Path | None = None,
    ) -> Process:
        from docker.errors import APIError

        place = self._place(host, privileged=privileged)
        try:
            docker_place.sweep(self.api, place.container)
            return docker_exec.start(self.api, place, host, argv, environment=environment, sink=sink)
        except APIError as error:
            raise (self._not_running(host) or LabError(f"host {host}: Docker refused: {error.explanation}")) from None

    def _place(self, host: str, *, privileged: bool = False) -> Place:
        """Root has the capabilities that the file gives to the host. At a client others have none."""
        container = f"{self.topology.name}-{self.topology.host(host).name}-1"
        if privileged:
            return Place(container, "root")
        return Place(container, CLIENT_USER, unarmed=True) if self.topology.host(host).gateway else Place(container)

    def _not_running(self, host: str) -> LabError | None:
        state = self.states()[host]
        if state.state == "running":
            return None
        return LabError(f"host {host} is not running: {state.detail}; bring the lab up: {how('up')}")

    def attach(self, host: str, argv: Sequence[str]) -> int:
        place, words = self._place(host), ["--interactive"]
        options = place.options()
        words += ["--tty"] if sys.stdin.isatty() and sys.stdout.isatty() else []
        words += ["--user", options["user"]] if options["user"] else []
        words += [word for key, value in options["environment"].items() for word in ("--env", f"{key}={value}")]
        try:
            code = subprocess.call(
                ["docker", "exec", *words, place.container, *place.shell(docker_exec.ATTACHED, argv)]
            )
        except KeyboardInterrupt:
            docker_place.end(self.api, place, mark())
            raise
        if code and (error := self._not_running(host)):
            raise error
        return code

    def logs(self, host: str) -> str:
        from docker.errors import APIError

        try:
            return self.api.logs(self._place(host).container).decode(errors="replace")
        except APIError as error:
            raise (self._not_running(host) or LabError(f"host {host}: Docker refused: {error.explanation}")) from None

    def _containers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.containers(
            all=True, filters={"label": f"{PROJECT}={self.topology.name}"}
        )
        return found

    def _networks(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.networks(filters={"label": f"{PROJECT}={self.topology.name}"})
        return found


def _knock(url: str) -> None:
    """OSError where nobody listens on the daemon's socket: the SDK would find out too, but leave its own one open."""
    if url.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(url.removeprefix("unix://"))
