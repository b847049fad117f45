"""An interface is found by its address, in whatever order the machine lists them."""

import json
import shutil
from typing import Any

import pytest

from nat import interfaces
from nat.command import GatewayError

NEEDS_IP = pytest.mark.skipif(
    not shutil.which("ip"), reason="the program ip is not installed (apt-get install iproute2)"
)


def interface(name: str, *addresses: str) -> dict[str, Any]:
    """One interface as `ip -json address` lists it, without what does not matter here."""
    families = ("inet6" if ":" in address else "inet" for address in addresses)
    pairs = zip(families, addresses, strict=True)
    return {"ifname": name, "operstate": "UP", "addr_info": [{"family": each, "local": own} for each, own in pairs]}


def test_addresses_of_both_families_lead_to_their_interface() -> None:
    listing = [
        interface("lo", "127.0.0.1", "::1"),
        interface("eth1", "192.168.10.1", "FD00:0::1", "fe80::1"),
        interface("eth0", "198.51.100.2", "198.51.100.16"),
    ]
    assert interfaces.addresses(json.dumps(listing)) == {
        "127.0.0.1": "lo",
        "::1": "lo",
        "192.168.10.1": "eth1",
        "fd00::1": "eth1",
        "fe80::1": "eth1",
        "198.51.100.2": "eth0",
        "198.51.100.16": "eth0",
    }


def test_interfaces_without_addresses_are_no_obstacle() -> None:
    """A bridge that is down lists no address; a tunnel may list one that is not its own."""
    listing = [{"ifname": "ifb0"}, interface("br0"), {"ifname": "tun0", "addr_info": [{"family": "inet"}]}]
    assert interfaces.addresses(json.dumps(listing)) == {}


@NEEDS_IP
def test_present_addresses_are_found_at_once() -> None:
    """On this very machine: the loopback interface has its address."""
    assert interfaces.find({"LAN": "127.0.0.1"}) == {"LAN": "lo"}


@NEEDS_IP
def test_absent_address_is_named_with_those_that_are_there() -> None:
    """No wait, no interface with it: the message names the variable, its value and what the machine has instead."""
    with pytest.raises(GatewayError) as caught:
        interfaces.find({"LAN": "127.0.0.1", "WAN": "203.0.113.254"})
    start, _, rest = str(caught.value).partition("(there are: ")
    there, _, remedy = rest.partition("); ")
    assert start == "WAN=203.0.113.254: no interface has this address "
    assert "127.0.0.1 on lo" in there.split(", ")
    assert remedy == "attach the machine to that network or correct WAN"


@NEEDS_IP
def test_waiting_for_an_address_ends_at_the_deadline() -> None:
    with pytest.raises(GatewayError, match=r"^WAN=203\.0\.113\.254: no interface has this address after 0\.05 s "):
        interfaces.find({"WAN": "203.0.113.254"}, seconds=0.05)
