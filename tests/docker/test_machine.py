"""The machine's own networks and ports come first: a lab that would take one of them is refused before it starts."""

import os
import re
import socket
from collections.abc import Iterator

import pytest

from cookielab.engines import preflight
from cookielab.engines.docker import DockerEngine
from cookielab.errors import LabError
from cookielab.topology import composefile
from tests.docker.small import Ground, docker, free_range, left
from tests.labs import ROOT

pytestmark = pytest.mark.docker


@pytest.fixture
def foreign(ground: Ground) -> Iterator[str]:
    """A network of somebody else on this Docker, by the first three octets of its range."""
    octets, name = free_range("198.19"), f"{ground.name}-foreign"
    docker("network", "create", "--subnet", f"{octets}.0/24", name)
    yield octets
    docker("network", "rm", name)


def real_lab(ground: Ground, **variables: str) -> DockerEngine:
    """The lab of the repository, somewhere else than a user would have it."""
    moved = {
        "LAB_NAME": ground.name,
        "LAB_PUBLIC_NET": ground.octets,
        "LAB_HOME_NET": free_range("192.168"),
        "LAB_OFFICE_NET": free_range("10.231"),
        "LAB_MITMWEB_PORT": "28081",
        "LAB_WEB_PORTS": "28000-28006",
    }
    return ground.engine(ROOT / composefile.DEFAULT, **{**moved, **variables})


def test_a_range_of_another_network_is_refused(ground: Ground, foreign: str) -> None:
    """The message names both, and the variable; nothing is started, and the other network stays."""
    engine = real_lab(ground, LAB_OFFICE_NET=foreign)
    with pytest.raises(LabError) as caught:
        engine.up()
    message = str(caught.value)
    example = re.search(r"LAB_OFFICE_NET=([\d.]+)$", message)
    assert example
    assert re.sub(r" \(on br-\w+\)", "", message) == (
        f"network office ({foreign}.0/24) overlaps the route {foreign}.0/24 of this machine; "
        f"set LAB_OFFICE_NET to the first three octets of a free range, for example LAB_OFFICE_NET={example[1]}"
    )
    assert left(ground.name) == []
    assert f"{ground.name}-foreign" in docker("network", "ls", "--format", "{{.Name}}")
    preflight.check_ranges(real_lab(ground, LAB_OFFICE_NET=example[1]).topology)  # and the example is free indeed


def test_a_range_that_only_docker_knows_is_refused(ground: Ground) -> None:
    """A network without an address on the machine has no route there."""
    octets, name = free_range("198.19"), f"{ground.name}-sealed"
    quiet = ("--opt", "com.docker.network.bridge.inhibit_ipv4=true")
    docker("network", "create", "--subnet", f"{octets}.0/24", *quiet, name)
    try:
        with pytest.raises(LabError, match=rf"overlaps the range {octets}.0/24 of Docker's network {name};"):
            real_lab(ground, LAB_OFFICE_NET=octets).up()
    finally:
        docker("network", "rm", name)


def test_the_same_range_twice_is_for_the_other_engine(ground: Ground) -> None:
    engine = real_lab(ground, LAB_OFFICE_NET=ground.octets)
    with pytest.raises(LabError) as caught:
        engine.up()
    assert str(caught.value) == (
        f"networks public ({ground.octets}.0/24) and office ({ground.octets}.0/24) overlap, which Docker refuses; "
        "the netns engine can do that (ENGINE=netns), or set LAB_PUBLIC_NET to another range"
    )


def test_a_port_that_is_taken_is_named(ground: Ground) -> None:
    """Somebody else listens where mitmweb is to be: the message names the port, who has it, and the variable."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LabError) as caught:
            real_lab(ground, LAB_MITMWEB_PORT=str(port)).up()
    assert re.sub(r"process \d+ \(.*?\)", "process", str(caught.value)) == (
        f"127.0.0.1:{port}, where home-gateway is to be reached, is in use on this machine by process; "
        "free it, or choose another with LAB_MITMWEB_PORT, for example LAB_MITMWEB_PORT=18081"
    )
    assert f"process {os.getpid()} " in str(caught.value)
    assert left(ground.name) == []
