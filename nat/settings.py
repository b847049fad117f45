"""What the gateway's environment says: its addresses, its NAT kind, who may open mitmweb. Checked once, here."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from nat.command import UsageError, nearest

KINDS = ("port-preserving", "random", "pool", "paired", "per-connection")
CAPTURES = ("mitm", "passive", "off")
EXITS = 4
"""How many addresses the rules of `paired` and `per-connection` deal out."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`exits` are the public addresses besides `wan`; `console` those from which the user's machine opens mitmweb."""

    wan: str
    lan: str
    kind: str
    capture: str
    ports: str
    exits: tuple[str, ...]
    console: tuple[str, ...]
    tunnels: str = ""
    """The ports at which a VPN's tunnels arrive; empty where this is no exit of one."""
    uplink: str = ""
    """The next gateway, for what is in none of this one's networks; empty where there is no way on."""


def read(environment: Mapping[str, str]) -> Settings:
    """The settings in WAN, LAN, NAT_KIND, CAPTURE, POOL_PORTS, POOL_ADDRESSES, TUNNELS, UPLINK and CONSOLE.

    Only WAN and LAN must be there. UsageError names the variable that is wrong.
    """
    console = (each.strip() for each in environment.get("CONSOLE", "").split(","))
    return Settings(
        wan=address("WAN", environment.get("WAN", "")),
        lan=address("LAN", environment.get("LAN", "")),
        kind=nearest("NAT kind", environment.get("NAT_KIND", KINDS[0]), KINDS),
        capture=nearest("capture mode", environment.get("CAPTURE", "off"), CAPTURES),
        ports=port_range("POOL_PORTS", environment.get("POOL_PORTS", "40000-40003")),
        exits=_exits(environment.get("POOL_ADDRESSES", "")),
        tunnels=port_range("TUNNELS", environment["TUNNELS"]) if environment.get("TUNNELS") else "",
        uplink=address("UPLINK", environment["UPLINK"]) if environment.get("UPLINK") else "",
        console=tuple(address("CONSOLE", each) for each in console if each),
    )


def port_range(name: str, text: str) -> str:
    """A range of ports as nft wants it, `40000-40003` or `40000`; UsageError where it is none."""
    first, _, last = text.partition("-")
    last = last or first
    if not (first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last) <= 65535):
        raise UsageError(f"{name}={text}: is not a range of ports; give it like 40000-40003, or one port like 40000")
    return first if first == last else f"{first}-{last}"


def address(name: str, text: str) -> str:
    """An IP address as the kernel writes it; UsageError where it is none."""
    if not text:
        raise UsageError(f"{name} is not set: the gateway finds its interfaces by the addresses in WAN and LAN")
    try:
        return str(ip_address(text))
    except ValueError:
        raise UsageError(f"{name}={text}: is not an IP address; give it like 198.51.100.2") from None


def _exits(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    first, _, last = text.partition("-")
    try:
        low, high = ip_address(first), ip_address(last)
        count = int(high) - int(low) + 1 if low.version == high.version else 0
    except ValueError:
        count = 0
    if count != EXITS:
        raise UsageError(
            f"POOL_ADDRESSES={text}: is not a range of {EXITS} addresses, which is what the NAT kinds paired and "
            "per-connection deal out; give it like 198.51.100.16-198.51.100.19"
        )
    return tuple(str(low + offset) for offset in range(count))
