"""Before anything starts: are the lab's ranges and ports free on this machine? A clash names the variable to set."""

import json
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from itertools import combinations
from pathlib import Path

from ..errors import LabError
from ..topology.records import Range, Topology

WIDEST = 8
"""Routes with a shorter prefix (bits) mean "the rest of the world", not a range that this machine uses."""
ROUTES = Path("/proc/net/route")


@dataclass(frozen=True, slots=True)
class Taken:
    """A range that this machine uses, and what for."""

    subnet: Range
    use: str


def port_remedy(topology: Topology, port: int) -> str:
    """How to move a published port: its variable stands before it in the file, as in `${LAB_X:-8000-8006}:8000-8006`."""
    for match in re.finditer(r"\$\{(LAB_\w+)[^}]*\}:(\d+)(?:-(\d+))?\b", _text(topology)):
        first, last = int(match[2]), int(match[3] or match[2])
        if first <= port <= last:
            example = f"{first + 10000}-{last + 10000}" if last > first else str(first + 10000)
            return f"free it, or choose another with {match[1]}, for example {match[1]}={example}"
    return f"free it, or change it in {topology.source}"


def _text(topology: Topology) -> str:
    return "".join(file.read_text(encoding="utf-8") for file in topology.files)


def check_ranges(topology: Topology, ours: Collection[Range] = (), others: Iterable[Taken] = ()) -> None:
    """LabError where a range of the lab overlaps another of its ranges, a route of this machine, or one of `others`.

    A network of Docker over a range that this machine needs would take the route away. `ours` are the ranges of the
    lab's own networks that exist already.
    """
    for one, other in combinations(topology.networks.values(), 2):
        if one.subnet.overlaps(other.subnet):
            raise LabError(
                f"networks {one.name} ({one.subnet}) and {other.name} ({other.subnet}) overlap, which Docker refuses; "
                f"the netns engine can do that (ENGINE=netns), or set {_variable(one.name)} to another range"
            )
    taken = [use for use in (*routes(), *others) if not any(_inside(use.subnet, own) for own in ours)]
    for network in topology.networks.values():
        for use in taken:
            if network.subnet not in ours and use.subnet.overlaps(network.subnet):
                raise LabError(
                    f"network {network.name} ({network.subnet}) overlaps {use.use}; "
                    f"{_range_remedy(topology, network.name, taken)}"
                )


def routes() -> Iterator[Taken]:
    """The ranges that this machine has routes or addresses in. IPv4, as the lab's networks are."""
    if not shutil.which("ip"):
        yield from _proc_routes()
        return
    argv = ("ip", "-json", "-4", "route", "show", "table", "all")
    answer = subprocess.run(argv, capture_output=True, text=True, timeout=5, check=False).stdout
    for route in json.loads(answer or "[]"):
        kind, destination = route.get("type", "unicast"), route["dst"]
        if kind in ("broadcast", "multicast") or destination == "default":
            continue
        name = "the address" if kind == "local" else "the route"
        yield from _used(ip_network(destination), f"{name} {destination} of this machine", route.get("dev", ""))


def _proc_routes() -> Iterator[Taken]:
    """The main routing table as the kernel prints it: interface, destination and mask as little-endian hex."""
    for line in ROUTES.read_text().splitlines()[1:]:
        device, destination, *_, mask = line.split()[:8]
        numbers = [int.from_bytes(bytes.fromhex(word), "little") for word in (destination, mask)]
        subnet = IPv4Network((numbers[0], numbers[1].bit_count()))
        yield from _used(subnet, f"the route {subnet} of this machine", device)


def _used(subnet: Range, use: str, device: str) -> Iterator[Taken]:
    if subnet.prefixlen >= WIDEST:
        yield Taken(subnet, f"{use} (on {device})" if device else use)


def _inside(inner: Range, outer: Range) -> bool:
    return isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network) and inner.subnet_of(outer)


def _variable(network: str) -> str:
    """By convention LAB_<NETWORK>_NET holds the first three octets of a /24."""
    return f"LAB_{network.upper().replace('-', '_')}_NET"


def _range_remedy(topology: Topology, name: str, taken: Collection[Taken]) -> str:
    variable, subnet = _variable(name), topology.networks[name].subnet
    if variable not in _text(topology):
        return f"choose another range for it in {topology.source}"
    used = [use.subnet for use in taken] + [network.subnet for network in topology.networks.values()]
    first, second, third, _ = str(subnet.network_address).split(".")
    for base in (f"{first}.{second}", "192.168", "172.30", "10.99"):
        for step in range(1, 256):
            octets = f"{base}.{(int(third) + step) % 256}"
            candidate = IPv4Network(f"{octets}.0/24")
            if not any(candidate.overlaps(other) for other in used if isinstance(other, IPv4Network)):
                return f"set {variable} to the first three octets of a free range, for example {variable}={octets}"
    return f"set {variable} to the first three octets of a free range"
