"""A VPN for one play: tunnels from people's hosts to the exit of the part `vpn`, and what they are made of.

WireGuard of the kernel where it has it, else wireguard-go where that is installed, else a VXLAN: a tunnel of the kernel's
that hides nothing, but leads the same way, which is all that a server can see of it. The means is found out at the exit.
"""

from contextlib import ExitStack, suppress
from dataclasses import dataclass

from ..engines.base import Engine
from ..engines.process import output
from ..errors import CommandFailed, LabError

EXIT, TUNNEL = "vpn", "tunnel"
"""The exit's host, and the network on which its address within the tunnels lies."""
FIRST = 51820
"""The port of the first tunnel; compose/vpn.yaml says up to which one they arrive."""
PUBLIC = "public"
LINK = "vpn0"
"""WireGuard's at the exit. All others are vpn1, vpn2 …, at both ends, since wireguard-go finds its sockets by these names."""
MEANS = {
    "wireguard": "WireGuard of the kernel",
    "wireguard-go": "wireguard-go, as the kernel has no WireGuard",
    "vxlan": "a VXLAN of the kernel, which has no WireGuard, and wireguard-go is not there",
}
HALVES = ("0.0.0.0/1", "128.0.0.0/1")
"""All addresses, in two routes that go before the default one and with the link."""


@dataclass(frozen=True, slots=True)
class _Tunnel:
    """One host's. `number`: from 1; by it port, key and address are told apart. `gateway`: the host's own, on its side."""

    number: int
    gateway: str

    @property
    def link(self) -> str:
        return f"vpn{self.number}"


class Vpn:
    """The tunnels of one play; all are gone when `undo` is closed."""

    def __init__(self, engine: Engine, undo: ExitStack) -> None:
        self._engine, self._undo = engine, undo
        topology = engine.topology
        self._exit = str(topology.host(EXIT).on(PUBLIC))
        self._inner = str(topology.host(EXIT).on(TUNNEL))
        self._tunnels: dict[str, _Tunnel] = {}
        self._count = 0
        self._kind = self._found()
        self.means = MEANS[self._kind]
        if self._kind != "vxlan":
            self._key = self._secret(EXIT)
            self._wireguard(EXIT, LINK)
            self._set(EXIT, LINK, self._key[0], "listen-port", str(FIRST))
            self._ip(EXIT, "link", "set", LINK, "up")

    def _found(self) -> str:
        """Which means the exit has, by trying."""
        if self._runs(EXIT, "sh", "-c", "command -v wg"):
            if self._runs(EXIT, "ip", "link", "add", LINK, "type", "wireguard"):
                self._ip(EXIT, "link", "del", LINK)
                return "wireguard"
            if self._runs(
                EXIT, "sh", "-c", "command -v wireguard-go && ip tuntap add mode tun probe && ip link del probe"
            ):
                return "wireguard-go"
        return "vxlan"

    def enter(self, host: str, gateway: str, public: str) -> None:
        """Lays the host's tunnel. `public`: the address from which the exit sees it come."""
        if host in self._tunnels:
            raise LabError(f"host {host} is in the VPN already")
        self._count += 1
        tunnel = self._tunnels[host] = _Tunnel(self._count, gateway)
        self._undo.callback(self.leave, host)
        inner = f"{self._inner.rpartition('.')[0]}.{10 + tunnel.number}"
        if self._kind == "vxlan":
            self._vxlan(EXIT, tunnel, public)
            self._vxlan(host, tunnel, self._exit)
        else:
            private, known = self._secret(host)
            self._wireguard(host, tunnel.link)
            self._set(host, tunnel.link, private)
            peer = ("peer", self._key[1], "endpoint", f"{self._exit}:{FIRST}", "allowed-ips", "0.0.0.0/0")
            self._run(host, "wg", "set", tunnel.link, *peer)
            self._run(EXIT, "wg", "set", LINK, "peer", known, "allowed-ips", f"{inner}/32")
        self._ip(host, "address", "add", f"{inner}/24", "dev", tunnel.link)
        self._ip(host, "link", "set", tunnel.link, "up", "mtu", "1380")
        self._ip(EXIT, "route", "replace", f"{inner}/32", "dev", tunnel.link if self._kind == "vxlan" else LINK)
        self._ip(host, "route", "add", f"{self._exit}/32", "via", gateway)
        for half in HALVES:
            self._ip(host, "route", "add", half, "via", self._inner, "dev", tunnel.link)

    def leave(self, host: str) -> None:
        """Ends the host's tunnel; with its link the routes go that led into it. Nothing to do where there is none."""
        tunnel = self._tunnels.pop(host, None)
        if tunnel is None:
            return
        for at in (host, EXIT):
            with suppress(CommandFailed):  # at the exit WireGuard has one link for all
                self._ip(at, "link", "del", tunnel.link)
        with suppress(CommandFailed):
            self._ip(host, "route", "del", f"{self._exit}/32", "via", tunnel.gateway)

    def _vxlan(self, host: str, tunnel: _Tunnel, remote: str) -> None:
        """Each tunnel has a port of its own on both sides, so that its way back through a NAT is that of its way there."""
        port = FIRST + tunnel.number
        words = ("type", "vxlan", "id", str(tunnel.number), "remote", remote, "dstport", str(port))
        self._ip(host, "link", "add", tunnel.link, *words, "srcport", str(port), str(port + 1))
        self._ip(host, "link", "set", tunnel.link, "up", "mtu", "1380")

    def _wireguard(self, host: str, link: str) -> None:
        if self._kind == "wireguard":
            self._ip(host, "link", "add", link, "type", "wireguard")
        else:
            self._run(host, "wireguard-go", link)
        if host == EXIT:
            self._undo.callback(self._ip, EXIT, "link", "del", link)

    def _secret(self, host: str) -> tuple[str, str]:
        """A private key and its public one."""
        private = self._run(host, "wg", "genkey").strip()
        return private, self._run(host, "sh", "-c", 'echo "$1" | wg pubkey', "sh", private).strip()

    def _set(self, host: str, link: str, private: str, *more: str) -> None:
        """`wg` takes the key from a file alone."""
        words = ("sh", "-c", 'echo "$1" | { shift; wg set "$@"; }', "sh", private, link, "private-key", "/dev/stdin")
        self._run(host, *words, *more)

    def _runs(self, host: str, *argv: str) -> bool:
        try:
            self._run(host, *argv)
        except CommandFailed:
            return False
        return True

    def _ip(self, host: str, *words: str) -> None:
        self._run(host, "ip", *words)

    def _run(self, host: str, *argv: str) -> str:
        return output(self._engine.spawn(host, argv, privileged=True))
