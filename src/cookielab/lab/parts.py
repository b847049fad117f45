"""Parts of a lab that only some scenarios need: an overlay each, brought up for them and taken down after them."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ..engines.base import Engine, Growing, Lack
from ..engines.machine import search_path
from ..errors import EngineMissing, LabError, one_of
from ..interrupts import shielded
from ..topology import composefile
from ..topology.records import Topology


@dataclass(frozen=True, slots=True)
class Part:
    """One part: the file `compose/<name>.yaml` adds its hosts and networks.

    `programs`: what runs there, with the Debian package of each. On netns they are the machine's, on Docker the image has
    them.
    """

    name: str
    about: str
    programs: Mapping[str, str]
    proxy: bool = False
    """It stands between people and the server, and reads what they say."""

    def lacks(self) -> list[Lack]:
        """What this machine does not have of it, for the netns engine."""
        return [
            Lack(f"{program} is not installed, {self.about} needs it", f"apt-get install {package}", (package,))
            for program, package in self.programs.items()
            if not shutil.which(program, path=search_path())
        ]


PARTS = {
    part.name: part
    for part in (
        Part("haproxy", "a proxy or load balancer in front of the server", {"haproxy": "haproxy"}, proxy=True),
        Part("nginx", "a load balancer or shared cache in front of the server", {"nginx": "nginx"}, proxy=True),
        Part("varnish", "a shared cache in front of the server", {"varnishd": "varnish"}, proxy=True),
        Part("cgnat", "a second NAT, the carrier's", {}),
        Part("vpn", "a VPN's exit, and a cafe", {}),
        Part("store", "a store that several servers share", {"redis-server": "redis-server"}),
    )
}


@contextmanager
def present(engine: Engine, names: Sequence[str]) -> Iterator[LabError | None]:
    """The lab has these parts while the block lasts; gives why it has not, None where it has. No other host notices."""
    before, trouble = engine.topology, None
    if names:
        try:
            _bring(engine, names)
        except LabError as error:
            trouble = error
    try:
        yield trouble
    finally:
        if names and not trouble and isinstance(engine, Growing):
            with shielded():
                engine.shrink(before)


def with_parts(topology: Topology, names: Sequence[str]) -> Topology:
    """The topology with the overlays of these parts. UsageError for a part that there is not."""
    files = [topology.source.with_name(f"{one_of(PARTS, name, 'part')}.yaml") for name in names]
    return composefile.load(topology.source, topology.variables, [*topology.overlays, *files])


def lacking(engine: Engine, names: Sequence[str]) -> str:
    """What this machine does not have of these parts, with how to get it; empty where all is there. On Docker the image has it."""
    lacks = (
        [lack for name in names for lack in PARTS[one_of(PARTS, name, "part")].lacks()]
        if engine.name == "netns"
        else []
    )
    listed = "; ".join(f"{lack.what}: {lack.remedy}" for lack in lacks)
    return f"this scenario needs more than this machine has: {listed}" if listed else ""


def _bring(engine: Engine, names: Sequence[str]) -> None:
    wanted = with_parts(engine.topology, names)
    if why := lacking(engine, names):
        raise EngineMissing(why)
    if not isinstance(engine, Growing):
        raise EngineMissing(f"the engine {engine.name} cannot bring up {', '.join(names)} beside a lab that is up")
    engine.grow(wanted)
