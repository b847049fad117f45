"""What a netns lab is told about its hosts, worked out without one."""

from pathlib import Path

import pytest

from cookielab.engines import plan
from cookielab.topology import composefile
from cookielab.topology.records import Topology

ROOT = Path(__file__).parents[3]


@pytest.fixture
def lab() -> Topology:
    return composefile.load(ROOT / composefile.DEFAULT, {})


@pytest.mark.parametrize(("host", "privileged", "expected"), [
    ("alice", False, set()),
    ("alice", True, {"NET_ADMIN", "NET_RAW"}),
    ("home-gateway", False, {"NET_ADMIN", "NET_RAW"}),
    ("mitmweb", False, set()),
    ("server", False, set()),
])  # fmt: skip
def test_capabilities(lab: Topology, host: str, privileged: bool, expected: set[str]) -> None:
    """Only gateways hold any by themselves; a client's are for the engine's own steps, such as roaming."""
    assert plan.capabilities(lab.host(host), privileged=privileged) == expected


def test_names_of_a_host_that_shares_a_stack(lab: Topology) -> None:
    """It knows whom the owner of the stack knows."""
    lines = plan.names(lab, lab.host("mitmweb")).splitlines()
    names = {name: address for address, name in (line.split("\t") for line in lines)}
    assert names["server.lab.test"] == "198.51.100.80"
    assert names["home-gateway"] == str(lab.host("home-gateway").legs[0].address)


def test_environment(lab: Topology, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's language comes along; secrets, proxies and Python settings do not."""
    for key in ("AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY", "PYTHONSTARTUP", "LAB_RUN_ID"):
        monkeypatch.setenv(key, "x")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    found = plan.environment(lab.host("alice"), Path("/place"))
    assert {
        "GATEWAY",
        "HOME",
        "LANG",
        "PATH",
        "COOKIELAB",
        "PYTHONPATH",
        "PYTHONUNBUFFERED",
        "TMPDIR",
    } >= found.keys() - set(plan.KEPT)
    assert (found["LANG"], found["COOKIELAB"], found["HOME"]) == ("de_DE.UTF-8", "/place", "/run/home/alice")


def test_wiring(lab: Topology) -> None:
    """Hosts that share a stack have none of their own; each leg has its prefix."""
    wiring = plan.wiring(lab, lab.hosts.values())
    assert wiring["networks"] == ["public", "home", "office"]
    assert wiring["shares"] == {"mitmweb": "home-gateway"}
    alice = next(host for host in wiring["hosts"] if host["name"] == "alice")
    assert alice["legs"] == [
        {"network": "home", "address": "192.168.10.11", "prefix": 24},
        {"network": "office", "address": "10.20.0.31", "prefix": 24},
    ]
    assert alice["gateway"] == "192.168.10.1"


def test_python_is_the_labs_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1. by that name, which PATH leads to 2. where it has another one, as Debian's, by its place 3. nothing else changes."""
    monkeypatch.setattr(plan, "PYTHON", tmp_path / "python3.13")
    assert plan.words(("python", "-m", "nat.gateway", "python")) == [
        str(tmp_path / "python3.13"), "-m", "nat.gateway", "python"
    ]  # fmt: skip
    (tmp_path / "python").touch()
    assert plan.words(["python", "-m", "server"]) == ["python", "-m", "server"]
    assert (plan.words(("curl", "python")), plan.words(())) == (["curl", "python"], [])
