"""No short cut: a client reaches the server through its gateway and not otherwise, and nobody reaches a client uninvited.

Roads that a client cannot take because it may not change its routes are tried as well, with the right to do so.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cookielab.engines.base import Engine
from cookielab.engines.process import Process, output

CLIENTS = ("alice", "bob", "carol", "dave")
DOOR = 7777
VISIT = "import urllib.request as web; print(web.urlopen('http://server.lab.test:8003/', timeout=9).read().decode())"
LISTEN = f"""
import socket
with socket.create_server(('', {DOOR})) as door:
    print('listening', flush=True)
    while True:
        door.accept()[0].close()
"""


@pytest.fixture(autouse=True)
def _capture_off(lab: Engine) -> Iterator[None]:
    """mitmproxy would answer in the place of every server; a road must be tried without it."""
    gateway = ["python", "-m", "nat.gateway", "capture"]
    output(lab.spawn("home-gateway", [*gateway, "off"], privileged=True))
    yield
    output(lab.spawn("home-gateway", [*gateway, "mitm"], privileged=True))


@pytest.fixture
def door(lab: Engine) -> Iterator[Process]:
    """A program at alice that waits for connections on all of her addresses."""
    with lab.spawn("alice", ["python", "-c", LISTEN]) as process:
        assert process.readline(10.0) == "listening"
        yield process


def reaches(lab: Engine, host: str, address: object, port: int = DOOR) -> bool:
    """Whether a TCP connection comes about within a second."""
    with lab.spawn(host, ["timeout", "1", "bash", "-c", f"exec 3<>/dev/tcp/{address}/{port}"]) as process:
        return process.wait(10.0) == 0


@contextmanager
def road(lab: Engine, host: str, target: object, via: object) -> Iterator[None]:
    """For a while `host` sends what is meant for `target` to a neighbour of its choice."""
    words = [f"{target}", "via", f"{via}"]
    output(lab.spawn(host, ["ip", "route", "add", *words], privileged=True))
    try:
        yield
    finally:
        output(lab.spawn(host, ["ip", "route", "delete", *words], privileged=True))


@pytest.mark.parametrize("client", CLIENTS)
def test_the_only_way_out_is_the_gateway(lab: Engine, client: str) -> None:
    """The default route names the gateway, and there is no other."""
    routes = output(lab.spawn(client, ["ip", "-4", "route", "show", "default"])).splitlines()
    assert [line.split()[:3] for line in routes] == [["default", "via", lab.topology.host(client).gateway]]
    server = lab.topology.host("server").on("public")
    way = output(lab.spawn(client, ["ip", "-o", "route", "get", str(server)]))
    assert f"{server} via {lab.topology.host(client).gateway} " in way
    assert output(lab.spawn(client, ["ip", "-6", "route", "show", "default"])) == ""


@pytest.mark.parametrize("client", CLIENTS)
def test_the_server_logs_the_gateway(lab: Engine, client: str) -> None:
    """Both the reply and the server's own log hold the public address of the client's gateway."""
    public = str(lab.topology.gateway_of(client).on("public"))
    seen = json.loads(output(lab.spawn(client, ["python", "-c", VISIT])))["seen_from"]
    assert seen.rpartition(":")[0] == public
    requests = [json.loads(line) for line in lab.logs("server").splitlines() if line.startswith("{")]
    assert [line for line in requests if line.get("client") == seen and line["handler"] == "by_address"]


@pytest.mark.parametrize("client", CLIENTS)
def test_clients_hold_no_capability(lab: Engine, client: str) -> None:
    """None now, none through a setuid program, none to be inherited."""
    text = output(lab.spawn(client, ["cat", "/proc/self/status"]))
    status = dict(line.split(":\t") for line in text.splitlines() if ":\t" in line)
    assert {key: int(value, 16) for key, value in status.items() if key.startswith("Cap")} == dict.fromkeys(
        ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), 0
    )
    assert status["NoNewPrivs"] == "1"


@pytest.mark.parametrize("attempt", [
    ["ip", "route", "add", "198.18.255.0/24", "dev", "lo"],
    ["ip", "link", "set", "lo", "down"],
    ["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"],
    ["python", "-c", "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)"],
])  # fmt: skip
def test_clients_cannot_change_the_network(lab: Engine, attempt: list[str]) -> None:
    with lab.spawn("alice", attempt) as process:
        assert process.wait(10.0) != 0, process.describe("it was allowed")


def test_neighbours_reach_each_other(lab: Engine, door: Process) -> None:
    """The positive control of all that follows: the door is open."""
    assert reaches(lab, "bob", lab.topology.host("alice").on("home"))


def test_the_public_side_does_not_reach_a_client(lab: Engine, door: Process) -> None:
    """1. not by itself 2. not over the home gateway 3. not over the user's machine, where that is on the network
    4. not by the gateway's own address."""
    alice, gateway = lab.topology.host("alice").on("home"), lab.topology.host("home-gateway").on("public")
    for stranger in ("server", "office-gateway"):
        assert not reaches(lab, stranger, alice), stranger
        assert not reaches(lab, stranger, gateway), stranger
    for neighbour in (gateway, lab.topology.networks["public"].bridge):
        with road(lab, "office-gateway", alice, neighbour):
            assert not reaches(lab, "office-gateway", alice), f"over {neighbour}"


def test_the_office_does_not_reach_the_home(lab: Engine, door: Process) -> None:
    """1. not by itself 2. not over the office gateway 3. not over alice's own second leg, which is no router."""
    alice, bob = lab.topology.host("alice"), lab.topology.host("bob")
    assert not reaches(lab, "dave", alice.on("home"))
    with road(lab, "dave", alice.on("home"), lab.topology.host("office-gateway").on("office")):
        assert not reaches(lab, "dave", alice.on("home"))
    with lab.spawn("bob", ["python", "-c", LISTEN]) as process:
        assert process.readline(10.0) == "listening"
        with (
            road(lab, "dave", bob.on("home"), alice.on("office")),
            road(lab, "bob", lab.topology.host("dave").on("office"), alice.on("home")),
        ):
            assert not reaches(lab, "dave", bob.on("home")), "over alice"


def test_the_users_machine_is_no_way_around_the_gateway(lab: Engine) -> None:
    """1. the control: over the gateway the server is reached 2. over the machine, where that is on the network, not."""
    server, machine = lab.topology.host("server").on("public"), lab.topology.networks["home"].bridge
    assert reaches(lab, "alice", server, 8000)
    with road(lab, "alice", server, machine):
        assert not reaches(lab, "alice", server, 8000)
