"""The gateway's memory: which client's connection leaves by which public address and port."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from xml.etree import ElementTree

from nat.command import run

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
    return parse(run("conntrack", "-L", "-o", "xml"), names(HOSTS.read_text(encoding="utf-8")))


def flush() -> int:
    """Forgets every connection, as a gateway does that is switched off and on. Gives how many there were."""
    count = int(run("conntrack", "-C"))
    run("conntrack", "-F")
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


def parse(listing: str, known: dict[str, str]) -> list[Translation]:
    """The connections in the output of `conntrack -L -o xml`, which is empty where there are none."""
    flows = ElementTree.fromstring(listing).iter("flow") if listing.strip() else ()  # noqa: S314 (the kernel's own)
    crossing = (flow for flow in flows if not ip_address(_text(_way(flow, "original"), "src")).is_loopback)
    rows = [_translation(flow, known) for flow in crossing]
    return sorted(rows, key=lambda row: (row.client or "~", row.inside, row.server))


def _translation(flow: ElementTree.Element, known: dict[str, str]) -> Translation:
    there, back = _way(flow, "original"), _way(flow, "reply")
    about = _way(flow, "independent")
    server, answers = _endpoint(there, "dst", "dport"), _endpoint(back, "src", "sport")
    return Translation(
        protocol=next(there.iter("layer4")).get("protoname", "unknown"),
        client=known.get(_text(there, "src")),
        inside=_endpoint(there, "src", "sport"),
        outside=_endpoint(back, "dst", "dport") if answers == server else None,
        server=server,
        state=about.findtext("state"),
        seconds_left=int(about.findtext("timeout", "0")),
    )


def _way(flow: ElementTree.Element, direction: str) -> ElementTree.Element:
    return next(meta for meta in flow.iter("meta") if meta.get("direction") == direction)


def _text(way: ElementTree.Element, tag: str) -> str:
    return next(way.iter(tag)).text or ""


def _endpoint(way: ElementTree.Element, address: str, port: str) -> str:
    host = _text(way, address)
    number = next((element.text for element in way.iter(port)), None)
    if number is None:
        return host
    return f"[{host}]:{number}" if ":" in host else f"{host}:{number}"
