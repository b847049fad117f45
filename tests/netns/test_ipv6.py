"""Nothing in the engine is IPv4 alone: the same lab with IPv6 addresses."""

import pytest

from cookielab.engines.process import output
from tests.netns.conftest import Workshop

pytestmark = pytest.mark.netns

SIX = """
name: test-six
services:
  server: {networks: {public: {ipv6_address: "2001:db8:1::80"}}, extra_hosts: ["alice.lab.test:2001:db8:2::11"]}
  router:
    networks: {public: {ipv6_address: "2001:db8:1::2"}, home: {ipv6_address: "2001:db8:2::1"}}
    sysctls: {net.ipv6.conf.all.forwarding: "1"}
  alice: {networks: {home: {ipv6_address: "2001:db8:2::11"}}, environment: {GATEWAY: "2001:db8:2::1"}}
networks:
  public: {ipam: {config: [{subnet: "2001:db8:1::/64"}]}}
  home: {ipam: {config: [{subnet: "2001:db8:2::/64"}]}}
"""
LISTEN = """
import socket
with socket.create_server(('2001:db8:1::80', 7000), family=socket.AF_INET6) as door:
    print('listening', flush=True)
    print(door.accept()[1][0])
"""
CALL = "import socket; print(socket.create_connection(('2001:db8:1::80', 7000), timeout=5).getsockname()[0])"


def test_a_connection_over_a_router(workshop: Workshop) -> None:
    """1. addresses can be used at once 2. the default route leads over the router 3. names resolve 4. MAC addresses too."""
    file = workshop.folder / "six.yaml"
    file.write_text(SIX)
    lab = workshop.lab(file)
    lab.up()
    output(lab.spawn("server", ["ip", "-6", "route", "add", "default", "via", "2001:db8:1::2"], privileged=True))
    with lab.spawn("server", ["python", "-c", LISTEN]) as server:
        assert server.readline(10) == "listening"
        assert output(lab.spawn("alice", ["python", "-c", CALL])) == "2001:db8:2::11"
        assert server.readline(10) == "2001:db8:2::11"
    resolve = "import socket; print(socket.getaddrinfo('alice.lab.test', 1)[0][4][0])"
    assert output(lab.spawn("server", ["python", "-c", resolve])) == "2001:db8:2::11"
    assert "02:42:00:00:00:11" in output(lab.spawn("alice", ["ip", "link"]))
