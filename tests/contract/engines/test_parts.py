"""Parts of a lab come and go: the other hosts notice nothing, and what fails on the way leaves nothing behind."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cookielab.engines.base import Engine, Growing
from cookielab.engines.process import output
from cookielab.errors import LabError, UsageError
from cookielab.lab import parts
from cookielab.lab.parts import present, with_parts
from cookielab.topology.composefile import load
from cookielab.topology.records import Topology
from tests import tools

STACK = ("readlink", "/proc/self/ns/net")
EXTRA = """
services:
  extra:
    image: cookielab-gateway
    command: {command}
    networks:
      aside: {{ipv4_address: "{net}.5"}}
networks:
  aside:
    ipam:
      config: [{{subnet: "{net}.0/24", gateway: "{net}.254"}}]
"""


@pytest.fixture
def growing(lab: Engine) -> Iterator[Engine]:
    """The shared lab, which must have its usual hosts afterwards."""
    before = lab.topology
    assert isinstance(lab, Growing)
    yield lab
    assert lab.topology is before
    assert {name: state.state for name, state in lab.states().items()} == dict.fromkeys(before.hosts, "running")


def stacks(lab: Engine, hosts: Sequence[str]) -> dict[str, str]:
    return {name: output(lab.spawn(name, STACK)) for name in hosts}


def free_range(lab: Engine) -> str:
    """The first three octets of a range that is this test process's own, and not in use."""
    return lab.topology.variables["LAB_BACKEND_NET"]


def overlaid(lab: Engine, folder: Path, text: str) -> Topology:
    file = folder / "extra.yaml"
    file.write_text(text)
    return load(lab.topology.source, lab.topology.variables, [*lab.topology.overlays, file])


def test_the_other_hosts_notice_nothing(growing: Engine) -> None:
    """Their stacks are the same before, meanwhile and afterwards, and what ran there runs on. Twice, as it may come again."""
    if growing.name == "netns":
        tools.need("haproxy", "redis-server")
    hosts = list(growing.topology.hosts)
    before = stacks(growing, hosts)
    with growing.spawn("alice", ("sleep", "600")) as asleep:
        for _ in range(2):
            with present(growing, ("haproxy", "store")) as missing:
                assert missing is None
                assert stacks(growing, hosts) == before
                assert output(growing.spawn("haproxy", STACK)) not in before.values()
                reach = "import socket; print(socket.create_connection(('server.lab.test', 8000), 5).getsockname()[0])"
                seen = output(growing.spawn("haproxy", ("python", "-c", reach)))
                assert seen == str(growing.topology.host("haproxy").on("public"))
                left = growing.spawn("haproxy", ("sleep", "600"))
            assert left.wait(10.0) != 0
            with pytest.raises(UsageError, match="haproxy"):
                growing.spawn("haproxy", ("true",))
            assert stacks(growing, hosts) == before
            assert asleep.poll() is None


def test_a_network_of_its_own(growing: Engine, tmp_path: Path) -> None:
    """A part may bring networks; they go with it."""
    assert isinstance(growing, Growing)
    before, net = growing.topology, free_range(growing)
    wider = overlaid(growing, tmp_path, EXTRA.format(command="[sleep, infinity]", net=net))
    for _ in range(2):
        growing.grow(wider)
        assert growing.states()["extra"].state == "running"
        growing.shrink(before)
    growing.shrink(before)  # again: nothing to do


def test_a_part_whose_command_ends_leaves_nothing(growing: Engine, tmp_path: Path) -> None:
    """The message is that of a host that does not come up, with what it said."""
    assert isinstance(growing, Growing)
    net = free_range(growing)
    health = (
        "[sh, -c, 'echo I cannot; exit 7']\n    healthcheck: {{test: [CMD, 'false'], interval: 500ms, retries: 10}}"
    )
    text = EXTRA.replace("{command}", health).format(net=net)
    with pytest.raises(LabError) as raised:
        growing.grow(overlaid(growing, tmp_path, text))
    assert "host extra did not come up: its command ended with exit code 7" in str(raised.value)
    assert "I cannot" in str(raised.value)


def test_a_part_adds_and_changes_nothing(growing: Engine, tmp_path: Path) -> None:
    assert isinstance(growing, Growing)
    text = "services:\n  server:\n    environment: {STORE: sqlite}\n"
    with pytest.raises(UsageError) as raised:
        growing.grow(overlaid(growing, tmp_path, text))
    expected = "extra.yaml: host server would be changed, but the lab is up; a part adds hosts and networks of its own"
    assert str(raised.value) == expected


def test_a_part_that_cannot_be_wired_leaves_nothing(growing: Engine, tmp_path: Path) -> None:
    """The kernel's reason is told; afterwards the same hosts and networks can be made, so nothing of them was left."""
    if growing.name != "netns":
        pytest.skip("on Docker a container sets its own route")
    assert isinstance(growing, Growing)
    before, net = growing.topology, free_range(growing)
    text = EXTRA.format(command="[sleep, infinity]", net=net)
    lost = text.replace(
        "    networks:\n      aside", "    environment: {GATEWAY: 203.0.113.1}\n    networks:\n      aside", 1
    )
    assert lost != text
    with pytest.raises(LabError) as raised:
        growing.grow(overlaid(growing, tmp_path, lost))
    expected = (
        f"the lab '{before.name}' could not grow: host extra: default route via 203.0.113.1: Network is unreachable"
    )
    assert str(raised.value).startswith(expected)
    growing.grow(overlaid(growing, tmp_path, text))
    growing.shrink(before)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "    network_mode: service:server\n",
            "extra.yaml: host extra uses the network of server, which stays when the part goes; give it networks of its own",
        ),
        (
            '    networks: {public: {ipv4_address: "%s"}}\n    ports: ["127.0.0.1:29999:80"]\n',
            "extra.yaml: host extra publishes a port, which a part cannot do",
        ),
    ],
)
def test_what_a_part_cannot_have(growing: Engine, tmp_path: Path, text: str, why: str) -> None:
    assert isinstance(growing, Growing)
    body = text % growing.topology.networks["public"].subnet[77] if "%s" in text else text
    with pytest.raises(UsageError) as raised:
        growing.grow(overlaid(growing, tmp_path, f"services:\n  extra:\n    image: cookielab-gateway\n{body}"))
    assert str(raised.value) == why


def test_what_this_machine_lacks_is_named(growing: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed, and nothing brought up."""
    if growing.name != "netns":
        pytest.skip("on Docker the image has the programs")
    monkeypatch.setattr(parts, "search_path", lambda: "/nonexistent")
    with present(growing, ("varnish",)) as missing:
        assert str(missing) == (
            "this scenario needs more than this machine has: varnishd is not installed, "
            "a shared cache in front of the server needs it: apt-get install varnish"
        )
        assert "varnish" not in growing.topology.hosts
    assert shutil.which("python3")


def test_each_part_is_an_overlay_of_its_own_name(growing: Engine) -> None:
    for name in parts.PARTS:
        new = with_parts(growing.topology, (name,)).beyond(growing.topology)
        assert new.hosts
