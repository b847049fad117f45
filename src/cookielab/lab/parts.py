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
    on_the_way: bool = False
    """It lies between people and whatever server there is, so it takes no more than to bring it up."""

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
        Part("haproxy", "a proxy or load balancer in front of the server", {"haproxy": "haproxy"}),
        Part("nginx", "a proxy or shared cache in front of the server", {"nginx": "nginx"}),
        Part("varnish", "a shared cache in front of the server", {"varnishd": "varnish"}),
        Part("cgnat", "a second NAT, the carrier's", {}, on_the_way=True),
        Part("vpn", "a VPN's exit, and a cafe", {}, on_the_way=True),
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


def _bring(engine: Engine, names: Sequence[str]) -> None:
    wanted = with_parts(engine.topology, names)
    if engine.name == "netns" and (lacks := [lack for name in names for lack in PARTS[name].lacks()]):
        listed = "; ".join(f"{lack.what}: {lack.remedy}" for lack in lacks)
        raise EngineMissing(f"this scenario needs more than this machine has: {listed}")
    if not isinstance(engine, Growing):
        raise EngineMissing(f"the engine {engine.name} cannot bring up {', '.join(names)} beside a lab that is up")
    engine.grow(wanted)
