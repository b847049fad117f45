"""The translation table is read from what `conntrack -L -o xml` prints (version 1.4.7 on Linux 6.18 printed these)."""

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


def flow(original: str, reply: str, about: str, layer3: str = "ipv4", layer4: str = "tcp") -> str:
    """One connection as conntrack writes it. `original`, `reply`: source, destination and their ports."""

    def way(direction: str, text: str) -> str:
        source, target, *ports = text.split()
        inner = "".join(f"<{tag}>{port}</{tag}>" for tag, port in zip(("sport", "dport"), ports, strict=False))
        return (
            f'<meta direction="{direction}"><layer3 protonum="2" protoname="{layer3}"><src>{source}</src>'
            f'<dst>{target}</dst></layer3><layer4 protonum="6" protoname="{layer4}">{inner}</layer4></meta>'
        )

    ways = way("original", original) + way("reply", reply)
    return f'<flow>{ways}<meta direction="independent">{about}<mark>0</mark><use>1</use><id>7</id></meta></flow>'


def listing(*flows: str) -> str:
    return '<?xml version="1.0" encoding="utf-8"?>\n<conntrack>\n' + "\n".join(flows) + "\n</conntrack>\n"


def test_translated_connection_shows_all_three_ends() -> None:
    """Inside is where it came from, outside where the answers go, server where it was sent to."""
    text = flow(
        "192.168.10.11 198.51.100.80 47288 8000",
        "198.51.100.80 198.51.100.2 8000 40000",
        "<state>TIME_WAIT</state><timeout>119</timeout>",
    )
    assert parse(listing(text), KNOWN) == [
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
        "<state>ESTABLISHED</state><timeout>431999</timeout>",
    )
    (row,) = parse(listing(text), KNOWN)
    assert (row.client, row.outside, row.server) == (None, None, "198.51.100.80:8000")


def test_other_protocols_and_ipv6_are_read_the_same_way() -> None:
    """UDP has no state, ICMP no ports, an IPv6 endpoint its brackets."""
    udp = flow("192.168.10.11 198.51.100.80 46281 53", "198.51.100.80 198.51.100.2 53 40002", "<timeout>29</timeout>",
               layer4="udp")  # fmt: skip
    icmp = flow("192.168.10.11 198.51.100.80", "198.51.100.80 198.51.100.2", "<timeout>9</timeout>", layer4="icmp")
    six = flow("fd00::11 fd01::80 49936 8000", "fd01::80 fd01::1 8000 40003", "<timeout>5</timeout>", layer3="ipv6")
    assert parse(listing(six, udp, icmp), KNOWN) == [
        Translation("icmp", "alice", "192.168.10.11", "198.51.100.2", "198.51.100.80", None, 9),
        Translation("udp", "alice", "192.168.10.11:46281", "198.51.100.2:40002", "198.51.100.80:53", None, 29),
        Translation("tcp", "carol", "[fd00::11]:49936", "[fd01::1]:40003", "[fd01::80]:8000", None, 5),
    ]


def test_connections_within_the_gateway_are_left_out() -> None:
    """An engine may look things up over the loopback interface; that is nobody's connection."""
    text = flow("127.0.0.1 127.0.0.11 40000 53", "127.0.0.11 127.0.0.1 53 40000", "<timeout>9</timeout>", layer4="udp")
    assert parse(listing(text), KNOWN) == []


def test_empty_table_is_an_empty_list() -> None:
    """conntrack prints no XML at all then."""
    assert parse("", KNOWN) == []
    assert parse(listing(), KNOWN) == []


def test_names_are_those_of_the_lab_without_its_domain() -> None:
    """Comments and other domains are passed over; two addresses may have one name."""
    assert names(HOSTS) == {
        "198.51.100.2": "home-gateway",
        "192.168.10.11": "alice",
        "10.20.0.31": "alice",
        "192.168.10.12": "bob",
        "fd00::11": "carol",
    }
