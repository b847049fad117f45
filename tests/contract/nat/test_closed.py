"""What the gateway keeps closed: the clients from outside, mitmweb from the LAN."""

from collections.abc import Iterator

import pytest

from tests.contract.nat.witness import FIRST, HOME, OFFICE, Lab, Probe, Witness, measuring, nat, run

RELAY = "127.0.81.1"
MITMWEB = "_mitmproxy_xsrf"
"""A cookie of mitmweb's user interface; mitmproxy's own error pages have none."""


@pytest.fixture(scope="module")
def measured(lab: Lab) -> Iterator[Witness]:
    with measuring(lab) as witness:
        yield witness


@pytest.fixture
def witness(measured: Witness) -> Iterator[Witness]:
    nat(measured.lab, "capture", "off")
    yield measured
    measured.rest()


@pytest.fixture
def gateway(witness: Witness) -> Iterator[Probe]:
    """A mouth within the gateway, where mitmproxy lives; capture is on."""
    nat(witness.lab, "set", "port-preserving")
    nat(witness.lab, "capture", "mitm")
    with Probe(witness.lab, HOME) as probe:
        if MITMWEB not in probe.say(("127.0.0.1", 8081), page("127.0.0.1:8081"), **{"from": (RELAY, 0)}):
            pytest.skip("this lab runs without mitmweb: bring it up with capture mode mitm")
        yield probe


def page(host: str, target: str = "/") -> str:
    return f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"


def inside(witness: Witness, client: str) -> str:
    """A client's own address: what the table says of a connection of that client."""
    witness.clients[client].connect((witness.near, FIRST), **{"from": 21000})
    row = next(row for row in nat(witness.lab, "table") if row["client"] == client)
    return str(row["inside"]).rpartition(":")[0]


@pytest.mark.parametrize("kind", ["port-preserving", "per-connection"])
def test_nobody_on_the_public_side_reaches_a_client_uninvited(witness: Witness, kind: str) -> None:
    """Not through the public ip:port that the client is using, nor at any other port of the gateway."""
    nat(witness.lab, "set", kind)
    alice = witness.clients["alice"]
    alice.listen(21100)
    outside, _, port = alice.connect((witness.near, FIRST), **{"from": 21101}).rpartition(":")
    assert (port, alice.ask(0)) == ("21101", f"{outside}:{port}")
    for stranger in (witness.server, witness.office):
        for target in ((outside, 21101), (outside, 21100), (witness.public, 22), (witness.public, 8080)):
            assert stranger.connect(target, timeout=0.5) == "TimeoutError", target
    assert alice.ask(0) == f"{outside}:{port}"


def test_private_address_is_of_no_use_to_a_neighbour_who_knows_the_way(witness: Witness) -> None:
    """Even with a route through the home gateway, the office does not get to Alice's private address."""
    home = inside(witness, "alice")
    witness.clients["alice"].listen(21150)
    run(witness.lab, OFFICE, ["ip", "route", "add", home, "via", witness.public])
    try:
        assert witness.office.connect((home, 21150), timeout=0.5) == "TimeoutError"
    finally:
        run(witness.lab, OFFICE, ["ip", "route", "delete", home, "via", witness.public])


def test_an_address_that_is_not_the_lans_gets_nowhere(witness: Witness) -> None:
    """Who has roamed still speaks from the other network for a moment: it takes no port, and the table has no line."""
    nat(witness.lab, "set", "port-preserving")
    foreign = "10.99.99.9"
    run(witness.lab, "alice", ["ip", "address", "add", f"{foreign}/32", "dev", "lo"], privileged=True)
    try:
        assert (
            witness.clients["alice"].connect((witness.near, FIRST), timeout=1.0, **{"from": (foreign, 21250)})
            == "TimeoutError"
        )
        assert [row["inside"] for row in nat(witness.lab, "table") if str(row["inside"]).startswith(foreign)] == []
    finally:
        run(witness.lab, "alice", ["ip", "address", "delete", f"{foreign}/32", "dev", "lo"], privileged=True)


def test_clients_of_one_lan_reach_each_other_without_the_gateway(witness: Witness) -> None:
    """The control for the test above: Alice's ear works, it is the gateway that keeps strangers away."""
    home = inside(witness, "alice")
    witness.clients["alice"].listen(21200)
    bob = inside(witness, "bob")
    assert witness.clients["bob"].connect((home, 21200), **{"from": 21201}) == f"{bob}:21201"


def test_lan_reaches_neither_mitmweb_nor_the_proxy_itself(witness: Witness, gateway: Probe) -> None:
    """Refused at once at each of the gateway's addresses, also for the office on the public side (there: silence)."""
    nat(witness.lab, "set", "per-connection")
    alice = witness.clients["alice"]
    exits = {alice.connect((witness.far, FIRST)).rpartition(":")[0] for _ in range(4)}
    for host in sorted({witness.public, *exits}):
        for port in (8080, 8081):
            assert alice.connect((host, port), timeout=2.0) == "ConnectionRefusedError", (host, port)
    assert witness.office.connect((witness.public, 8081), timeout=0.5) == "TimeoutError"
    assert witness.office.connect((exits.pop(), 8081), timeout=0.5) == "TimeoutError"


def test_capture_sends_the_lan_through_mitmproxy(witness: Witness, gateway: Probe) -> None:
    """The control for the tests below: in capture mode mitm the table has no outside for what mitmproxy took."""
    alice = witness.clients["alice"]
    reply = alice.say((witness.near, FIRST), page("server.lab.test"), **{"from": 21300})
    assert f"\r\n\r\n{witness.public}:" in reply
    row = next(row for row in nat(witness.lab, "table") if row["inside"].endswith(":21300"))
    assert row["outside"] is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "PUBLIC", RELAY, "[::1]"])
def test_proxy_does_not_carry_a_client_to_mitmweb(witness: Witness, gateway: Probe, host: str) -> None:
    """Neither by Host header nor by an absolute address, which go where they were sent; nor by CONNECT."""
    place = f"{witness.public if host == 'PUBLIC' else host}:8081"
    alice, server = witness.clients["alice"], (witness.near, FIRST)
    for request in (page(place), page(place, f"http://{place}/")):
        assert f"\r\n\r\n{witness.public}:" in alice.say(server, request), request
    tunnel = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n"
    reply = alice.say(server, tunnel + page(place))
    assert reply.startswith("HTTP/1.1 400 ")
    assert MITMWEB not in reply


def test_processes_of_the_gateway_do_not_reach_mitmweb_but_by_the_relays_address(
    witness: Witness, gateway: Probe
) -> None:
    """mitmproxy is such a process: whatever it is made to connect to, mitmweb and its own port refuse it."""
    for host in ("127.0.0.1", RELAY, witness.public):
        for port in (8080, 8081):
            assert gateway.connect((host, port), timeout=1.0) == "ConnectionRefusedError", (host, port)
