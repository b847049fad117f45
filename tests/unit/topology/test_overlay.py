"""A Compose file over another: it adds hosts and networks, and changes little of what is there; all else is an error."""

from ipaddress import ip_address
from pathlib import Path

import pytest

from cookielab.errors import UsageError
from cookielab.lab import state as labs
from cookielab.topology.composefile import load
from tests.unit.topology.test_composefile import LAB, SMALL

BASE = SMALL.replace(
    "    networks: {pub",
    "    environment: [A=1, B=2]\n    extra_hosts: ['one:198.51.100.80']\n    command: [serve]\n    networks: {pub",
)
OVER = """
services:
  server:
    environment: {B: 3, C: 4}
    extra_hosts: ['two:10.30.0.90']
    sysctls: {net.ipv4.ip_forward: 0}
    networks: {backend: {ipv4_address: 10.30.0.80}}
    depends_on: {store: {condition: service_healthy}}
  store:
    networks: {backend: {ipv4_address: 10.30.0.90}}
networks:
  backend:
    ipam: {config: [{subnet: 10.30.0.0/24}]}
"""


def files(folder: Path, over: str) -> tuple[Path, Path]:
    paths = folder / "lab.yaml", folder / "over.yaml"
    for path, text in zip(paths, (BASE, over), strict=True):
        path.write_text(text)
    return paths


def test_what_an_overlay_adds_and_changes(tmp_path: Path) -> None:
    """Pairs are joined and the later value counts, legs are joined, what is not named stays."""
    base, over = files(tmp_path, OVER)
    lab = load(base, {}, [over])
    server = lab.host("server")
    assert server.environment == {"A": "1", "B": "3", "C": "4"}
    assert server.names == {"one": ip_address("198.51.100.80"), "two": ip_address("10.30.0.90")}
    assert (server.sysctls, server.command) == ({"net.ipv4.ip_forward": "0"}, ("serve",))
    assert server.after == ("store",)
    assert {leg.network: str(leg.address) for leg in server.legs} == {
        "public": "198.51.100.80",
        "backend": "10.30.0.80",
    }
    assert list(lab.hosts) == ["server", "store"]
    assert list(lab.networks) == ["public", "backend"]
    assert lab.files == (base, over)
    assert "store" not in load(base, {}).hosts


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("    sysctls:", "    command: [other]\n    sysctls:", "services.server.command: in an overlay this cannot be "
         "changed; what can is environment, sysctls, extra_hosts, networks, depends_on"),
        ("    sysctls:", "    comand: [other]\n    sysctls:", "services.server.comand: in an overlay this cannot be "
         "changed; what can is environment, sysctls, extra_hosts, networks, depends_on"),
        ("{backend: {ipv4_address: 10.30.0.80}}", "{public: {ipv4_address: 198.51.100.81}}", "services.server.networks.public: "
         "in an overlay this cannot be changed; add one of another name"),
        ("{backend: {ipv4_address: 10.30.0.80}}", "[backend]", "services.server.networks: must be a mapping where an overlay adds to it, is ['backend']"),
        ("two:10.30.0.90", "one:10.30.0.90", "services.server.extra_hosts: one is 198.51.100.80 already; Compose would "
         "keep both"),
        ("  store:\n", "  store:\n    mem_limit: 1g\n", "services.store.mem_limit: this key is not implemented; remove it"),
        ("10.30.0.90}}", "10.31.0.90}}", "services.store.networks.backend.ipv4_address: 10.31.0.90 is not in 10.30.0.0/24"),
        ("10.30.0.90}}", "10.30.0.80}}", "services.store.networks.backend: 10.30.0.80 belongs to server"),
        ("networks:\n  backend:", "networks:\n  public:", "networks.public: in an overlay this network cannot be changed; "
         "add another one"),
        ("\nservices:", "\nname: other\nservices:", "name: this key is not implemented; remove it"),
    ],
)  # fmt: skip
def test_what_cannot_be_merged_is_named(tmp_path: Path, before: str, after: str, message: str) -> None:
    """With the overlay's own file, the path in it and the key."""
    assert before in OVER
    base, over = files(tmp_path, OVER.replace(before, after, 1))
    with pytest.raises(UsageError) as caught:
        load(base, {}, [over])
    assert str(caught.value) == f"{over}: {message}"


def test_the_labs_redis() -> None:
    """It listens on a network that the server alone shares with it, has no capability, and is well before the server."""
    lab = labs.load("redis", LAB, {"LAB_BACKEND_NET": "10.1.2"})
    redis, server = lab.host("redis"), lab.host("server")
    assert [host.name for host in lab.hosts.values() if any(leg.network == "backend" for leg in host.legs)] == [
        "server",
        "redis",
    ]
    assert redis.command
    assert redis.command[:3] == ("redis-server", "--bind", "10.1.2.90")
    assert (redis.capabilities, [leg.network for leg in redis.legs]) == (frozenset(), ["backend"])
    assert (server.environment["STORE"], server.after) == ("redis://redis.lab.test:6379/0", ("redis",))
    assert str(server.names["redis.lab.test"]) == "10.1.2.90"


@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_the_other_stores_need_no_overlay(store: str) -> None:
    lab = labs.load(store, LAB, {"LAB_STORE": store})
    assert (lab.files, lab.host("server").environment) == ((LAB,), {"STORE": store})
    assert load(LAB, {}).host("server").environment == {"STORE": "memory"}
