"""The translation table is what the kernel knows of connections, seen from the lab."""

from nat.tracking import Flow, Way
from nat.translations import Translation, names, parse

HOSTS = """127.0.0.1 localhost
# the lab
198.51.100.2  home-gateway.lab.test
192.168.10.11 alice.lab.test alice     # her home leg
10.20.0.31    alice.lab.test
192.168.10.12 printer bob.lab.test
fd00:0:0::11  carol.lab.test

192.168.10.13 carol.example
"""
KNOWN = {"192.168.10.11": "alice", "fd00::11": "carol"}


def flow(original: str, reply: str, state: str | None, seconds: int, protocol: str = "tcp") -> Flow:
    """One connection. `original`, `reply`: source, destination and their ports."""

    def way(text: str) -> Way:
        source, target, *ports = text.split()
        return Way(source, target, (int(ports[0]), int(ports[1])) if ports else None)

    return Flow(protocol, way(original), way(reply), state, seconds)


def test_translated_connection_shows_all_three_ends() -> None:
    """Inside is where it came from, outside where the answers go, server where it was sent to."""
    text = flow(
        "192.168.10.11 198.51.100.80 47288 8000",
        "198.51.100.80 198.51.100.2 8000 40000",
        "TIME_WAIT",
        119,
    )
    assert parse([text], KNOWN) == [
        Translation(
            "tcp",
            "alice",
            "192.168.10.11:47288",
            "198.51.100.2:40000",
            "198.51.100.80:8000",
            "TIME_WAIT",
            119,
        )
    ]


def test_connection_that_the_proxy_took_has_no_outside() -> None:
    """The answers come from the gateway itself, not from the server that the client asked for."""
    text = flow(
        "192.168.10.12 198.51.100.80 60176 8000",
        "192.168.10.1 192.168.10.12 8080 60176",
        "ESTABLISHED",
        431999,
    )
    (row,) = parse([text], KNOWN)
    assert (row.client, row.outside, row.server) == (None, None, "198.51.100.80:8000")


def test_other_protocols_and_ipv6_are_read_the_same_way() -> None:
    """UDP has no state, ICMP no ports, an IPv6 endpoint its brackets."""
    udp = flow("192.168.10.11 198.51.100.80 46281 53", "198.51.100.80 198.51.100.2 53 40002", None, 29, "udp")  # fmt: skip
    icmp = flow("192.168.10.11 198.51.100.80", "198.51.100.80 198.51.100.2", None, 9, "icmp")
    six = flow("fd00::11 fd01::80 49936 8000", "fd01::80 fd01::1 8000 40003", None, 5)
    assert parse([six, udp, icmp], KNOWN) == [
        Translation("icmp", "alice", "192.168.10.11", "198.51.100.2", "198.51.100.80", None, 9),
        Translation("udp", "alice", "192.168.10.11:46281", "198.51.100.2:40002", "198.51.100.80:53", None, 29),
        Translation("tcp", "carol", "[fd00::11]:49936", "[fd01::1]:40003", "[fd01::80]:8000", None, 5),
    ]


def test_connections_within_the_gateway_are_left_out() -> None:
    """An engine may look things up over the loopback interface; that is nobody's connection."""
    text = flow("127.0.0.1 127.0.0.11 40000 53", "127.0.0.11 127.0.0.1 53 40000", None, 9, "udp")
    assert parse([text], KNOWN) == []


def test_names_are_those_of_the_lab_without_its_domain() -> None:
    """Comments and other domains are passed over; two addresses may have one name."""
    assert names(HOSTS) == {
        "198.51.100.2": "home-gateway",
        "192.168.10.11": "alice",
        "10.20.0.31": "alice",
        "192.168.10.12": "bob",
        "fd00::11": "carol",
    }
