"""What a process finds at a host of namespaces: its own network and names, and nothing of the user's machine."""

import json
import os
import resource
import socket

import pytest

from cookielab.engines import door
from cookielab.engines.netns import NetnsEngine
from cookielab.engines.process import output
from tests.netns.conftest import Workshop

pytestmark = pytest.mark.netns


@pytest.fixture
def lab(pair: NetnsEngine) -> NetnsEngine:
    pair.up()
    return pair


def told(lab: NetnsEngine, host: str, program: str) -> str:
    return output(lab.spawn(host, ["python", "-c", program]))


def test_names(lab: NetnsEngine) -> None:
    """1. a host knows itself 2. and whom the file names 3. another host does not know those."""
    resolve = "import socket; print(socket.gethostname(), socket.gethostbyname({!r}))"
    assert told(lab, "two", resolve.format("two")) == "two 198.18.0.2"
    assert told(lab, "two", resolve.format("one.lab.test")) == "two 198.18.0.1"
    assert (
        told(lab, "one", "import socket\ntry: socket.gethostbyname('one.lab.test')\nexcept OSError: print('no')")
        == "no"
    )


def test_unknown_names_fail_at_once(lab: NetnsEngine) -> None:
    """Nobody waits for a name server that is not there."""
    program = (
        "import socket, time; start = time.monotonic()\n"
        "try: socket.getaddrinfo('example.com', 80)\n"
        "except socket.gaierror: print(time.monotonic() - start < 1)"
    )
    assert told(lab, "one", program) == "True"


def test_only_the_lab_is_in_sight(lab: NetnsEngine) -> None:
    """1. only the lab's processes 2. no socket of a service of the machine 3. PID 1 is the lab's."""
    assert int(told(lab, "one", "import os; print(sum(name.isdigit() for name in os.listdir('/proc')))")) == 2
    assert told(lab, "one", "import os; print(sorted(os.listdir('/run')))") == "['cookielab', 'home']"
    assert "cookielab.engines.inside.init" in told(lab, "one", "print(open('/proc/1/cmdline').read())")


def test_the_door_cannot_be_reached_from_inside(lab: NetnsEngine) -> None:
    """A client that could talk to PID 1 could start processes with any right."""
    program = (
        f"import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
        f"try: s.connect({door.name(lab.state)!r})\nexcept ConnectionRefusedError: print('closed')"
    )
    assert told(lab, "one", program) == "closed"


def test_no_capability_means_no_way_to_the_machines_settings(lab: NetnsEngine) -> None:
    """Real root may write below /proc/sys by its user id alone; at a host it is read-only."""
    for path in ("/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/core_pattern"):
        with lab.spawn("one", ["sh", "-c", f"echo 1 >{path}"]) as process:
            assert process.wait(10) != 0


def test_no_descriptor_leaks_into_a_process(lab: NetnsEngine) -> None:
    """One of PID 1's would be a way into every host."""
    assert told(lab, "one", "import os; print(sorted(os.listdir('/proc/self/fd')))") == "['0', '1', '2', '3']"


def test_limits_are_the_users(lab: NetnsEngine) -> None:
    """PID 1 needs many descriptors, its children are not to see that."""
    limit = told(lab, "one", "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))")
    assert limit == str(resource.getrlimit(resource.RLIMIT_NOFILE))


def test_ping_needs_no_right(lab: NetnsEngine) -> None:
    """As in a container: an ICMP socket, echo request to the neighbour, echo reply."""
    program = (
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP); s.settimeout(5)\n"
        "s.sendto(bytes([8, 0, 0, 0, 0, 0, 0, 1]) + b'hello', ('198.18.0.2', 0)); print(s.recv(99)[-5:].decode())"
    )
    assert told(lab, "one", program) == "hello"


def test_addresses_can_be_read_in_captures(lab: NetnsEngine) -> None:
    """The interface has the network's name, and its MAC address the IP address in its last four bytes."""
    (link,) = (
        each for each in json.loads(output(lab.spawn("two", ["ip", "-json", "link"]))) if each["ifname"] == "lan"
    )
    assert link["address"] == "02:42:c6:12:00:02"


def test_a_thousand_descriptors(lab: NetnsEngine) -> None:
    """A command that holds more than 1,024 files works as any other: none of the waiting is done with select()."""
    soft, hard = limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 1200:
        pytest.skip(f"this user may open {hard} files (ulimit -Hn), the test needs 1,200")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    copies: list[int] = []
    try:
        with socket.socket() as some:
            while len(copies) < 1100:
                copies.append(os.dup(some.fileno()))
            assert told(lab, "one", "print('here')") == "here"
    finally:
        for copy in copies:
            os.close(copy)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


ALIKE = """
  one: {networks: {%(long)s1: {ipv4_address: 198.18.0.1}, %(long)s2: {ipv4_address: 198.18.1.1}}}
networks:
  %(long)s1: {ipam: {config: [{subnet: 198.18.0.0/24}]}}
  %(long)s2: {ipam: {config: [{subnet: 198.18.1.0/24}]}}
"""


def test_long_network_names(workshop: Workshop) -> None:
    """Linux allows 15 characters for an interface; two networks that begin alike get two names."""
    file = workshop.folder / "alike.yaml"
    file.write_text("services:" + ALIKE % {"long": "the-network-of-the-cafe-"})
    lab = workshop.lab(file)
    lab.up()
    names = told(lab, "one", "import socket; print([name for _, name in socket.if_nameindex()])")
    assert names == "['lo', 'the-network.100', 'the-network.101']"


@pytest.fixture
def routers(workshop: Workshop) -> NetnsEngine:
    """A client with legs on two networks, and a neighbour on each who uses it as a router."""
    file = workshop.folder / "routers.yaml"
    file.write_text("""
services:
  left: {networks: {a: {ipv4_address: 198.18.0.2}}, environment: {GATEWAY: 198.18.0.1}}
  middle: {networks: {a: {ipv4_address: 198.18.0.1}, b: {ipv4_address: 198.18.1.1}}}
  router: {networks: {a: {ipv4_address: 198.18.0.3}, b: {ipv4_address: 198.18.1.3}}, sysctls: {net.ipv4.ip_forward: "1"}}
  right: {networks: {b: {ipv4_address: 198.18.1.2}}, environment: {GATEWAY: 198.18.1.1}}
networks:
  a: {ipam: {config: [{subnet: 198.18.0.0/24}]}}
  b: {ipam: {config: [{subnet: 198.18.1.0/24}]}}
""")
    lab = workshop.lab(file)
    lab.up()
    return lab


def test_only_routers_forward(routers: NetnsEngine) -> None:
    """1. a host with two legs is none, whatever the machine's own ip_forward is 2. one that the file makes a router is."""
    knock = ["timeout", "1", "bash", "-c", "exec 3<>/dev/tcp/198.18.1.2/9"]
    with routers.spawn("left", knock) as process:
        assert process.wait(10) == 124, "nothing came back"
    for host, gateway in (("left", "198.18.0.3"), ("right", "198.18.1.3")):
        output(routers.spawn(host, ["ip", "route", "replace", "default", "via", gateway], privileged=True))
    with routers.spawn("left", knock) as process:
        assert process.wait(10) == 1
        assert "Connection refused" in process.stderr[-1]
