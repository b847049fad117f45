"""Reads a Compose file into a Topology, strictly: a key that the lab cannot honour is an error.

The subset is what `compose/lab.yaml` and its overlays need. `docker compose config` is the reference that a test
compares it with.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..errors import UsageError
from . import document, overlay
from .kinds import Kinds, shown
from .records import Health, Host, Leg, Network, Topology

DEFAULT = Path("compose/lab.yaml")

IMAGE_KEYS = frozenset(
    "image build pull_policy labels init restart stop_grace_period user cap_drop security_opt read_only tmpfs".split()
)
"""Keys of a service that concern only images and containers: passed over by an engine that has neither."""
HOST_KEYS = frozenset(
    "networks network_mode command environment extra_hosts sysctls cap_add healthcheck depends_on ports".split()
)
TOP_KEYS = frozenset({"name", "services", "networks", "secrets"})
OVERLAY_KEYS = frozenset({"services", "networks"})

LONGEST = 200
"""Characters of a place in a message."""
_VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|(?P<plain>\w+)|\{(?P<name>\w+)(?:(?P<rule>:?[-?])(?P<rest>[^}]*))?\})")


def load(path: Path = DEFAULT, environ: Mapping[str, str] | None = None, overlays: Iterable[Path] = ()) -> Topology:
    """The topology in a Compose file, with its variables taken from `environ` (os.environ by default).

    `overlays` are put over it in their order, as `docker compose -f PATH -f OVERLAY` does.
    Raises UsageError that names file, path and key for whatever is missing, invalid or not implemented.
    """
    environ, overlays = os.environ if environ is None else environ, tuple(overlays)
    name, networks, bodies, hosts = "cookielab", dict[str, Network](), dict[str, dict[str, Any]](), dict[str, Host]()
    for file in (path, *overlays):
        reader, known = _Reader(file), OVERLAY_KEYS if bodies else TOP_KEYS
        top = reader.document(environ)
        reader.only(top, known, "", extensions=True)
        name = reader.project(top.get("name", name))
        for key, body in reader.items(top, "networks", needed=not bodies):
            if key in networks:
                raise reader.error(f"networks.{key}", "in an overlay this network cannot be changed; add another one")
            networks[key] = reader.network(key, body)
        for key, body in reader.items(top, "services"):
            if key in bodies:
                where = f"services.{key}"
                bodies[key] = overlay.merged(bodies[key], body, where, pairs=reader.pairs, error=reader.error)
            else:
                bodies[key] = body
            hosts[key] = reader.host(key, bodies[key], networks)
        reader.check(hosts, networks)
    variables = {key: value for key, value in environ.items() if key.startswith("LAB_")}
    return Topology(name, networks, hosts, path, variables, overlays)


class _Reader:
    """Knows the file for its messages: every error starts with `file: path:`."""

    def __init__(self, path: Path) -> None:
        self.path = path

        self.kinds = Kinds(self.error)
        self.mapping, self.pairs = self.kinds.mapping, self.kinds.pairs

    def document(self, environ: Mapping[str, str]) -> dict[str, Any]:
        """The whole file, its variables replaced."""
        return self.mapping(self.interpolate(document.read(self.path), "", environ), "")

    def error(self, where: str, what: str) -> UsageError:
        place = "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in where or "top level")
        return UsageError(f"{self.path}: {place if len(place) < LONGEST else place[:LONGEST] + '...'}: {what}")

    def project(self, value: Any) -> str:
        """The lab's name, which becomes part of paths and of Docker's names."""
        name = self.kinds.word(value, "name")
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", name):
            raise self.error(
                "name",
                f"{shown(name)} cannot be the name of a lab: use small letters, digits, - and _, 63 at most, "
                "and begin with a letter or digit",
            )
        return name

    def items(
        self, parent: Mapping[str, Any], key: str, *, needed: bool = True
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        if not parent.get(key):
            if not needed and key not in parent:
                return
            raise self.error(key, "is missing or empty; a lab needs networks and services")
        for name, body in self.mapping(parent[key], key).items():
            self.kinds.name(name, f"{key}.{name}", "host" if key == "services" else "network")
            yield name, self.mapping(body, f"{key}.{name}")

    def only(self, value: Mapping[str, Any], known: frozenset[str], where: str, *, extensions: bool = False) -> None:
        for key in value:
            if key not in known and not (extensions and key.startswith("x-")):
                near = get_close_matches(key, known, n=1)
                hint = f"did you mean '{near[0]}'?" if near else "remove it"
                raise self.error(f"{where}.{key}".lstrip("."), f"this key is not implemented; {hint}")

    def interpolate(self, value: Any, where: str, environ: Mapping[str, str]) -> Any:
        """Compose's `$X`, `${X}`, `${X:-default}`, `${X-default}`, `${X:?message}` and `$$`."""
        if isinstance(value, dict):
            return {key: self.interpolate(item, f"{where}.{key}".lstrip("."), environ) for key, item in value.items()}
        if isinstance(value, list):
            return [self.interpolate(item, f"{where}[{index}]", environ) for index, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        if "\0" in value or not _speakable(value):
            raise self.error(where, f"{shown(value)} holds a character that no command and no name can have")
        if "$" not in value:
            return value

        def replace(match: re.Match[str]) -> str:
            if match["escaped"]:
                return "$"
            name, rule, rest = match["plain"] or match["name"], match["rule"] or "", match["rest"] or ""
            current = environ.get(name)
            if current is None or (rule.startswith(":") and not current):
                if rule.endswith("?"):
                    raise self.error(where, f"variable {name} is not set: {rest or 'set it'}")
                return rest if rule.endswith("-") else ""
            return current

        return _VARIABLE.sub(replace, value)

    def network(self, name: str, body: dict[str, Any]) -> Network:
        where = f"networks.{name}"
        self.only(body, frozenset({"name", "ipam", "driver_opts", "labels"}), where)
        ipam = self.mapping(body.get("ipam"), f"{where}.ipam")
        self.only(ipam, frozenset({"config"}), f"{where}.ipam")
        configs = ipam.get("config")
        if not isinstance(configs, list) or len(configs) != 1:
            raise self.error(f"{where}.ipam.config", "must be a list of one mapping with a subnet")
        config = self.mapping(configs[0], f"{where}.ipam.config[0]")
        self.only(config, frozenset({"subnet", "gateway"}), f"{where}.ipam.config[0]")
        try:
            subnet = ip_network(str(config.get("subnet")))
        except ValueError as error:
            raise self.error(
                f"{where}.ipam.config[0].subnet", f"{error}; give a range such as 198.51.100.0/24"
            ) from None
        bridge = (
            self.kinds.address(config["gateway"], f"{where}.ipam.config[0].gateway") if "gateway" in config else None
        )
        return Network(name, subnet, bridge)

    def host(self, name: str, body: dict[str, Any], networks: Mapping[str, Network]) -> Host:
        where = f"services.{name}"
        self.only(body, HOST_KEYS | IMAGE_KEYS, where)
        mode = str(body.get("network_mode", ""))
        if mode and not mode.startswith("service:"):
            raise self.error(f"{where}.network_mode", f"'{mode}' is not implemented; use service:<name>, or networks")
        kinds, given = self.kinds, {key: value for key, value in body.items() if key in HOST_KEYS}
        if mode and given.get("networks"):
            raise self.error(
                f"{where}.network_mode", "a host that uses another one's network has no networks of its own"
            )
        names = kinds.pairs(given.get("extra_hosts", {}), f"{where}.extra_hosts", ":")
        ports = kinds.sequence(given.get("ports", []), f"{where}.ports")
        return Host(
            name=name,
            legs=tuple(self.legs(given.get("networks", {}), f"{where}.networks", networks)),
            shares=mode.removeprefix("service:") or None,
            command=kinds.command(given.get("command"), f"{where}.command"),
            environment=kinds.pairs(given.get("environment", {}), f"{where}.environment", "="),
            names={key: kinds.address(value, f"{where}.extra_hosts") for key, value in names.items()},
            sysctls=kinds.pairs(given.get("sysctls", {}), f"{where}.sysctls", "="),
            capabilities=frozenset(kinds.words(given.get("cap_add", []), f"{where}.cap_add")),
            health=self.health(given["healthcheck"], f"{where}.healthcheck") if "healthcheck" in given else None,
            after=kinds.after(given.get("depends_on", []), f"{where}.depends_on"),
            published=tuple(each for item in ports for each in kinds.ports(item, f"{where}.ports")),
        )

    def legs(self, value: Any, where: str, networks: Mapping[str, Network]) -> Iterator[Leg]:
        for name, body in self.mapping(value, where).items():
            if name not in networks:
                raise self.error(f"{where}.{name}", f"unknown network; networks of this file: {', '.join(networks)}")
            leg = self.mapping(body, f"{where}.{name}")
            self.only(leg, frozenset({"ipv4_address", "ipv6_address", "priority", "gw_priority"}), f"{where}.{name}")
            key = "ipv6_address" if "ipv6_address" in leg else "ipv4_address"
            if key not in leg:
                raise self.error(f"{where}.{name}", "needs a fixed ipv4_address: addresses are part of the story")
            address = self.kinds.address(leg[key], f"{where}.{name}.{key}")
            if address not in networks[name].subnet:
                raise self.error(f"{where}.{name}.{key}", f"{address} is not in {networks[name].subnet}")
            yield Leg(name, address)

    def health(self, value: Any, where: str) -> Health:
        body = self.mapping(value, where)
        self.only(body, frozenset({"test", "interval", "timeout", "retries"}), where)
        test = body.get("test")
        if not isinstance(test, list) or len(test) < 2 or test[0] != "CMD":
            raise self.error(f"{where}.test", f"must be [CMD, word, ...], is {shown(test)}")
        retries = self.kinds.number(body.get("retries", 40), f"{where}.retries")
        times = {key: self.kinds.seconds(body[key], f"{where}.{key}") for key in ("interval", "timeout") if key in body}
        return Health(self.kinds.words(test[1:], f"{where}.test"), retries=retries, **times)

    def check(self, hosts: Mapping[str, Host], networks: Mapping[str, Network]) -> None:
        bridges = (network for network in networks.values() if network.bridge)
        taken = {(network.name, network.bridge): "the bridge" for network in bridges}
        for host in hosts.values():
            for other in (*host.after, *([host.shares] if host.shares else ())):
                if other not in hosts:
                    raise self.error(f"services.{host.name}", f"unknown service '{other}'; known: {', '.join(hosts)}")
            if host.shares and hosts[host.shares].shares:
                raise self.error(
                    f"services.{host.name}.network_mode",
                    f"'{host.shares}' has no network of its own but uses that of '{hosts[host.shares].shares}'; name a host that has one",
                )
            if not host.legs and not host.shares:
                raise self.error(f"services.{host.name}.networks", "is missing; a host needs a network or network_mode")
            for leg in host.legs:
                owner = taken.setdefault((leg.network, leg.address), host.name)
                if owner != host.name:
                    raise self.error(
                        f"services.{host.name}.networks.{leg.network}", f"{leg.address} belongs to {owner}"
                    )
        for name in hosts:
            if circle := _circle(hosts, name):
                steps = ", ".join(f"{one} waits for {other}" for one, other in pairwise(circle))
                raise self.error(f"services.{name}.depends_on", f"{steps}: nothing could start; take one of them out")


def _circle(hosts: Mapping[str, Host], start: str) -> list[str]:
    """The way from a host back to itself along what it waits for; empty where there is none."""
    before: dict[str, str] = {}
    todo = [start]
    while todo:
        name = todo.pop()
        for other in hosts[name].after:
            if other == start:
                way = [start, name]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return way[::-1] if name != start else [start, start]
            if other not in before:
                before[other] = name
                todo.append(other)
    return []


def _speakable(text: str) -> bool:
    """No lone surrogate, which YAML can write and no file or process can have."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
