"""What a scenario may do to the network: the gateways' NAT, and people who move. All of it is undone at the end."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from ..engines.process import output
from ..errors import DeadlineExceeded, HarnessFault, LabError, UsageError
from ..judging.events import NetworkChange, TableShown, Translation
from ..judging.history import History
from ..subjects.servers import HOST
from ..topology.records import Address, Host
from .agents import Agents
from .ear import Ear
from .person import Person
from .six import Six
from .vpn import Vpn

HOME = "home-gateway"
GATEWAY = 10.0
"""Seconds that a gateway may take for one verb."""
FORGET = 20.0
"""Seconds within which a gateway must have forgotten a closed connection, its timers being short."""


class Network:
    """The network of one play. What it changes it changes back when the stack `undo` is closed.

    `still`: nothing is changed, whatever a scenario asks for: the network of a calm twin.
    """

    def __init__(self, agents: Agents, history: History, undo: ExitStack, *, still: bool = False) -> None:
        self._agents, self._engine = agents, agents.engine
        self._history, self._undo, self._still = history, undo, still
        self._gateways: dict[str, Host] = {}
        self._changed: set[str] = set()
        self._troubled: set[str] = set()
        self._vpn: Vpn | None = None
        self._six: Six | None = None
        self._addresses: dict[str, str] = {}
        self.trouble: dict[str, str] = {}
        """What happens just now to what a host sends or is sent, in words: no subject answers for that."""

    def nat(self, kind: str, ports: str | None = None, *, at: str = HOME) -> None:
        """Sets the NAT kind of a gateway, and for the kind `pool` the range of its ports, as in '40000-40003'."""
        if self._still:
            return
        self._remember(at)
        self._set(at, kind, ports)
        self._record(at, "nat", f"{kind}, ports {ports}" if ports else kind)

    def timers(self, *, time_wait: int, close: int, at: str = HOME) -> None:
        """Sets how many seconds a gateway remembers a connection that has ended in order, and one that was reset."""
        if self._still:
            return
        self._remember(at)
        self._timers(at, time_wait, close)
        self._record(at, "timers", f"TIME_WAIT {time_wait} s, CLOSE {close} s")

    def flush(self, at: str = HOME) -> None:
        """Lets a gateway forget all connections, as if it had been switched off and on."""
        if self._still:
            return
        forgotten = self._gateway(at, "flush")["forgotten"]
        self._record(at, "flush", f"{forgotten} connections forgotten")

    def reboot(self, at: str = HOME) -> None:
        """Switches a gateway off and on: it forgets all connections, and resets what goes on with one of them."""
        if self._still:
            return
        self._mended_at_the_end(at)
        forgotten = self._gateway(at, "reboot")["forgotten"]
        self._record(at, "reboot", f"{forgotten} connections forgotten")

    @contextmanager
    def losing(self, what: str, *, of: Person) -> Iterator[None]:
        """Meanwhile the person's `requests` never arrive, or the `replies` to them do not. Nobody else notices.

        Whoever waits for a reply in vain gives up soon. What the person's own requests get then is not laid to the subject.
        """
        with self._in_trouble("lose", what, of, f"{what} get lost"):
            yield

    @contextmanager
    def resetting(self, what: str, *, of: Person) -> Iterator[None]:
        """The same, but with the connection reset: in place of the `requests`, or of the `replies` to them."""
        with self._in_trouble("reset", what, of, f"a reset in place of {what}"):
            yield

    @contextmanager
    def _in_trouble(self, harm: str, what: str, person: Person, words: str) -> Iterator[None]:
        if self._still:
            yield
            return
        at = self.gateway_of(person)
        inside = self._engine.topology.host(person.host)
        address = next(leg.address for leg in inside.legs if any(leg.network == other.network for other in at.legs))
        self._mended_at_the_end(at.name)
        self._gateway(at.name, "trouble", harm, what, str(address))
        self.trouble[person.host] = words
        self._record(person.host, "trouble", words)
        try:
            yield
        finally:
            del self.trouble[person.host]
            self._gateway(at.name, "mend")
            self._record(person.host, "trouble", "over")

    def _mended_at_the_end(self, at: str) -> None:
        if at not in self._troubled:
            self._troubled.add(at)
            self._undo.callback(self._gateway, at, "mend")

    def capture(self, at: str = HOME) -> str:
        """What becomes of connections at a gateway: `mitm` where mitmproxy takes them, else `off`."""
        return str(self._gateway(at, "show")["capture"])

    def table(self, at: str = HOME) -> tuple[Translation, ...]:
        """A gateway's translation table, which is recorded as well."""
        return self._shown(at, self._table(at))

    def outside(self, person: Person) -> str | None:
        """The public ip:port of the connection that the person used last; None if their gateway does not know it.

        Empty where mitmproxy took the connection and made one of its own.
        """
        return self.outsides(person)[0]

    def outsides(self, *people: Person) -> list[str | None]:
        """The same for several people, with one look at each gateway."""
        gateways = [self.gateway_of(person).name for person in people]
        tables = {gateway: self.table(gateway) for gateway in dict.fromkeys(gateways)}
        return [
            next((row.outside for row in tables[gateway] if ends(row) == person.connection), None)
            for gateway, person in zip(gateways, people, strict=True)
        ]

    def public_address(self, person: Person) -> str:
        """The address that a person's gateway has on the public side."""
        gateway = self.gateway_of(person)
        inside = {leg.network for leg in self._engine.topology.host(person.host).legs}
        return next(str(leg.address) for leg in gateway.legs if leg.network not in inside)

    def wait_until_forgotten(self, person: Person, port: str = "") -> None:
        """Closes the person's connection and waits until the gateway knows none of those that they had in this play.

        With an outside `port` it must be free as well: a packet that came late may have taken it once more.
        """
        person.new_connection()
        if self._still:
            return
        gateway = self.gateway_of(person).name
        deadline = time.monotonic() + FORGET
        while True:
            rows = self._table(gateway)
            left = [row for row in rows if ends(row) in person.connections or _takes(row, port, person)]
            if not left:
                self._shown(gateway, rows)
                return
            if time.monotonic() > deadline:
                lines = ", ".join(f"{row.inside} {row.state}" for row in left)
                raise DeadlineExceeded(f"{gateway} still remembers {person.name} after {FORGET:g} s: {lines}")

    def roam(self, person: Person, network: str) -> None:
        """Moves a person to another network: the old link goes down, the new one leads out.

        Open connections end, as a browser ends them when it notices. Raises UsageError where the host has no leg there.
        """
        if self._still:
            return
        topology = self._engine.topology
        host = topology.host(person.host)
        old, new = self.gateway_of(person), self._gateway_on(network)
        there = next(leg.network for leg in host.legs if any(leg.network == other.network for other in old.legs))
        link = self._link(host.name, host.on(there))
        way_out, way_back = new.on(network), old.on(there)
        host.on(network)

        def back() -> None:
            self._ip(host.name, "link", "set", link, "up")
            self._ip(host.name, "route", "replace", "default", "via", str(way_back))
            self._gateways[host.name] = old

        self._undo.callback(back)
        person.new_connection()
        self._ip(host.name, "link", "set", link, "down")
        self._ip(host.name, "route", "replace", "default", "via", str(way_out))
        self._gateways[host.name] = new
        self._record(host.name, "roam", f"from {there} ({host.on(there)}) to {network} ({host.on(network)})")

    def listen_to(self, person: Person) -> Ear:
        """Listens from now on to all that passes between the person's network and its gateway, as a neighbour can."""
        gateway = self.gateway_of(person)
        inside = next(leg for leg in gateway.legs if leg.network in self._networks_of(person))
        ear = Ear(self._engine, gateway.name, str(inside.address), self._history.path.with_name("heard.pcap"))
        self._undo.callback(ear.end)
        return ear

    def keep_cookies(self, person: Person) -> None:
        """From now on the person's gateway keeps the cookies of all behind it, by their addresses, see nat/jar.py."""
        if self._still:
            return
        at = self.gateway_of(person).name
        self._mended_at_the_end(at)
        box = self._engine.spawn(at, ("python", "-m", "nat.jar"), privileged=True)
        self._undo.callback(box.stop)
        box.readline(GATEWAY)
        self._record(at, "jar", "cookies are kept by address")

    def enter_vpn(self, *people: Person) -> str:
        """All that these people send leaves through the VPN's exit from now on. Gives what the tunnels are, in words.

        The scenario needs the part `vpn`.
        """
        if self._still:
            return ""
        if self._vpn is None:
            self._vpn = Vpn(self._engine, self._undo)
        for person in people:
            gateway = self.gateway_of(person)
            inside = next(leg.network for leg in gateway.legs if leg.network in self._networks_of(person))
            self._vpn.enter(person.host, str(gateway.on(inside)), self.public_address(person))
            person.new_connection()
            self._record(person.host, "vpn", f"in, by {self._vpn.means}")
        return self._vpn.means

    def leave_vpn(self, person: Person) -> None:
        """The person's tunnel ends; the next connection leaves as before."""
        if self._vpn is not None:
            self._vpn.leave(person.host)
            person.new_connection()
            self._record(person.host, "vpn", "out")

    def _networks_of(self, person: Person) -> set[str]:
        return {leg.network for leg in self._engine.topology.host(person.host).legs}

    def over_ipv6(self, person: Person) -> str:
        """The person's browser uses IPv6 from now on, at an address that the host has never had. Gives the address."""
        if self._still:
            return ""
        if self._six is None:
            self._six = Six(self._engine, self._undo)
            server = self._engine.topology.host(HOST)
            self._six.begin(self.gateway_of(person), server.legs[0].network)
        person.new_connection()
        new = self._addresses[person.host] = self._six.renew(person.host, self._addresses.get(person.host))
        person.way = f"[{self._six.server}]:{person.port}"
        self._record(person.host, "address", f"IPv6, {new}")
        return new

    def over_ipv4(self, person: Person) -> None:
        """The person's browser uses IPv4 from now on."""
        if not self._still:
            person.new_connection()
            person.way = None
            self._record(person.host, "address", "IPv4")

    def gateway_of(self, person: Person) -> Host:
        """The gateway that the person is behind now."""
        return self._gateways.get(person.host) or self._engine.topology.gateway_of(person.host)

    def _gateway_on(self, network: str) -> Host:
        for gateway in self._engine.topology.gateways():
            if any(leg.network == network for leg in gateway.legs):
                return gateway
        raise LabError(f"no gateway of the lab has a leg on network '{network}'")

    def _link(self, host: str, address: Address) -> str:
        for link in json.loads(output(self._engine.spawn(host, ("ip", "-json", "address")))):
            if any(entry.get("local") == str(address) for entry in link.get("addr_info", ())):
                return str(link["ifname"])
        raise HarnessFault(f"host {host} has no link with the address {address}")

    def _ip(self, host: str, *words: str) -> None:
        output(self._engine.spawn(host, ("ip", *words), privileged=True))

    def _gateway(self, at: str, *words: str) -> Any:
        reply = self._agents.gateway(at).ask(words[0], seconds=GATEWAY, words=words[1:])
        if "error" in reply:
            kind = UsageError if reply["error"]["kind"] == "usage" else HarnessFault
            raise kind(f"{at}: {reply['error']['text']}")
        return reply["answer"]

    def _remember(self, at: str) -> None:
        """Has the gateway put back at the end as it was before its first change."""
        if at not in self._changed:
            self._changed.add(at)
            before = self._gateway(at, "show")
            self._undo.callback(self._timers, at, before["time_wait"], before["close"])
            self._undo.callback(self._set, at, before["kind"], before["ports"])

    def _set(self, at: str, kind: str, ports: str | None) -> None:
        self._gateway(at, "set", kind, *(("--ports", ports) if ports else ()))

    def _timers(self, at: str, time_wait: int, close: int) -> None:
        self._gateway(at, "timers", "--time-wait", str(time_wait), "--close", str(close))

    def _table(self, at: str) -> tuple[Translation, ...]:
        return tuple(
            Translation(
                client=row["client"] or "",
                inside=row["inside"],
                outside=row["outside"] or "",
                remote=row["server"],
                state=row["state"] or "",
            )
            for row in self._gateway(at, "table")
        )

    def _shown(self, at: str, rows: tuple[Translation, ...]) -> tuple[Translation, ...]:
        return self._history.record(TableShown(gateway=at, translations=rows)).translations

    def _record(self, host: str, change: str, detail: str) -> None:
        self._history.record(NetworkChange(host=host, change=change, detail=detail))


def _takes(row: Translation, port: str, person: Person) -> bool:
    """Whether somebody's connection to a server of the person's has this outside port."""
    servers = {server for _, server in person.connections}
    return bool(port) and row.outside.endswith(f":{port}") and ends(row)[1] in servers


def ends(row: Translation) -> tuple[str, int]:
    """The client's own ip:port and the server's port; the same local port may lead to several servers."""
    port = row.remote.rpartition(":")[2]  # there is none where the protocol has no ports
    return row.inside, int(port) if port.isdigit() else 0
