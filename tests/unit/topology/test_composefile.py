"""The Compose file is read strictly: what the lab cannot honour is an error that names file, path and key."""

from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from cookielab.errors import UsageError
from cookielab.topology.composefile import DEFAULT, load
from cookielab.topology.records import Publish

ROOT = Path(__file__).parents[3]
LAB = ROOT / DEFAULT

SMALL = """
services:
  server:
    networks: {public: {ipv4_address: 198.51.100.80}}
networks:
  public:
    ipam: {config: [{subnet: 198.51.100.0/24, gateway: 198.51.100.1}]}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "lab.yaml"
    path.write_text(text)
    return path


def complaint(tmp_path: Path, text: str, **environ: str) -> str:
    """The error's message, without the temporary folder in it."""
    with pytest.raises(UsageError) as caught:
        load(written(tmp_path, text), environ)
    return str(caught.value).removeprefix(f"{tmp_path}/")


def test_the_lab_has_the_hosts_and_addresses_of_the_design() -> None:
    """Server .80, gateways .2 and .3, three clients at home, one in the office, alice with a leg in both."""
    lab = load(LAB, {})
    assert lab.name == "cookielab"
    assert {network.name: network.subnet for network in lab.networks.values()} == {
        "public": ip_network("198.51.100.0/24"),
        "home": ip_network("192.168.10.0/24"),
        "office": ip_network("10.20.0.0/24"),
    }
    assert lab.host("server").on("public") == ip_address("198.51.100.80")
    assert [gateway.name for gateway in lab.gateways()] == ["home-gateway", "office-gateway"]
    assert [client.name for client in lab.clients()] == ["alice", "bob", "carol", "dave"]
    assert lab.gateway_of("alice").name == "home-gateway"
    assert lab.gateway_of("dave").name == "office-gateway"
    assert lab.host("alice").on("office") == ip_address("10.20.0.31")
    assert lab.stack("mitmweb").name == "home-gateway"
    assert lab.host("home-gateway").published == (Publish("127.0.0.1", 8081, 8081),)


def test_variables_move_every_range_and_port() -> None:
    """One variable a network, and no address of the default range is left behind."""
    moved = {"LAB_PUBLIC_NET": "198.18.7", "LAB_HOME_NET": "10.1.2", "LAB_OFFICE_NET": "10.3.4"}
    lab = load(
        LAB, {**moved, "LAB_MITMWEB_PORT": "18081", "LAB_NAME": "other", "LAB_WEB_PORTS": "9100-9106", "PATH": "/bin"}
    )
    assert lab.name == "other"
    assert {
        str(host.on("public")) for host in lab.hosts.values() if any(leg.network == "public" for leg in host.legs)
    } == {
        "198.18.7.80",
        "198.18.7.2",
        "198.18.7.3",
    }
    for default in ("198.51.100", "192.168.10", "10.20.0"):
        assert default not in repr(lab.hosts)
    assert lab.host("home-gateway").published[0].host_port == 18081
    assert [published.host_port for published in lab.host("server").published] == list(range(9100, 9107))
    assert "PATH" not in lab.variables
    assert lab.variables["LAB_HOME_NET"] == "10.1.2"


def test_a_host_that_does_not_exist_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(UsageError) as caught:
        load(LAB, {}).host("alise")
    assert str(caught.value) == (
        "unknown host 'alise'. Did you mean 'alice'? "
        "There are: server, home-gateway, office-gateway, mitmweb, alice, bob, carol, dave"
    )


