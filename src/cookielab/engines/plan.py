"""What the PID 1 of a netns lab is told, worked out from the topology: wiring, names, environment, capabilities."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..places import SOURCES, TABLE, root
from ..topology.records import Host, Network, Topology
from . import machine

ROOT = root()
"""Commands of hosts are run from here."""
PYTHON = Path(sys.executable)
BRIDGE_PORTS = 1023
"""Legs that one network can have: the kernel's limit for a bridge."""
KEPT = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
"""What processes of a lab see of the user's environment. Not its secrets, and not its proxies."""


def check(topology: Topology, hosts: Iterable[Host]) -> None:
    """UsageError for what Linux cannot do, or should not be asked to."""
    for name in topology.networks:
        count = sum(leg.network == name for host in hosts for leg in host.legs)
        if count > BRIDGE_PORTS:
            raise UsageError(
                f"network {name} has {count:,} hosts and Linux connects {BRIDGE_PORTS:,} at most; split it in two"
            )
    for host in hosts:
        for key in host.sysctls:
            if not key.startswith("net."):
                raise UsageError(f"host {host.name}: sysctl {key} would change the whole machine; remove it")


def wiring(topology: Topology, hosts: Iterable[Host], networks: Iterable[str] | None = None) -> dict[str, Any]:
    """Networks, all or these, and hosts as `inside.wiring` takes them, and who shares whose stack."""
    return {
        "networks": list(topology.networks if networks is None else networks),
        "shares": {host.name: host.shares for host in hosts if host.shares},
        "hosts": [_stack(host, topology.networks) for host in hosts if not host.shares],
    }


def _stack(host: Host, networks: Mapping[str, Network]) -> dict[str, Any]:
    return {
        "name": host.name,
        "legs": [
            {"network": leg.network, "address": str(leg.address), "prefix": networks[leg.network].subnet.prefixlen}
            for leg in host.legs
        ],
        "gateway": host.gateway,
        "sysctls": dict(host.sysctls),
    }


def names(topology: Topology, host: Host) -> str:
    """The host's /etc/hosts."""
    stack = topology.stack(host.name)
    own = ((str(leg.address), stack.name) for leg in stack.legs[:1])
    others = ((str(address), name) for name, address in stack.names.items())
    lines = (("127.0.0.1", "localhost"), ("::1", "localhost"), *own, *others)
    return "".join(f"{address}\t{name}\n" for address, name in lines)


WARM: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("python", "-m", "nat.gateway", "serve"): ("nat.gateway",),
    ("python", "-m", "nat.gateway", "obey"): ("nat.gateway",),
    ("python", "-m", "clients.agent", "h11"): ("clients.agent", "clients.via_h11"),
}
"""The lab's own commands that run without a Python of their own, and the modules that each needs: see `inside.warm`."""


def base_environment(state: Path) -> dict[str, str]:
    """`COOKIELAB` marks every process of a lab for whoever looks at the machine's process table."""
    kept = {key: os.environ[key] for key in KEPT if key in os.environ}
    return kept | {"PATH": machine.search_path(), "COOKIELAB": str(state.absolute())}


def environment(host: Host, state: Path) -> dict[str, str]:
    """What a process at a host finds in its environment; its home lies in the lab's own /run and ends with the lab."""
    home = f"/run/home/{host.name}"
    own = {"HOME": home, "TMPDIR": home, "PYTHONPATH": f"{ROOT}:{SOURCES}:{TABLE}", "PYTHONUNBUFFERED": "1"}
    return base_environment(state) | own | dict(host.environment)


def words(argv: Sequence[str]) -> list[str]:
    """What runs for a command of the lab's: `python` is the lab's own, also where that has another name (Debian)."""
    own = [str(PYTHON)] if argv and argv[0] == "python" and not PYTHON.with_name("python").exists() else []
    return [*own, *argv[len(own) :]]


def user() -> tuple[int, int]:
    """User and group id of processes at hosts; (0, 0) is whoever has brought the lab up.

    A lab of root's is different only where root without capabilities may not enter the repository, which often lies in
    the home directory of somebody else: then its processes are that person's. UsageError where that does not help.
    """
    if os.geteuid() != 0 or _enters(0, 0):
        return 0, 0
    owner = ROOT.stat()
    if _enters(owner.st_uid, owner.st_gid):
        return owner.st_uid, owner.st_gid
    raise UsageError(
        f"no user can enter both {ROOT} and {PYTHON}: root has no special rights at a host of the lab; "
        "set the lab up where the owner of the repository can use its Python"
    )


def _enters(user: int, group: int) -> bool:
    """Whether file modes alone let this user into the repository and to its Python."""
    for folder in {*ROOT.resolve().parents, ROOT.resolve(), *PYTHON.resolve().parents}:
        found = folder.stat()
        right = 0o100 if found.st_uid == user else 0o010 if found.st_gid == group else 0o001
        if not found.st_mode & right:
            return False
    return True


def capabilities(host: Host, *, privileged: bool) -> frozenset[str]:
    """What a process at a host may do. Clients give their capability up once the route is set, see compose/join.sh."""
    if privileged:
        return host.capabilities | {"NET_ADMIN", "NET_RAW"}
    if host.gateway or not host.capabilities:
        return frozenset()
    return host.capabilities | {"NET_RAW"}  # which every container has
