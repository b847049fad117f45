"""What a run leaves behind is what happened: flows with both sides, packets, and the translation table's changes."""

import re
import struct
import warnings
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from mitmproxy.http import HTTPFlow

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what mitmproxy's own parser does with a newer library is not ours
    from mitmproxy.io import FlowReader

from cookielab.commands import choosing
from cookielab.engines.base import Engine
from cookielab.judging.events import Request
from cookielab.judging.result import Result
from cookielab.subjects import handlers
from tests.scenarios.theatre import CATALOGUE, Theatre, of

pytestmark = pytest.mark.timeout(600)  # the first test of a row plays it

HOME = ("alice", "bob", "carol")


@pytest.fixture(scope="session")
def theatre(lab: Engine, tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    return of(lab, tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def seen(theatre: Theatre) -> dict[str, Result]:
    """nat, seen by mitmproxy."""
    return theatre.row("nat", "mitm", choosing.handlers(CATALOGUE["nat"], (), whole=False))


@pytest.fixture(scope="session")
def flows(theatre: Theatre, seen: dict[str, Result]) -> list[HTTPFlow]:
    """The flows of nat, as mitmweb would load them."""
    with (theatre.folder("mitm") / "nat" / "flows.mitm").open("rb") as file:
        return [flow for flow in FlowReader(file).stream() if isinstance(flow, HTTPFlow)]


def test_every_flow_has_both_sides(theatre: Theatre, seen: dict[str, Result], flows: list[HTTPFlow]) -> None:
    """1. a flow for each request and no other 2. inside as the client had it 3. outside as the server saw it."""
    requests = [event for result in seen.values() for event in result.events if isinstance(event, Request)]
    asked = {(event.local, event.view and event.view.seen_from, event.url) for event in requests}
    kept = {(at(flow.client_conn.peername), at(flow.server_conn.sockname), flow.request.pretty_url) for flow in flows}
    assert len(flows) == len(requests)
    assert kept == asked
    public = str(theatre.engine.topology.host("home-gateway").on("public"))
    assert {outside.partition(":")[0] for _, outside, _ in kept} == {public}
    assert {inside.partition(":")[0] for inside, _, _ in kept} == {address(theatre, name) for name in HOME}


def at(name: object) -> str:
    """A socket's name as ip:port."""
    assert isinstance(name, tuple)
    return f"{name[0]}:{name[1]}"


def address(theatre: Theatre, name: str) -> str:
    return str(theatre.engine.topology.host(name).on("home"))


def test_comments_name_the_clients_and_their_way(theatre: Theatre, flows: list[HTTPFlow]) -> None:
    names = {address(theatre, name): name for name in HOME}
    for flow in flows:
        inside, outside = at(flow.client_conn.peername), at(flow.server_conn.sockname)
        assert flow.comment.startswith(f"{names[inside.partition(':')[0]]}  {inside} → {outside}  "), flow.comment


def test_a_mix_up_is_marked(seen: dict[str, Result], flows: list[HTTPFlow]) -> None:
    """Exactly the flows in which the history shows it, a note or the name of somebody else; none with the session table."""
    for handler, result in seen.items():
        port = handlers.port(handler, 0)
        marked = [
            flow for flow in flows if flow.server_conn.address and flow.server_conn.address[1] == port and flow.marked
        ]
        own = {name: {e.canary for e in requests(result) if e.person == name and e.action == "write"} for name in HOME}
        leaks = [
            event
            for event in requests(result)
            if any(canary and canary in event.body for name in HOME if name != event.person for canary in own[name])
        ]
        taken = [e for e in requests(result) if e.view and e.view.user and e.view.user != e.claims]
        assert len([flow for flow in marked if "note!" in flow.comment]) == len(leaks)
        assert len([flow for flow in marked if "taken for " in flow.comment]) == len(taken)
        assert len(marked) == len({event.seq for event in (*leaks, *taken)})
        assert bool(marked) is (handler != "session_table")


def requests(result: Result) -> list[Request]:
    return [event for event in result.events if isinstance(event, Request)]


def test_packets_of_both_sides(theatre: Theatre) -> None:
    """1. at home all packets have a private address 2. outside all have the gateway's 3. each request is in both."""
    row, folder = theatre.row("port-reuse"), theatre.folder("off") / "port-reuse"
    server = str(theatre.engine.topology.host("server").on("public"))
    public = str(theatre.engine.topology.host("home-gateway").on("public"))
    inside, outside = set(talks(folder / "home.pcap", server)), set(talks(folder / "public.pcap", server))
    assert {talk.partition(":")[0] for talk in inside} == {address(theatre, name) for name in ("alice", "bob")}
    assert {talk.partition(":")[0] for talk in outside} == {public}
    for result in row.values():
        assert inside.issuperset(event.local for event in requests(result))
        assert outside.issuperset(event.view.seen_from for event in requests(result) if event.view)


def talks(path: Path, server: str) -> Iterator[str]:
    """The ip:port of whoever sends to the server or gets something from it, in a pcap file of TCP over Ethernet."""
    data = path.read_bytes()
    assert data[:4] == bytes.fromhex("4d3cb2a1")  # little-endian, nanoseconds
    place = 24
    while place < len(data):
        length = struct.unpack_from("<I", data, place + 8)[0]
        packet = data[place + 16 : place + 16 + length]
        place += 16 + length
        if packet[12:14] == b"\x08\x00" and packet[23] == 6:
            ports = struct.unpack_from(">HH", packet, 14 + 4 * (packet[14] & 15))
            ends = [f"{IPv4Address(packet[at : at + 4])}:{port}" for at, port in zip((26, 30), ports, strict=True)]
            yield from (end for end in ends if not end.startswith(f"{server}:"))


def test_the_log_of_the_translation_table(theatre: Theatre) -> None:
    """Alice's connection and Bob's had one and the same public address and port, one after the other."""
    result = theatre.row("port-reuse")["by_endpoint"]
    log = (theatre.folder("off") / "port-reuse" / "conntrack.log").read_text()
    line = re.compile(r"\[NEW\].* src=(\S+) dst=\S+ sport=(\d+) dport=(\d+) .* src=\S+ dst=(\S+) sport=\d+ dport=(\d+)")
    port = str(handlers.port("by_endpoint", 0))
    new = [(f"{a}:{b}", f"{c}:{d}") for a, b, to, c, d in line.findall(log) if to == port]
    mapped = {(event.local, event.view.seen_from) for event in requests(result) if event.view}
    assert mapped <= set(new)
    public = theatre.engine.topology.host("home-gateway").on("public")
    reused = [inside.partition(":")[0] for inside, outside in new if outside == f"{public}:40000"]
    alice, bob = address(theatre, "alice"), address(theatre, "bob")
    assert {alice, bob} == set(reused)
    assert max(index for index, who in enumerate(reused) if who == alice) < reused.index(bob)
