"""What this machine uses already, and how a message tells the way out. No engine is needed to find out."""

import re
from ipaddress import ip_network
from pathlib import Path

import pytest

from cookielab.engines import preflight
from cookielab.errors import LabError
from cookielab.lab import state as labs
from cookielab.topology import composefile
from cookielab.topology.records import Topology

ROOT = Path(__file__).parents[3]
COMPANY = preflight.Taken(ip_network("10.0.0.0/8"), "the route 10.0.0.0/8 of this machine (on tun0)")


@pytest.fixture
def lab() -> Topology:
    return composefile.load(ROOT / composefile.DEFAULT, {})


def test_a_wider_range_counts(lab: Topology) -> None:
    """A company's 10/8 covers the office; the example is outside of it."""
    with pytest.raises(LabError) as caught:
        preflight.check_ranges(lab, others=[COMPANY])
    assert re.sub(r"(\d+\.){2}\d+$", "OCTETS", str(caught.value)) == (
        "network office (10.20.0.0/24) overlaps the route 10.0.0.0/8 of this machine (on tun0); set LAB_OFFICE_NET to the "
        "first three octets of a free range, for example LAB_OFFICE_NET=OCTETS"
    )
    assert not str(caught.value).partition("example LAB_OFFICE_NET=")[2].startswith("10.")


def test_the_range_of_an_overlay_has_its_variable_in_that_file() -> None:
    lab = labs.load("redis", ROOT / composefile.DEFAULT, {})
    with pytest.raises(LabError, match=r"^network backend .*; set LAB_BACKEND_NET to the first three octets"):
        preflight.check_ranges(lab, others=[preflight.Taken(ip_network("10.30.0.0/16"), "10.30/16 (on tun0)")])


def test_what_the_lab_itself_uses_does_not_count(lab: Topology) -> None:
    preflight.check_ranges(lab, ours=[network.subnet for network in lab.networks.values()], others=[COMPANY])


def test_routes_to_the_rest_of_the_world_do_not_count() -> None:
    """Neither the default route nor the two halves of it that a VPN sets."""
    assert all(use.subnet.prefixlen >= 8 for use in preflight.routes())


def test_without_the_ip_command_the_kernel_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways see the same routes; the command knows more tables than the main one."""
    by_command = {use.subnet for use in preflight.routes()}
    monkeypatch.setenv("PATH", "/nonexistent")
    by_kernel = {use.subnet for use in preflight.routes()}
    assert by_kernel <= by_command


@pytest.mark.parametrize(("port", "remedy"), [
    (8081, "free it, or choose another with LAB_MITMWEB_PORT, for example LAB_MITMWEB_PORT=18081"),
    (8003, "free it, or choose another with LAB_WEB_PORTS, for example LAB_WEB_PORTS=18000-18006"),
    (9999, f"free it, or change it in {ROOT / composefile.DEFAULT}"),
])  # fmt: skip
def test_a_port_is_moved_by_its_variable(lab: Topology, port: int, remedy: str) -> None:
    assert preflight.port_remedy(lab, port) == remedy
