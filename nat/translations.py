"""The gateway's memory: which client's connection leaves by which public address and port."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from nat.tracking import Flow, Tracking

HOSTS = Path("/etc/hosts")
DOMAIN = ".lab.test"


@dataclass(frozen=True, slots=True)
class Translation:
    """One tracked connection. Addresses are ip:port, or the address alone where the protocol has no ports.

    `client` is None for an address without a name. `outside` is how the server sees the client; None where mitmproxy
    took the connection, whose own connection to the server is then another row. `state` is None but for TCP.
    """

    protocol: str
    client: str | None
    inside: str
    outside: str | None
    server: str
    state: str | None
    seconds_left: int


def table() -> list[Translation]:
    """All connections that the gateway knows now, but those within itself, sorted by client."""
    with closing(Tracking()) as tracking:
        return parse(tracking.flows(), names(HOSTS.read_text(encoding="utf-8")))


def flush() -> int:
    """Forgets every connection, as a gateway does that is switched off and on. Gives how many there were."""
    with closing(Tracking()) as tracking:
        count = len(tracking.flows())
        tracking.flush()
        return count


def names(hosts: str) -> dict[str, str]:
    """The lab's names in the text of a hosts file, as {address: name without the domain}."""
    found: dict[str, str] = {}
    for line in hosts.splitlines():
        address, *aliases = line.partition("#")[0].split() or [""]
        for alias in aliases:
            if alias.endswith(DOMAIN):
                found.setdefault(str(ip_address(address)), alias.removesuffix(DOMAIN))
    return found


def parse(flows: Iterable[Flow], known: dict[str, str]) -> list[Translation]:
    """The connections, as people see them."""
    rows = [_translation(flow, known) for flow in flows if not ip_address(flow.original.source).is_loopback]
    return sorted(rows, key=lambda row: (row.client or "~", row.inside, row.server))


def _translation(flow: Flow, known: dict[str, str]) -> Translation:
    there, back = flow.original, flow.reply
    server, answers = _endpoint(there.destination, there.ports, 1), _endpoint(back.source, back.ports, 0)
    return Translation(
        protocol=flow.protocol,
        client=known.get(there.source),
        inside=_endpoint(there.source, there.ports, 0),
        outside=_endpoint(back.destination, back.ports, 1) if answers == server else None,
        server=server,
        state=flow.state,
        seconds_left=flow.seconds,
    )


def _endpoint(host: str, ports: tuple[int, int] | None, which: int) -> str:
    if ports is None:
        return host
    return f"[{host}]:{ports[which]}" if ":" in host else f"{host}:{ports[which]}"