def test_a_leg_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(UsageError, match="host bob has no leg on network 'office'; it has: home"):
        load(LAB, {}).host("bob").on("office")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (("ipv4_address: 198", "ip4_address: 198"), "services.server.networks.public.ip4_address: this key is not "
         "implemented; did you mean 'ipv4_address'?"),
        (("services:", "volumes: {}\nservices:"), "volumes: this key is not implemented; remove it"),
        (("    networks: {pub", "    mem_limit: 1g\n    networks: {pub"), "services.server.mem_limit: this key is not "
         "implemented; remove it"),
        (("100.80}", "100.300}"), "services.server.networks.public.ipv4_address: '198.51.100.300' is no IP address"),
        (("51.100.80}", "51.101.80}"), "services.server.networks.public.ipv4_address: 198.51.101.80 is not in "
         "198.51.100.0/24"),
        (("100.80}", "100.1}"), "services.server.networks.public: 198.51.100.1 belongs to the bridge"),
        (("{public: {ipv4", "{publik: {ipv4"), "services.server.networks.publik: unknown network; networks of this "
         "file: public"),
        (("100.0/24,", "100.7/24,"), "networks.public.ipam.config[0].subnet: 198.51.100.7/24 has host bits set; give a "
         "range such as 198.51.100.0/24"),
        (("    networks: {pub", "    command: python -m server\n    networks: {pub"), "services.server.command: must be "
         "a list of words, is 'python -m server'; a shell line is written [sh, -c, ...]"),
        (("    networks: {pub", "    depends_on: [ghost]\n    networks: {pub"), "services.server: unknown service "
         "'ghost'; known: server"),
        (("    networks: {pub", "    network_mode: host\n    networks: {pub"), "services.server.network_mode: 'host' is "
         "not implemented; use service:<name>, or networks"),
        (("    networks: {pub", "    ports: ['8081:8081']\n    networks: {pub"), "services.server.ports: '8081:8081' "
         "must be ADDRESS:PORT:PORT, for example 127.0.0.1:8081:8081"),
        (("    networks: {pub", "    healthcheck: {test: [CMD, a], interval: soon}\n    networks: {pub"),
         "services.server.healthcheck.interval: 'soon' is no duration; write for example 500ms, 2s or 1m30s"),
        (("198.51.100.80}", "'${WHERE:?say where}'}"), "services.server.networks.public.ipv4_address: variable WHERE is not set: "
         "say where"),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_named(tmp_path: Path, broken: tuple[str, str], message: str) -> None:
    assert broken[0] in SMALL
    assert complaint(tmp_path, SMALL.replace(*broken)) == f"lab.yaml: {message}"


def test_a_file_that_is_no_yaml_or_not_there(tmp_path: Path) -> None:
    assert complaint(tmp_path, "services: [").startswith("lab.yaml: is no valid YAML: ")
    with pytest.raises(
        UsageError, match="cannot be read: No such file or directory; put it back, or install the lab anew"
    ):
        load(tmp_path / "missing.yaml", {})


def test_keys_about_images_are_passed_over(tmp_path: Path) -> None:
    text = SMALL.replace("    networks: {pub", "    image: x\n    build: .\n    init: true\n    networks: {pub")
    assert load(written(tmp_path, text), {}).host("server").command is None


def test_ipv6_is_an_address_like_any_other(tmp_path: Path) -> None:
    """Nothing in the reader stands in the way of IPv6."""
    text = SMALL.replace("198.51.100.0/24", "2001:db8::/64").replace("198.51.100.1", "'2001:db8::1'")
    text = text.replace("ipv4_address: 198.51.100.80", "ipv6_address: '2001:db8::80'")
    assert load(written(tmp_path, text), {}).host("server").on("public") == ip_address("2001:db8::80")


@pytest.mark.parametrize(
    ("value", "environ", "result"),
    [
        ("$X", {"X": "a"}, "a"),
        ("${X}", {}, ""),
        ("${X:-b}", {"X": ""}, "b"),
        ("${X-b}", {"X": ""}, ""),
        ("$$X", {"X": "a"}, "$X"),
        ("${X:-}", {}, ""),
    ],
)
def test_interpolation_is_composes(tmp_path: Path, value: str, environ: dict[str, str], result: str) -> None:
    text = SMALL.replace("    networks: {pub", f"    environment: {{V: '{value}'}}\n    networks: {{pub")
    assert load(written(tmp_path, text), environ).host("server").environment["V"] == result
