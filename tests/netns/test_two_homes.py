"""Two homes with one and the same range, down to the same address for two people: impossible on Docker."""

import json
from pathlib import Path

import pytest

from cookielab.engines.process import output
from tests.netns.conftest import Workshop

pytestmark = pytest.mark.netns

VISIT = "import urllib.request as web; print(web.urlopen('http://198.51.100.80:8003/', timeout=9).read().decode())"


def test_two_homes_with_one_range(workshop: Workshop) -> None:
    """1. the topology knows who belongs to which gateway 2. each person arrives by their own gateway's address, at the
    same time 3. the same private address is two machines 4. the office is as ever."""
    lab = workshop.lab(Path(__file__).with_name("two-homes.yaml"))
    gateways = {client.name: lab.topology.gateway_of(client.name).name for client in lab.topology.clients()}
    assert gateways == {"alice": "gateway-a", "albert": "gateway-b", "dave": "gateway-c"}
    lab.up()
    visits = {name: lab.spawn(name, ["python", "-c", VISIT]) for name in gateways}
    seen = {name: json.loads(output(visit))["seen_from"].rpartition(":")[0] for name, visit in visits.items()}
    assert seen == {"alice": "198.51.100.2", "albert": "198.51.100.3", "dave": "198.51.100.4"}
    assert {output(lab.spawn(name, ["hostname"])) for name in gateways} == set(gateways)
