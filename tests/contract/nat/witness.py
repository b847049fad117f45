"""Measures from outside what the home gateway does to addresses and ports, and says it in the terms of RFC 4787.

It knows nothing of nftables: it opens connections at clients and asks two public machines what they saw. The server is
one of them, the office gateway (behind a door that is opened for the measurement) the other.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

HOME, OFFICE, SERVER = "home-gateway", "office-gateway", "server"
CLIENTS = ("alice", "bob", "carol")
FIRST, SECOND = 7001, 7002
"""The ports on which both public machines listen."""

POOL = range(40000, 40004)
"""The ports that the kind pool is set to: as many as `ports` opens connections at once."""

PROBE = (Path(__file__).parent / "probe.py").read_text(encoding="utf-8")
PATIENCE = 10.0
"""Seconds that a command at a host may take."""


class Process(Protocol):
    """A process at a host: one line in, one line out."""

    def send(self, line: str) -> None: ...
    def close_stdin(self) -> None: ...
    def readline(self, timeout: float) -> str: ...
    def wait(self, timeout: float) -> int: ...
    def stop(self) -> int: ...
    def rest(self) -> list[str]: ...
    def describe(self, what: str) -> str: ...


class Lab(Protocol):
    """What the witness needs of a lab: start a command at a host."""

    def spawn(self, host: str, argv: Sequence[str], *, privileged: bool = False) -> Process: ...


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A NAT, in the terms of RFC 4787: sections 4.1 (mapping, pooling), 4.2.1 (ports)."""

    mapping: str
    ports: str
    pooling: str


