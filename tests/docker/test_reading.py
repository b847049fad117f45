"""Our reading of the lab's file against the reference: what `docker compose config` makes of it."""

import json
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from cookielab.engines import compose
from cookielab.lab import state as labs
from cookielab.topology import composefile
from cookielab.topology.records import Health, Host, Leg, Network, Publish, Topology
from tests.labs import ROOT

pytestmark = pytest.mark.docker

MOVED = {
    "LAB_NAME": "elsewhere",
    "LAB_PUBLIC_NET": "198.18.7",
    "LAB_HOME_NET": "192.168.77",
    "LAB_OFFICE_NET": "10.77.0",
    "LAB_MITMWEB_PORT": "18081",
    "LAB_WEB_PORTS": "18000-18006",
    "LAB_NAT_KIND": "random",
    "LAB_CAPTURE": "off",
    "LAB_MITMWEB_PASSWORD": "with $ and 'quotes'",
    "LAB_BACKEND_NET": "10.88.0",
    "LAB_STORE": "sqlite",
}


def reference(topology: Topology) -> dict[str, Any]:
    """The file as Compose reads it. It prints it in a form that it could read again, with every $ doubled."""
    text = compose.run(topology, "config", "--format", "json")
    document: dict[str, Any] = json.loads(text.replace("$$", "$"))
    return document


def seconds(duration: str) -> float:
    """Compose writes 500ms, 2s, 1m30s."""
    minutes, _, rest = (
        duration.rpartition("m") if "m" in duration and not duration.endswith("ms") else ("", "", duration)
    )
    value = float(rest.removesuffix("ms")) / 1000 if rest.endswith("ms") else float(rest.removesuffix("s"))
    return 60 * float(minutes or 0) + value


def health(body: Mapping[str, Any]) -> Health:
    return Health(
        tuple(body["test"][1:]), seconds(body["interval"]), seconds(body["timeout"]), int(body["retries"])
    )  # fmt: skip


def host(name: str, body: Mapping[str, Any]) -> Host:
    """A service as Compose reports it, in our words."""
    legs = body.get("networks", {}).items() if "network_mode" not in body else ()
    return Host(
        name=name,
        legs=tuple(sorted((Leg(net, ip_address(leg["ipv4_address"])) for net, leg in legs), key=str)),
        shares=body.get("network_mode", "").removeprefix("service:") or None,
        command=tuple(body["command"]) if body["command"] else None,
        environment=body.get("environment", {}),
        names={
            name: ip_address(address) for name, _, address in (x.partition("=") for x in body.get("extra_hosts", ()))
        },
        sysctls={key: str(value) for key, value in body.get("sysctls", {}).items()},
        capabilities=frozenset(body.get("cap_add", ())),
        health=health(body["healthcheck"]) if "healthcheck" in body else None,
        after=tuple(sorted(body.get("depends_on", ()))),
        published=tuple(
            Publish(port["host_ip"], int(port["published"]), port["target"]) for port in body.get("ports", ())
        ),
    )


def ours(read: Host) -> Host:
    """Our host with what has no order in Compose put into one; Compose counts a shared stack as a dependency."""
    return Host(
        read.name,
        tuple(sorted(read.legs, key=str)),
        read.shares,
        read.command,
        read.environment,
        read.names,
        read.sysctls,
        read.capabilities,
        read.health,
        tuple(sorted({*read.after, *filter(None, [read.shares])})),
        read.published,
    )


@pytest.mark.parametrize("store", labs.STORES)
@pytest.mark.parametrize("environment", [{}, MOVED], ids=["defaults", "everything moved"])
def test_compose_reads_the_same_lab(environment: dict[str, str], store: str) -> None:
    """Name, networks and every field of every host that we read, with the file's defaults and with all of them changed.

    And so with the overlay of each store: we merge the two files as Compose does.
    """
    topology = labs.load(store, ROOT / composefile.DEFAULT, environment)
    expected = reference(topology)

    assert topology.name == expected["name"]
    assert {name: (net.subnet, net.bridge) for name, net in topology.networks.items()} == {
        name: (ip_network(body["ipam"]["config"][0]["subnet"]), ip_address(body["ipam"]["config"][0]["gateway"]))
        for name, body in expected["networks"].items()
    }
    assert topology.hosts.keys() == expected["services"].keys()
    for name, body in expected["services"].items():
        assert ours(topology.hosts[name]) == host(name, body)


def test_the_comparison_would_notice() -> None:
    """Each field of a host that the file uses differs from an empty one in at least one host of the reference."""
    expected = reference(composefile.load(ROOT / composefile.DEFAULT, {}))
    hosts = [host(name, body) for name, body in expected["services"].items()]
    for field in (
        "legs",
        "shares",
        "command",
        "environment",
        "names",
        "sysctls",
        "capabilities",
        "health",
        "after",
        "published",
    ):
        assert any(getattr(one, field) for one in hosts), field
    assert Network("home", ip_network("192.168.10.0/24")).bridge is None


def test_compose_sees_the_labs_variables_and_no_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The user's shell may hold variables that would move the lab or its file; a CA bundle for other programs is used."""
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    for name, value in {"LAB_HOME_NET": "1.2.3", "COMPOSE_FILE": "other.yaml", "PIP_CERT": str(bundle)}.items():
        monkeypatch.setenv(name, value)
    topology = composefile.load(ROOT / composefile.DEFAULT, {"LAB_NAME": "mine"})
    values = compose.environment(topology, {"LAB_SOURCES": "abc"})
    assert {key: value for key, value in values.items() if key.startswith(("LAB_", "COMPOSE_"))} == {
        "LAB_NAME": "mine",
        "LAB_SOURCES": "abc",
        "LAB_CA_BUNDLE": str(bundle),
    }
