"""Which engine runs the lab: the one asked for, or Docker where it answers, otherwise namespaces."""

from collections.abc import Callable
from pathlib import Path

from ..errors import EngineMissing, one_of
from ..topology.records import Topology
from .base import Engine, Lack

NAMES = ("docker", "netns")


def build(name: str) -> Callable[[Topology, Path], Engine]:
    """The class of that engine, imported only now: each pulls in what the other does not need."""
    if one_of(NAMES, name, "engine") == "docker":
        from .docker import DockerEngine

        return DockerEngine
    from .netns import NetnsEngine

    return NetnsEngine


def choose(wanted: str | None, topology: Topology, state: Path) -> tuple[Engine, str]:
    """The engine to use and, in words, why. EngineMissing with every remedy where it cannot run on this machine."""
    if wanted:
        engine = build(wanted)(topology, state)
        if lacks := engine.lacks():
            raise EngineMissing(f"the {wanted} engine cannot run here:\n{listed(lacks)}")
        return engine, f"asked for with ENGINE={wanted}"
    docker = build("docker")(topology, state)
    lacks = docker.lacks()
    if not lacks:
        return docker, "a Docker daemon and Compose v2 answer"
    netns = build("netns")(topology, state)
    if missing := netns.lacks():
        raise EngineMissing(
            f"no engine can run here.\ndocker:\n{listed(lacks)}\nnetns:\n{listed(missing)}\n"
            "'cookielab doctor' checks again; 'cookielab doctor --install' installs packages where it may"
        )
    return netns, f"no Docker here: {lacks[0].what}"


def listed(lacks: list[Lack]) -> str:
    """One line for each thing that is missing, with its remedy."""
    return "\n".join(f"  - {lack.what}; {lack.remedy}" for lack in lacks)