class Probe:
    """A mouth and an ear at one host; see probe.py for what it can do."""

    def __init__(self, lab: Lab, host: str) -> None:
        self._process = lab.spawn(host, ["python", "-c", PROBE])
        self._listening: set[int] = set()

    def _step(self, **step: Any) -> dict[str, Any]:
        self._process.send(json.dumps(step))
        reply: dict[str, Any] = json.loads(self._process.readline(PATIENCE))
        return reply

    def listen(self, *ports: int) -> None:
        for port in set(ports) - self._listening:
            self._step(listen=port)
            self._listening.add(port)

    def connect(self, to: tuple[str, int], **details: Any) -> str:
        """What the far end saw, as ip:port; or why there was no connection, as the name of the exception."""
        reply = self._step(connect=to, **details)
        return str(reply.get("seen") or reply["failed"])

    def say(self, to: tuple[str, int], text: str, **details: Any) -> str:
        """What comes back for the text; or the name of the exception."""
        reply = self._step(connect=to, send=text, **details)
        return str(reply.get("reply", reply.get("failed")))

    def ask(self, number: int) -> str:
        """What the far end of connection `number` sees now."""
        reply = self._step(ask=number)
        return str(reply.get("seen") or reply.get("failed"))

    def release(self) -> None:
        self._step(release=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()


class Witness:
    """All probes of a measurement: at three clients, and at two public machines that listen."""

    def __init__(self, lab: Lab, stack: ExitStack) -> None:
        self.lab = lab
        self.near, self.far = address(lab, SERVER), address(lab, OFFICE)
        self.public = address(lab, HOME)
        self.server, self.office = (stack.enter_context(Probe(lab, host)) for host in (SERVER, OFFICE))
        self.clients = {name: stack.enter_context(Probe(lab, name)) for name in CLIENTS}
        for machine in (self.server, self.office):
            machine.listen(FIRST, SECOND)
        stack.enter_context(_door(lab))

    def rest(self) -> None:
        """Ends all connections; the gateway forgets them."""
        for probe in (*self.clients.values(), self.server, self.office):
            probe.release()
        nat(self.lab, "flush")

    def behaviour(self, port: int) -> Behaviour:
        """Measures all of it. `port` is a local port that nobody uses, nor the hundred above it."""
        try:
            mapping = self.mapping("alice", port)
            self.rest()
            ports = self.ports("alice", [port + 10 + number for number in range(4)])
            self.rest()
            return Behaviour(mapping, ports, self.pooling(port + 20))
        finally:
            self.rest()

    def mapping(self, client: str, port: int) -> str:
        """One local port talks to two ports of one server and to another server: does it look the same to them?"""
        probe = self.clients[client]
        targets = (self.near, FIRST), (self.near, SECOND), (self.far, FIRST)
        first, other_port, other_address = (_seen(probe.connect(to, **{"from": port})) for to in targets)
        if first == other_port == other_address:
            return "endpoint-independent"
        return "address-dependent" if first == other_port else "address-and-port-dependent"

    def ports(self, client: str, local: list[int]) -> str:
        """Several local ports at once, to one server: which public ports do they get?"""
        probe = self.clients[client]
        seen = [_seen(probe.connect((self.near, FIRST), **{"from": port}))[1] for port in local]
        if seen == local:
            return "preserved"
        return "from a pool" if sorted(seen) == list(POOL) else "not preserved"

    def pooling(self, port: int) -> str:
        """Several connections of several clients: by which public addresses do they leave?"""
        used: list[set[str]] = []
        for probe in self.clients.values():
            targets = [((host, FIRST), local) for host in (self.near, self.far) for local in (port, port + 1)]
            used.append({_seen(probe.connect(to, **{"from": local}))[0] for to, local in targets})
            self.rest()
        if any(len(addresses) > 1 for addresses in used):
            return "arbitrary"
        return "one address" if len(set.union(*used)) == 1 else "paired"


def _seen(endpoint: str) -> tuple[str, int]:
    host, colon, port = endpoint.rpartition(":")
    if not colon:
        raise AssertionError(f"a connection of the measurement did not come about: {endpoint}")
    return host, int(port)


@contextmanager
def measuring(lab: Lab) -> Iterator[Witness]:
    """A witness in a lab with capture off; the gateway is left as it was found."""
    before = nat(lab, "show")
    with ExitStack() as stack:
        stack.callback(_restore, lab, before)
        nat(lab, "capture", "off")
        witness = Witness(lab, stack)
        witness.rest()
        yield witness


def _restore(lab: Lab, before: dict[str, Any]) -> None:
    ports = ["--ports", before["ports"]] if before["ports"] else []
    nat(lab, "set", before["kind"], *ports)
    nat(lab, "capture", before["capture"])
    nat(lab, "timers", "--time-wait", str(before["time_wait"]), "--close", str(before["close"]))
    nat(lab, "flush")


@contextmanager
def _door(lab: Lab) -> Iterator[None]:
    """Lets the public side reach the two ports of the office gateway, which drops all that it did not ask for."""
    rule = ["inet", "cookielab", "input"]
    ports = f"{FIRST}-{SECOND}"
    echo = run(lab, OFFICE, ["nft", "-e", "-a", "insert", "rule", *rule, "tcp", "dport", ports, "accept"])
    handle = echo.rpartition("# handle ")[2].split()[0]
    try:
        yield
    finally:
        run(lab, OFFICE, ["nft", "delete", "rule", *rule, "handle", handle])


def run(lab: Lab, host: str, argv: Sequence[str], *, privileged: bool = False) -> str:
    """Runs a command at a host to its end and gives its stdout; an AssertionError where it fails."""
    process = lab.spawn(host, list(argv), privileged=privileged)
    try:
        code = process.wait(PATIENCE)
        text = "\n".join(process.rest())
    finally:
        process.stop()
    assert code == 0, process.describe(f"it ended with exit code {code}")
    return text


def nat(lab: Lab, *verb: str, host: str = HOME) -> Any:
    """One verb of `python -m nat.gateway` at a gateway; gives its JSON."""
    return json.loads(run(lab, host, ["python", "-m", "nat.gateway", *verb, "--json"]))


def address(lab: Lab, host: str) -> str:
    """The address of a host, as the lab's own names say it."""
    return run(lab, host, ["getent", "ahostsv4", f"{host}.lab.test"]).split()[0]
