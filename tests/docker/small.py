"""Labs of one or two hosts, for what only Docker can get wrong. They run on the real lab's images, without its network."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import yaml

from cookielab.engines import preflight
from cookielab.engines.docker import DockerEngine
from cookielab.engines.docker_left import LABEL, NOBODY
from cookielab.topology import composefile

OWNER = {LABEL: f"${{LAB_OWNER:-{NOBODY}}}"}
"""As the real lab's file has it."""
IDLE: Mapping[str, Any] = {"command": ["sleep", "infinity"]}


def free_range(first: str) -> str:
    """The first three octets of a /24 in which nothing of this machine is."""
    taken = [use.subnet for use in preflight.routes()]
    for number in range(os.getpid() % 200, 256):
        if not any(IPv4Network(f"{first}.{number}.0/24").overlaps(other) for other in taken):
            return f"{first}.{number}"
    raise AssertionError(f"no free range in {first}.0.0/16")


@dataclass(slots=True)
class Ground:
    """Where a test's labs lie: a folder, a name, a range. What was brought up there is taken down at the end."""

    folder: Path
    name: str
    octets: str
    engines: list[DockerEngine] = field(default_factory=list)

    def file(self, **services: Mapping[str, Any]) -> Path:
        """Writes a lab file: its hosts are .11, .12 … on one network."""
        hosts = {
            host: {
                "image": "cookielab-server",
                "init": True,
                "labels": OWNER,
                "networks": {"lan": {"ipv4_address": f"${{LAB_LAN_NET:-{self.octets}}}.{number}"}},
                **body,
            }
            for number, (host, body) in enumerate(services.items(), start=11)
        }
        lan = {"labels": OWNER, "ipam": {"config": [{"subnet": f"${{LAB_LAN_NET:-{self.octets}}}.0/24"}]}}
        document = {"name": f"${{LAB_NAME:-{self.name}}}", "services": hosts, "networks": {"lan": lan}}
        path = self.folder / "lab.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(document))
        return path

    def engine(self, path: Path, **variables: str) -> DockerEngine:
        engine = DockerEngine(composefile.load(path, variables), self.folder / "state")
        self.engines.append(engine)
        return engine

    def lab(self, **services: Mapping[str, Any]) -> DockerEngine:
        return self.engine(self.file(**services))


def docker(*words: str) -> list[str]:
    """What the docker command prints, line by line."""
    done = subprocess.run(("docker", *words), capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.split("\n")[:-1]


def left(name: str) -> list[str]:
    """Everything on this Docker that belongs to a lab."""
    mine = ("--filter", f"label=com.docker.compose.project={name}")
    containers = docker("ps", "--all", *mine, "--format", "{{.Names}}")
    return containers + docker("network", "ls", *mine, "--format", "{{.Name}}")
