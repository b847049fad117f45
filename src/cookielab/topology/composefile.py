"""Reads a Compose file into a Topology, strictly: a key that the lab cannot honour is an error.

The subset is what `compose/lab.yaml` and its overlays need. `docker compose config` is the reference that a test
compares it with.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import yaml

from ..errors import UsageError
from . import overlay
from .records import Address, Health, Host, Leg, Network, Publish, Topology

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

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|(?P<plain>\w+)|\{(?P<name>\w+)(?:(?P<rule>:?[-?])(?P<rest>[^}]*))?\})")
_DURATION = re.compile(r"(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")


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
        name = str(top.get("name", name))
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

    def document(self, environ: Mapping[str, str]) -> dict[str, Any]:
        """The whole file, its variables replaced."""
        try:
            document = yaml.load(self.path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - both are safe
        except OSError as error:
            raise UsageError(
                f"{self.path}: cannot be read: {error.strerror}; run from the repository's root or name the file"
            ) from None
        except yaml.YAMLError as error:
            raise UsageError(f"{self.path}: is no valid YAML: {' '.join(str(error).split())}") from None
        return self.mapping(self.interpolate(document, "", environ), "")

    def error(self, where: str, what: str) -> UsageError:
        return UsageError(f"{self.path}: {where or 'top level'}: {what}")

    def mapping(self, value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.error(where, f"must be a mapping, is {value!r}")
        return {str(key): item for key, item in value.items()}

    def items(
        self, parent: Mapping[str, Any], key: str, *, needed: bool = True
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        if not parent.get(key):
            if not needed and key not in parent:
                return
            raise self.error(key, "is missing or empty; a lab needs networks and services")
        for name, body in self.mapping(parent[key], key).items():
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
        if not isinstance(value, str) or "$" not in value:
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
        bridge = self.address(config["gateway"], f"{where}.ipam.config[0].gateway") if "gateway" in config else None
        return Network(name, subnet, bridge)

    def address(self, value: Any, where: str) -> Address:
        try:
            return ip_address(str(value))
        except ValueError:
            raise self.error(where, f"'{value}' is no IP address") from None

    def host(self, name: str, body: dict[str, Any], networks: Mapping[str, Network]) -> Host:
        where = f"services.{name}"
        self.only(body, HOST_KEYS | IMAGE_KEYS, where)
        mode = str(body.get("network_mode", ""))
        if mode and not mode.startswith("service:"):
            raise self.error(f"{where}.network_mode", f"'{mode}' is not implemented; use service:<name>, or networks")
        return Host(
            name=name,
            legs=tuple(self.legs(body.get("networks", {}), f"{where}.networks", networks)),
            shares=mode.removeprefix("service:") or None,
            command=self.command(body.get("command"), f"{where}.command"),
            environment=self.pairs(body.get("environment", {}), f"{where}.environment", "="),
            names={key: self.address(value, f"{where}.extra_hosts")
                   for key, value in self.pairs(body.get("extra_hosts", {}), f"{where}.extra_hosts", ":").items()},
            sysctls=self.pairs(body.get("sysctls", {}), f"{where}.sysctls", "="),
            capabilities=frozenset(str(item) for item in body.get("cap_add", [])),
            health=self.health(body["healthcheck"], f"{where}.healthcheck") if "healthcheck" in body else None,
            after=tuple(body.get("depends_on", ())),
            published=tuple(p for item in body.get("ports", []) for p in self.ports(item, f"{where}.ports")),
        )  # fmt: skip

    def legs(self, value: Any, where: str, networks: Mapping[str, Network]) -> Iterator[Leg]:
        for name, body in self.mapping(value, where).items():
            if name not in networks:
                raise self.error(f"{where}.{name}", f"unknown network; networks of this file: {', '.join(networks)}")
            leg = self.mapping(body, f"{where}.{name}")
            self.only(leg, frozenset({"ipv4_address", "ipv6_address", "priority", "gw_priority"}), f"{where}.{name}")
            key = "ipv6_address" if "ipv6_address" in leg else "ipv4_address"
            if key not in leg:
                raise self.error(f"{where}.{name}", "needs a fixed ipv4_address: addresses are part of the story")
            address = self.address(leg[key], f"{where}.{name}.{key}")
            if address not in networks[name].subnet:
                raise self.error(f"{where}.{name}.{key}", f"{address} is not in {networks[name].subnet}")
            yield Leg(name, address)

    def command(self, value: Any, where: str) -> tuple[str, ...] | None:
        if value is None:
            return None
        if not isinstance(value, list) or not value:
            raise self.error(where, f"must be a list of words, is {value!r}; a shell line is written [sh, -c, ...]")
        return tuple(str(word) for word in value)

    def pairs(self, value: Any, where: str, separator: str) -> dict[str, str]:
        if isinstance(value, list):
            split = [str(item).partition(separator) for item in value]
            for key, found, _ in split:
                if not found:
                    raise self.error(where, f"'{key}' has no '{separator}'")
            return {key: item for key, _, item in split}
        return {key: "" if item is None else str(item) for key, item in self.mapping(value, where).items()}

    def health(self, value: Any, where: str) -> Health:
        body = self.mapping(value, where)
        self.only(body, frozenset({"test", "interval", "timeout", "retries"}), where)
        test = body.get("test")
        if not isinstance(test, list) or len(test) < 2 or test[0] != "CMD":
            raise self.error(f"{where}.test", f"must be [CMD, word, ...], is {test!r}")
        times = {key: self.seconds(body[key], f"{where}.{key}") for key in ("interval", "timeout") if key in body}
        return Health(tuple(str(word) for word in test[1:]), retries=int(body.get("retries", 40)), **times)

    def seconds(self, value: Any, where: str) -> float:
        match = _DURATION.fullmatch(str(value))
        if not match or not any(match.groups()):
            raise self.error(where, f"'{value}' is no duration; write for example 500ms, 2s or 1m30s")
        minutes, seconds, milliseconds = (float(group or 0) for group in match.groups())
        return minutes * 60 + seconds + milliseconds / 1000

    def ports(self, value: Any, where: str) -> Iterator[Publish]:
        match = re.fullmatch(r"([\d.]+):(\d+)(?:-(\d+))?:(\d+)(?:-(\d+))?", str(value))
        if not match:
            raise self.error(where, f"'{value}' must be ADDRESS:PORT:PORT, for example 127.0.0.1:8081:8081")
        first, last, inner, inner_last = (int(match[group] or match[group - 1]) for group in (2, 3, 4, 5))
        if last - first != inner_last - inner or last < first:
            raise self.error(where, f"'{value}' has ranges of different lengths")
        for offset in range(last - first + 1):
            yield Publish(match[1], first + offset, inner + offset)

    def check(self, hosts: Mapping[str, Host], networks: Mapping[str, Network]) -> None:
        bridges = (network for network in networks.values() if network.bridge)
        taken = {(network.name, network.bridge): "the bridge" for network in bridges}
        for host in hosts.values():
            for other in (*host.after, *([host.shares] if host.shares else ())):
                if other not in hosts:
                    raise self.error(f"services.{host.name}", f"unknown service '{other}'; known: {', '.join(hosts)}")
            if not host.legs and not host.shares:
                raise self.error(f"services.{host.name}.networks", "is missing; a host needs a network or network_mode")
            for leg in host.legs:
                owner = taken.setdefault((leg.network, leg.address), host.name)
                if owner != host.name:
                    raise self.error(
                        f"services.{host.name}.networks.{leg.network}", f"{leg.address} belongs to {owner}"
                    )
