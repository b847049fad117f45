"""Puts the files of `rules/` into the kernel, and reads back from the kernel what holds now."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nat.command import GatewayError, UsageError, run
from nat.settings import KINDS, Settings

RULES = Path(__file__).parent / "rules"
TABLE, TIMERS = "cookielab", "cookielab_timers"
TROUBLE, REBOOT, JAR = "cookielab_trouble", "cookielab_reboot", "cookielab_jar"
HARMS = {
    "lose": {"requests": "drop", "replies": "drop"},
    "reset": {"requests": "reject with tcp reset", "replies": "tcp flags set rst | ack"},
}
"""What may happen to a client's requests, or to the replies, in nft's words; see trouble.nft."""
RELAY = "127.0.81.1"
"""The address from which the relay of the user's own machine opens mitmweb, where it works inside this machine."""

KERNEL_TIMERS = Path("/proc/sys/net/netfilter")
UNSAID = {"time_wait": 120, "close": 10}
"""The timers that nft does not list, because it takes them for what everybody has."""


@dataclass(frozen=True, slots=True)
class State:
    """What the kernel does now. `ports` is None but for the kind pool; the timers are seconds."""

    kind: str
    ports: str | None
    capture: str
    time_wait: int
    close: int


def text(name: str) -> str:
    """The rules file of that name, without its ending."""
    return (RULES / f"{name}.nft").read_text(encoding="utf-8")


def summary(kind: str) -> str:
    """What a NAT kind is, in one line: the first line of its rules file."""
    return text(kind).partition("\n")[0].removeprefix(f"# {kind}: ")


def defines(settings: Settings, interfaces: dict[str, str]) -> str:
    """The variables that the rules files use; `interfaces` is {"WAN": name, "LAN": name}."""
    values = {
        "WAN_IF": f'"{interfaces["WAN"]}"',
        "LAN_IF": f'"{interfaces["LAN"]}"',
        "CONSOLE": f"{{ {', '.join((RELAY, *settings.console))} }}",
        "NATTED": "ipv6" if ":" in settings.wan else "ipv4",
        "POOL_PORTS": settings.ports,
    } | {f"EXIT_{number}": address for number, address in enumerate(settings.exits)}
    return "".join(f"define {name} = {value}\n" for name, value in values.items())


def of_kind(settings: Settings) -> str:
    """The rules of the kind that is set; UsageError where it needs addresses that the gateway does not have."""
    rules = text(settings.kind)
    if "$EXIT_" in rules and not settings.exits:
        raise UsageError(
            f"NAT kind {settings.kind} needs several public addresses and POOL_ADDRESSES is not set; "
            "give a range like 198.51.100.16-198.51.100.19"
        )
    return rules


def of_capture(capture: str) -> str:
    """The rules of a capture mode; only mitm stops packets on their way."""
    return text("capture") if capture == "mitm" else f"flush chain inet {TABLE} prerouting\n"


def of_exit(tunnels: str) -> str:
    """What a VPN's exit has besides; nothing where it is none."""
    return f"define TUNNELS = {tunnels}\n{text('exit')}" if tunnels else ""


def of_timers(time_wait: int, close: int) -> str:
    """The rules that set the two timers, in seconds."""
    return text("timers").replace("$TIME_WAIT", str(time_wait)).replace("$CLOSE", str(close))


def of_trouble(client: str, harm: str, what: str) -> str:
    """The rules by which this client's requests, or the replies to them, get lost (`lose`) or end the connection (`reset`)."""
    family = "ip6" if ":" in client else "ip"
    verdicts = {"requests": "accept", "replies": "accept"} | {what: HARMS[harm][what]}
    body = text("trouble").partition("\ntable ")[2]
    values = {"FROM": f"{family} saddr {client}", "TO": f"{family} daddr {client}"}
    values |= {name.upper(): verdict for name, verdict in verdicts.items()}
    for name, value in values.items():
        body = body.replace(f"${name}", value)
    return f"table {body}"


def mended() -> str:
    """What takes away all trouble, and the box that keeps cookies."""
    return "".join(f"table inet {table}\ndelete table inet {table}\n" for table in (TROUBLE, REBOOT, JAR))


def load(*parts: str) -> None:
    """Hands the parts to the kernel as one transaction: all of it holds, or nothing has changed."""
    run("nft", "-f", "-", stdin="\n".join(parts))


def state() -> State:
    """What the kernel does now, read from its rules; GatewayError where the rules are not loaded."""
    return parse(run("nft", "-j", "list", "ruleset", "inet"))


def parse(listing: str) -> State:
    """The state that the output of `nft -j list ruleset inet` shows."""
    rules: list[dict[str, Any]] = []
    timers: dict[str, int] | None = None
    for item in json.loads(listing)["nftables"]:
        rule, timeout = item.get("rule", {}), item.get("ct timeout", {})
        if rule.get("table") == TABLE and "comment" in rule:
            rules.append(rule)
        if timeout.get("table") == TIMERS:
            timers = UNSAID | (timeout["policy"] or {})
    nat = next((rule for rule in rules if rule["comment"] in KINDS), None)
    if nat is None:
        raise GatewayError(
            f"the lab's rules are not loaded here (there is no NAT kind in the table inet {TABLE}): "
            "start them with `python -m nat.gateway serve`"
        )
    timers = timers or {name: _kernel(name) for name in UNSAID}
    return State(
        kind=nat["comment"],
        ports=_ports(nat),
        capture="mitm" if any(rule["comment"] == "mitm" for rule in rules) else "off",
        time_wait=timers["time_wait"],
        close=timers["close"],
    )


def _ports(rule: dict[str, Any]) -> str | None:
    for expression in rule["expr"]:
        port = (expression.get("masquerade") or {}).get("port")
        if isinstance(port, dict):
            return "-".join(str(end) for end in port["range"])
        if port is not None:
            return str(port)
    return None


def _kernel(timer: str) -> int:
    return int((KERNEL_TIMERS / f"nf_conntrack_tcp_timeout_{timer}").read_text())
