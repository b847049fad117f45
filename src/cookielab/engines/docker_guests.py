"""Containers that are no hosts of the lab but stand on its public network: an image under test, a service of the user's.

An image gets a network stack that was closed before the image's first instruction: a container of the lab's own holds it,
at the guest's address, and the guest joins it. A service of the user's project keeps its own networks and gets one leg more.
"""

import io
import os
import shlex
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..errors import LabError, UsageError
from ..topology.records import Topology
from . import docker_left, docker_walls
from .base import Engine
from .owner import mark

if TYPE_CHECKING:
    from docker import APIClient

    from .docker import DockerEngine

NUMBER = 90
"""The guest's place in the range of the public network."""
NETWORK, HOST = "public", "server"
FOLDER = "/subject"
"""Where a folder of the user's is in the guest."""
LARGEST = 500_000_000
"""Bytes of a folder that are copied into a guest."""
LEFT_OUT = frozenset({".git", ".lab", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache", ".pytest_cache"})
LIMITS: Mapping[str, Any] = {"mem_limit": "2g", "pids_limit": 512, "security_opt": ["no-new-privileges"]}
OWN_WAY = """
ip route show default | grep -q " {lab}" || exit 0
ip route delete default
{route}
"""


class Guests:
    """The guests of one lab on Docker."""

    def __init__(self, api: "APIClient", topology: Topology) -> None:
        self._api: Any = api  # what it gives is untyped
        self._topology = topology

    @property
    def address(self) -> str:
        """The address of the guest: it is the only one at a time."""
        return str(self._topology.networks[NETWORK].subnet[NUMBER])

    @property
    def network(self) -> str:
        """Docker's name of the public network."""
        found: list[dict[str, Any]] = self._api.networks(filters={"label": f"{docker_walls.PROJECT}={self._name}"})
        return str(next(each["Name"] for each in found if each["Labels"][docker_walls.NETWORK] == NETWORK))

    @property
    def _name(self) -> str:
        return self._topology.name

    @property
    def _labels(self) -> dict[str, str]:
        """By these `down`, or whoever comes next, finds what a killed command has left."""
        files = ",".join(str(file.resolve()) for file in self._topology.files)
        place = {docker_walls.PROJECT: self._name, docker_walls.FILES: files, docker_walls.SERVICE: "subject"}
        return {**place, docker_left.LABEL: mark()}

    def fetch(self, image: str, tell: Callable[[str], None]) -> dict[str, Any]:
        """What Docker knows of an image, which is pulled where it is not there. LabError where that fails."""
        from docker.errors import APIError, ImageNotFound

        try:
            known: dict[str, Any] = self._api.inspect_image(image)
        except ImageNotFound:
            tell(f"pulling the image {image}")
            try:
                tagged = image if ":" in image.rpartition("/")[2] or "@" in image else f"{image}:latest"
                self._api.pull(tagged)
                known = self._api.inspect_image(image)
            except APIError as error:
                raise LabError(
                    f"the image {image} is not on this machine and cannot be pulled: {error.explanation}; "
                    "build it or write its name as `docker images` shows it"
                ) from None
        return known

    def exposed(self, known: Mapping[str, Any]) -> list[int]:
        """The TCP ports that an image says it listens on."""
        ports = (known.get("Config") or {}).get("ExposedPorts") or {}
        return sorted(int(port.partition("/")[0]) for port in ports if port.endswith("/tcp"))

    def start(
        self, image: str, argv: Sequence[str] | None, environment: Mapping[str, str], folder: Path | None
    ) -> tuple[str, str]:
        """Starts an image, behind walls from its first instruction on; gives the container and the one that holds its
        network. With `folder` a copy of it is there, and what the image runs begins in it.
        """
        from docker.errors import APIError

        made = [self._holder()]
        try:
            config = self._api.create_host_config(network_mode=f"container:{made[0]}", cap_drop=["NET_RAW"], **LIMITS)
            given = self._api.create_container(
                image, list(argv) if argv else None, environment=dict(environment), labels=self._labels,
                host_config=config, working_dir=FOLDER if folder else None, name=f"{self._name}-subject-1",
            )  # fmt: skip
            made.append(str(given["Id"]))
            if folder:
                self._api.put_archive(made[1], "/", packed(folder))
            self._api.start(made[1])
        except APIError as error:
            self.remove(*made)
            raise LabError(f"the image {image} cannot be started: {error.explanation}") from None
        except BaseException:
            self.remove(*made)
            raise
        return made[1], made[0]

    def _holder(self) -> str:
        networking = self._api.create_networking_config(
            {self.network: self._api.create_endpoint_config(ipv4_address=self.address)}
        )
        given = self._api.create_container(
            docker_walls.IMAGE, ["sleep", "infinity"], labels=self._labels, networking_config=networking,
            host_config=self._api.create_host_config(init=True, cap_drop=["ALL"]), name=f"{self._name}-subject-network-1",
        )  # fmt: skip
        holder = str(given["Id"])
        try:
            self._api.start(holder)
            self._script(
                holder, docker_walls.SCRIPT.format(addresses=", ".join((*self._machine(), docker_walls.NAMES)))
            )
        except BaseException:
            self.remove(holder)
            raise
        return holder

    def _machine(self) -> list[str]:
        config = self._api.inspect_network(self.network)["IPAM"]["Config"]
        return [each["Gateway"] for each in config if "Gateway" in each]

    def keep_own_way(self, container: str) -> None:
        """A service keeps the way out that it had: a leg on the lab's network must not become it."""
        joined = self._api.inspect_container(container)["NetworkSettings"]["Networks"]
        own = [each["Gateway"] for name, each in joined.items() if name != self.network and each["Gateway"]]
        route = f"ip route replace default via {own[0]}" if own else ""
        self._script(container, OWN_WAY.format(lab=self._machine()[0], route=route))

    def _script(self, container: str, script: str) -> str:
        code, said = docker_walls.beside(self._api, self._labels, container, script, tell=True)
        if code:
            raise LabError(f"the network of the server could not be made ready (exit code {code}): {said}")
        return said

    def listening(self, container: str) -> str:
        """The tables of the listeners in a container's network, as /proc/net/tcp shows them."""
        return self._script(container, "cat /proc/net/tcp /proc/net/tcp6")

    def ended(self, container: str) -> str:
        """How it has ended, empty while it runs."""
        from docker.errors import NotFound

        try:
            state = self._api.inspect_container(container)["State"]
        except NotFound:
            return "it was removed"
        if state["Running"]:
            return ""
        return "it ran out of memory" if state["OOMKilled"] else f"it ended with exit code {state['ExitCode']}"

    def logs(self, container: str) -> list[str]:
        """The last lines that it has printed."""
        from docker.errors import APIError

        try:
            text: bytes = self._api.logs(container, tail=200)
        except APIError:
            return []
        return text.decode(errors="replace").splitlines()

    def execute(self, container: str, line: str) -> tuple[int, str]:
        """Runs a command in a container, where its own begins; its exit code and what it printed."""
        from docker.errors import APIError

        try:
            ident = self._api.exec_create(container, shlex.split(line))["Id"]
            said = self._api.exec_start(ident).decode(errors="replace")
            return int(self._api.exec_inspect(ident)["ExitCode"] or 0), said
        except APIError as error:
            return 126, str(error.explanation)

    def restart(self, container: str) -> None:
        """Ends what runs in it, and starts it anew; its files stay."""
        self._api.restart(container, timeout=3)

    def remove(self, *containers: str) -> None:
        """Ends and removes containers, those that are still there."""
        from docker.errors import NotFound

        for container in containers:
            try:
                self._api.remove_container(container, force=True, v=True)
            except NotFound:
                continue


def of(engine: Engine, kind: str) -> Guests:
    """The guests of a lab. UsageError where it is on an engine that has no containers."""
    if engine.name != "docker":
        raise UsageError(f"{kind}: needs containers, and the lab is on {engine.name}; use ENGINE=docker")
    return Guests(cast("DockerEngine", engine).api, engine.topology)


def packed(folder: Path) -> bytes:
    """A folder as an archive for a guest. UsageError where it is too large to be copied, or is somebody's home."""
    if folder in (Path("/"), Path.home()):
        raise UsageError(f"{folder} cannot be given to a server under test; run from the folder of your application")
    total, buffer = 0, io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for place, folders, files in os.walk(folder):
            folders[:] = sorted(set(folders) - LEFT_OUT)
            archive.add(place, f"{FOLDER[1:]}/{Path(place).relative_to(folder)}", recursive=False, filter=_anybody)
            for name in sorted(files):
                path = Path(place, name)
                if path.is_symlink() or not path.is_file():
                    continue
                total += path.stat().st_size
                if total > LARGEST:
                    raise UsageError(
                        f"{folder} holds more than {LARGEST:,} bytes, too much to be copied into a container; "
                        "run from the folder of your application alone"
                    )
                archive.add(path, f"{FOLDER[1:]}/{path.relative_to(folder)}", filter=_anybody)
    return buffer.getvalue()


def _anybody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Whoever runs in the container may read and change it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mode |= 0o666 | (0o111 if entry.mode & 0o100 else 0)
    return entry
