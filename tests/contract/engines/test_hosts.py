"""Hosts and labs: what is up, what it says, how it is found, and how it is reached from the user's machine."""

import json
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from cookielab.engines.process import output
from cookielab.errors import LabError, UsageError
from tests import labs


@pytest.fixture
def second(engine_name: str, tmp_path: Path) -> Iterator[Engine]:
    """Another lab beside the shared one, not up yet."""
    engine = labs.engine(engine_name, tmp_path, part=1)
    yield engine
    engine.down()


def test_all_hosts_run(lab: Engine) -> None:
    assert lab.lacks() == []
    assert {name: state.state for name, state in lab.states().items()} == dict.fromkeys(lab.topology.hosts, "running")


def test_logs_are_what_the_hosts_command_printed(lab: Engine) -> None:
    listening = [json.loads(line) for line in lab.logs("server").splitlines() if '"listening"' in line]
    assert {8000, 8001, 8006} <= {line["port"] for line in listening}
    assert lab.logs("alice") == ""


def test_names_of_the_lab_resolve(lab: Engine) -> None:
    """Every host knows every other one by name, under the address of the topology."""
    for name in ("server", "alice", "home-gateway"):
        found = output(
            lab.spawn("bob", ["python", "-c", f"import socket; print(socket.gethostbyname('{name}.lab.test'))"])
        )
        assert found == str(lab.topology.host(name).legs[0].address)


def test_each_address_is_where_the_topology_says(lab: Engine) -> None:
    for host in ("server", "home-gateway", "office-gateway", "alice", "dave"):
        text = output(lab.spawn(host, ["python", "-c", OWN_ADDRESSES]))
        assert {str(leg.address) for leg in lab.topology.host(host).legs} <= set(text.split()), host


OWN_ADDRESSES = """
import socket
for line in open('/proc/net/fib_trie'):
    words = line.split()
    if words[0] == '|--':
        last = words[1]
    elif words[:2] == ['/32', 'host'] and words[2] == 'LOCAL' and not last.startswith('127.'):
        print(last)
"""


def test_privileged_processes_change_the_network_and_others_do_not(lab: Engine) -> None:
    """A scenario roams with it; a client's own programs cannot."""
    add = ["ip", "address", "add", "198.18.255.1/32", "dev", "lo"]
    with lab.spawn("alice", add) as process:
        assert process.wait(10.0) != 0
    output(lab.spawn("alice", add, privileged=True))
    output(lab.spawn("alice", [*add[:2], "delete", *add[3:]], privileged=True))


def test_low_ports_need_no_right(lab: Engine) -> None:
    """A server under test may listen where it does at home."""
    program = "import socket; s = socket.create_server(('', 80)); print(s.getsockname()[1])"
    assert output(lab.spawn("server", ["python", "-c", program])) == "80"


def test_the_server_is_reached_from_the_users_machine(lab: Engine) -> None:
    """A published port leads to its port inside."""
    for published in lab.topology.host("server").published[::2]:
        with urllib.request.urlopen(
            f"http://{published.host_address}:{published.host_port}/healthz", timeout=10
        ) as reply:
            assert json.load(reply)["status"] == "ok"


def test_mitmweb_is_reached_from_the_users_machine(lab: Engine) -> None:
    """It answers, and asks for its password."""
    published = lab.topology.host("home-gateway").published[0]
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"http://{published.host_address}:{published.host_port}/", timeout=10)
    caught.value.close()
    assert caught.value.code == 403


def test_up_twice(lab: Engine) -> None:
    """The second one is refused and changes nothing."""
    with pytest.raises(UsageError) as caught:
        lab.up()
    assert str(caught.value) == (
        f"the lab '{lab.topology.name}' is up already; take it down first (make lab-down), "
        "or use another one with LAB_NAME=<name>"
    )
    test_all_hosts_run(lab)


def test_two_labs_side_by_side(lab: Engine, second: Engine, engine_name: str, tmp_path: Path) -> None:
    """1. a part of the file comes up with what it needs 2. both work 3. anybody can take one down 4. the other stays."""
    second.up(["server", "mitmweb", "bob"])
    assert {name: state.state for name, state in second.states().items()} == {
        "server": "running", "home-gateway": "running", "mitmweb": "running", "bob": "running",
        "office-gateway": "absent", "alice": "absent", "carol": "absent", "dave": "absent",
    }  # fmt: skip
    with pytest.raises(LabError, match=r"^true at host alice: |^host alice is not "):
        second.spawn("alice", ["true"])
    for each in (lab, second):
        seen = json.loads(output(each.spawn("bob", ["python", "-c", VISIT])))["seen_from"]
        assert seen.startswith(f"{each.topology.host('home-gateway').on('public')}:")
    other = labs.engine(engine_name, tmp_path, part=1)
    assert other.down() != []
    assert other.down() == []
    assert {state.state for state in second.states().values()} == {"absent"}
    test_all_hosts_run(lab)


VISIT = "import urllib.request as web; print(web.urlopen('http://server.lab.test:8003/', timeout=9).read().decode())"


def test_spawn_without_a_lab(second: Engine) -> None:
    with pytest.raises(LabError, match=r"bring .* up.*make lab-up"):
        second.spawn("alice", ["true"])
    assert {state.state for state in second.states().values()} == {"absent"}


def test_a_command_that_dies_fails_the_lab(engine_name: str, tmp_path: Path) -> None:
    """1. the message names the host and holds its last words 2. nothing is left."""
    broken = labs.engine(engine_name, tmp_path, part=1, LAB_NAT_KIND="symmetrical")
    with pytest.raises(LabError, match=r"(?s)^host home-gateway did not come up: .*symmetrical"):
        broken.up()
    assert {state.state for state in broken.states().values()} == {"absent"}
    assert broken.down() == []


def test_a_port_that_is_taken(second: Engine) -> None:
    """1. the message names the port and the variable to set 2. nothing is left."""
    published = second.topology.host("server").published[3]
    with socket.create_server((published.host_address, published.host_port)), pytest.raises(LabError) as caught:
        second.up()
    text = str(caught.value)
    place = f"{published.host_address}:{published.host_port}"
    assert text.startswith(f"{place}, where server is to be reached, is in use on this machine by process "), text
    assert "; free it, or choose another with LAB_WEB_PORTS, for example LAB_WEB_PORTS=18000-18006" in text
    assert second.down() == []
