"""IPv6 beside IPv4, for one play: at the server, at a gateway, and at people's hosts, whose addresses change as they do.

The gateway routes IPv6 and translates nothing, as homes do, so the server sees the host's own address. Such addresses are
made up anew again and again, so that nobody is followed by them (RFC 8981).
"""

import json
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from ipaddress import IPv6Network, ip_address

from ..engines.base import Engine
from ..engines.process import output
from ..errors import HarnessFault, LabError
from ..subjects.servers import HOST
from ..topology.records import Host
from . import chance

VARIABLE, USUAL = "LAB_SIX_NET", "2001:db8:5"
"""The first three groups of a /48; the usual one is of those that are for documentation (RFC 3849)."""
WIDEST = 8
"""Routes with a shorter prefix (bits) mean "the rest of the world"."""
INTO = "net.ipv6.conf.all.forwarding"

type Run = Callable[..., str]
"""Runs a program of the machine's and gives its output."""


class Six:
    """Network 1 of the range is the public one, network 2 is behind the gateway. All goes when `undo` is closed."""

    def __init__(self, engine: Engine, undo: ExitStack) -> None:
        if engine.name != "netns":
            raise LabError(
                f"the engine {engine.name} cannot give its hosts IPv6 addresses while they run; ENGINE=netns can"
            )
        self._engine, self._undo = engine, undo
        self.range = wanted(engine.topology.variables.get(VARIABLE) or USUAL)
        self._gateway: Host | None = None

    def begin(self, gateway: Host, public: str) -> None:
        """Gives server and gateway their addresses, and the gateway the right to forward."""
        self._gateway = gateway
        self._inside = next(leg.network for leg in gateway.legs if leg.network != public)
        self.server = self._at(1, 0x80)
        self._address(HOST, public, self.server)
        self._address(gateway.name, public, self._at(1, 2))
        self._address(gateway.name, self._inside, self._at(2, 1))
        for network in (public, self._inside):  # routers ask for their neighbours from such an address
            self._address(gateway.name, network, "fe80::1")
        self._set(gateway.name, INTO, "1")
        self._route(HOST, self._at(1, 2))

    def renew(self, host: str, old: str | None) -> str:
        """A new privacy address for a host, in place of the one before."""
        new = self._at(2, int(chance.token(host, "privacy address")[:15], 16) | 1 << 62)
        self._address(host, self._inside, new)
        if old:
            self._ip(host, "address", "del", f"{old}/64", "dev", self._link(host, self._inside))
        else:
            self._route(host, self._at(2, 1))
        return new

    def _at(self, network: int, host: int) -> str:
        return str(ip_address(int(self.range.network_address) + (network << 64) + host))

    def _address(self, host: str, network: str, address: str) -> None:
        link = self._link(host, network)
        self._ip(host, "address", "add", f"{address}/64", "dev", link, "nodad")
        self._undo.callback(self._gone, host, link, address)

    def _gone(self, host: str, link: str, address: str) -> None:
        if address in output(self._engine.spawn(host, ("ip", "-6", "address", "show", "dev", link))):
            self._ip(host, "address", "del", f"{address}/64", "dev", link)

    def _route(self, host: str, gateway: str) -> None:
        self._ip(host, "route", "add", "default", "via", gateway)
        self._undo.callback(self._ip, host, "route", "del", "default", "via", gateway)

    def _set(self, host: str, key: str, value: str) -> None:
        path = f"/proc/sys/{key.replace('.', '/')}"
        before = output(self._engine.spawn(host, ("cat", path))).strip()
        write = ("sh", "-c", 'echo "$1" > "$2"', "sh")
        output(self._engine.spawn(host, (*write, value, path), privileged=True))
        self._undo.callback(lambda: output(self._engine.spawn(host, (*write, before, path), privileged=True)) and None)

    def _link(self, host: str, network: str) -> str:
        address = str(self._engine.topology.host(host).on(network))
        for link in json.loads(output(self._engine.spawn(host, ("ip", "-json", "address")))):
            if any(entry.get("local") == address for entry in link.get("addr_info", ())):
                return str(link["ifname"])
        raise HarnessFault(f"host {host} has no link with the address {address}")

    def _ip(self, host: str, *words: str) -> None:
        output(self._engine.spawn(host, ("ip", "-6", *words), privileged=True))


def wanted(text: str, run: Run = subprocess.check_output) -> IPv6Network:
    """The range that the variable names. LabError where it names none, or one that this machine uses itself."""
    try:
        found = IPv6Network(f"{text}::/48")
    except ValueError:
        raise LabError(f"{VARIABLE}={text!r}: give the first three groups of a /48, as in {VARIABLE}={USUAL}") from None
    routes = json.loads(run(("ip", "-json", "-6", "route", "show", "table", "all"), text=True) or "[]")
    for route in routes:
        if route["dst"] == "default" or route.get("type") in {"multicast", "anycast"}:
            continue
        used = IPv6Network(route["dst"], strict=False)
        if used.prefixlen >= WIDEST and used.overlaps(found):
            raise LabError(
                f"IPv6 range {found} overlaps the route {used} of this machine (on {route.get('dev', 'none')}); "
                f"set {VARIABLE} to the first three groups of a free /48, for example {VARIABLE}=2001:db8:77"
            )
    return found
