"""The lab as asked for: networks and hosts, frozen. `composefile` makes it from a file; an engine makes it real."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

from ..errors import UsageError, one_of

type Address = IPv4Address | IPv6Address
type Range = IPv4Network | IPv6Network

DOMAIN = "lab.test"


@dataclass(frozen=True, slots=True)
class Network:
    """A link that hosts share. `bridge` is the address that Docker gives to the machine itself on it."""

    name: str
    subnet: Range
    bridge: Address | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """A host's place on a network."""

    network: str
    address: Address


@dataclass(frozen=True, slots=True)
class Health:
    """A command that exits 0 once the host is ready. Times in seconds."""

    test: tuple[str, ...]
    interval: float = 0.5
    timeout: float = 2.0
    retries: int = 40


@dataclass(frozen=True, slots=True)
class Publish:
    """A port of a host that the user reaches on an address of their own machine."""

    host_address: str
    host_port: int
    port: int


@dataclass(frozen=True, slots=True)
class Host:
    """A node with its own IP stack; or, with `shares` set, a process in the stack of another host."""

    name: str
    legs: tuple[Leg, ...] = ()
    shares: str | None = None
    command: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Address] = field(default_factory=dict)
    sysctls: Mapping[str, str] = field(default_factory=dict)
    capabilities: frozenset[str] = frozenset()
    health: Health | None = None
    after: tuple[str, ...] = ()
    published: tuple[Publish, ...] = ()

    @property
    def gateway(self) -> str | None:
        """Address of the default route that the host wants (variable GATEWAY), None for a host without one."""
        return self.environment.get("GATEWAY")

    def on(self, network: str) -> Address:
        """The host's address on a network; UsageError where it has no leg there."""
        for leg in self.legs:
            if leg.network == network:
                return leg.address
        there = ", ".join(leg.network for leg in self.legs) or "none"
        raise UsageError(f"host {self.name} has no leg on network '{network}'; it has: {there}")


@dataclass(frozen=True, slots=True)
class Topology:
    """One lab as asked for."""

    name: str
    networks: Mapping[str, Network]
    hosts: Mapping[str, Host]
    source: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    """Every LAB_* variable that was set when the file was read: with them it is read again the same way."""
    overlays: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The Compose files that it was read from, in their order."""
        return (self.source, *self.overlays)

    def host(self, name: str) -> Host:
        """The host of that name; UsageError with the nearest name where there is none."""
        return self.hosts[one_of(self.hosts, name, "host")]

    def stack(self, name: str) -> Host:
        """The host whose IP stack `name` uses: itself, or the one it shares."""
        host = self.host(name)
        return self.host(host.shares) if host.shares else host

    def needed(self, names: Sequence[str] | None) -> dict[str, Host]:
        """The named hosts, or all, with those that they share a stack with or start after; in the order of the file."""
        wanted = list(self.hosts if names is None else names)
        for name in wanted:  # which grows meanwhile
            host = self.host(name)
            wanted += [other for other in (*host.after, *filter(None, [host.shares])) if other not in wanted]
        return {name: host for name, host in self.hosts.items() if name in wanted}

    def beyond(self, other: "Topology") -> "Topology":
        """What this topology has and the other one, which it is made from, has not: its hosts and its networks.

        UsageError where it changes what the other one has: a lab that is up can be given more, but nothing else.
        """
        for kind, ours, theirs in (("host", self.hosts, other.hosts), ("network", self.networks, other.networks)):
            for name, thing in theirs.items():
                if ours.get(name) != thing:
                    raise UsageError(
                        f"{self.files[-1].name}: {kind} {name} would be changed, but the lab is up; "
                        "a part adds hosts and networks of its own"
                    )
        hosts = {name: host for name, host in self.hosts.items() if name not in other.hosts}
        if twice := [host for host in hosts.values() if host.published]:
            raise UsageError(f"{self.files[-1].name}: host {twice[0].name} publishes a port, which a part cannot do")
        if guests := [host for host in hosts.values() if host.shares in other.hosts]:
            raise UsageError(
                f"{self.files[-1].name}: host {guests[0].name} uses the network of {guests[0].shares}, which stays when "
                "the part goes; give it networks of its own"
            )
        networks = {name: network for name, network in self.networks.items() if name not in other.networks}
        return replace(self, hosts=hosts, networks=networks)

    def gateways(self) -> tuple[Host, ...]:
        """Hosts that forward: those whose ip_forward, or IPv6's forwarding, is switched on."""
        on = {"net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding", "net.ipv6.conf.all.forwarding"}
        return tuple(h for h in self.hosts.values() if any(h.sysctls.get(key) == "1" for key in on))

    def clients(self) -> tuple[Host, ...]:
        """Hosts behind a gateway: those that name one as their default route."""
        return tuple(h for h in self.hosts.values() if h.gateway)

    def gateway_of(self, client: str) -> Host:
        """The host that owns the address of the client's default route, on a network of the client's own."""
        wanted, here = self.host(client).gateway, {leg.network for leg in self.host(client).legs}
        for host in self.hosts.values():
            if any(str(leg.address) == wanted and leg.network in here for leg in host.legs):
                return host
        raise UsageError(f"host {client}: no host of the lab owns its gateway address {wanted}; set GATEWAY to one")
