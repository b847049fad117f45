"""What mitmproxy says of a connection is what the client had and the server saw, whatever redirecting it has changed."""

import json
from collections.abc import Iterator

import pytest

from tests.contract.nat.witness import FIRST, SECOND, Lab, Witness, address, measuring, nat, run

FLOWS = "/run/cookielab/flows.mitm"
READ = """
import json, sys, warnings
warnings.simplefilter("ignore")
from mitmproxy.io import FlowReader
with open(sys.argv[1], "rb") as file:
    flows = [flow for flow in FlowReader(file).stream() if flow.type == "http"]
ends = {flow.request.path: [flow.client_conn.peername, flow.server_conn.sockname] for flow in flows}
print(json.dumps({path: ["{}:{}".format(*end) for end in both] for path, both in ends.items()}))
"""


@pytest.fixture
def witness(lab: Lab) -> Iterator[Witness]:
    with measuring(lab) as witness:
        nat(lab, "set", "port-preserving")
        nat(lab, "capture", "mitm")
        yield witness
        witness.rest()


def say(witness: Witness, port: int, path: str, server: int, **details: object) -> str:
    """Alice asks from that local port; gives what the server saw, as ip:port."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: server.lab.test\r\n{'' if 'keep' in details else 'Connection: close\r\n'}\r\n"
    )
    reply = witness.clients["alice"].say((witness.near, server), request, **{"from": port}, **details)
    return reply.rpartition("\r\n")[2]


def flows(lab: Lab) -> dict[str, list[str]]:
    """By the path of a request: inside and outside, as mitmproxy has them."""
    found: dict[str, list[str]] = json.loads(run(lab, "mitmweb", ["python", "-c", READ, FLOWS]))
    return found


def test_one_local_port_towards_two_servers_is_the_same_port_in_both_flows(witness: Witness) -> None:
    """Both connections are redirected to one port of the gateway; only there must their source ports differ."""
    first = say(witness, 21500, "/first-open", FIRST, keep=True)
    second = say(witness, 21500, "/second-open", SECOND, keep=True)
    inside, found = f"{address(witness.lab, 'alice')}:21500", flows(witness.lab)
    assert {path: found[path] for path in ("/first-open", "/second-open")} == {
        "/first-open": [inside, first],
        "/second-open": [inside, second],
    }


def test_the_same_after_the_first_has_ended(witness: Witness) -> None:
    """The gateway remembers a connection for a while, and so does what it does to the next one from that port."""
    first = say(witness, 21600, "/first-ended", FIRST)
    second = say(witness, 21600, "/second-after", SECOND)
    inside, found = f"{address(witness.lab, 'alice')}:21600", flows(witness.lab)
    assert {path: found[path] for path in ("/first-ended", "/second-after")} == {
        "/first-ended": [inside, first],
        "/second-after": [inside, second],
    }
