"""What a hostile server reaches from its sandbox: nothing. `hostile.py` tries every door once; each has a test here."""

import ctypes
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cookielab.engines import door
from cookielab.engines.base import Sandbox
from cookielab.engines.netns import NetnsEngine
from cookielab.errors import UsageError
from tests.subjects.isolation import hostile
from tests.subjects.isolation.conftest import ROOT, SANDBOXED

pytestmark = SANDBOXED

CANARY = "canary-5b1f0c"
WRITES = (
    "/hostile", "/etc/hostile", "/etc/cron.d/hostile", "/etc/passwd", "/usr/local/bin/hostile", "/opt/hostile", "/boot/hostile",
    "/proc/sys/kernel/core_pattern", "/proc/sys/net/ipv4/ip_forward", "/proc/sysrq-trigger", "/dev/hostile", "/sys/hostile",
    "/var/spool/cron/hostile", "/var/lib/hostile", sys.prefix + "/hostile",
)  # fmt: skip
OWN_WRITES = (
    "{folder}/server.py",
    "{folder}/new",
    "{home}/hostile",
    "/tmp/hostile",
    "/run/hostile",
    "/var/tmp/hostile",
    "/dev/shm/hostile",
)


class World:
    """A machine with secrets: a home with keys, other projects, a lab with passwords, services, and the hostile run."""

    def __init__(self, place: Path, lab: NetnsEngine, undo: ExitStack) -> None:
        self.home = place / "home"
        self.folder = self.home / "work" / "project"
        self.secrets = [
            self.home / ".ssh" / "id_ed25519", self.home / ".bash_history", self.home / "work" / "other" / "settings.py",
            self.home / "work" / "secret", self.home / ".tool" / "credentials.toml", self.home / ".tool" / ".ssh" / "key", self.folder / ".lab" / "labs" / "lab" / "lab.json",
            self.folder / "deep" / "er" / ".lab" / "password", place / "beside", lab.state / "evidence",
        ]  # fmt: skip
        for path in self.secrets:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(CANARY)
        undo.callback((lab.state / "evidence").unlink)
        (self.folder / "own").write_text(CANARY)
        (self.folder / "own").chmod(0o600)
        (self.folder / "hostile.py").write_text(Path(hostile.__file__).read_text())
        (self.folder / "server.py").write_text("mine")
        for path in (self.home, self.folder):
            path.chmod(0o700)
        self.unix = place / "service.sock"
        self.abstract = f"cookielab-hostile-{os.getpid()}"
        for name in (str(self.unix), f"\0{self.abstract}"):
            service = undo.enter_context(socket.socket(socket.AF_UNIX))
            service.bind(name)
            service.listen()
        self.port = self._listen(undo)
        self.memory = 0x10B5 + os.getpid()
        libc = ctypes.CDLL(None)
        ident = libc.shmget(self.memory, 4096, 0o1000 | 0o666)
        undo.callback(libc.shmctl, ident, 0, None)
        self.written = [text.format(home=self.home, folder=self.folder) for text in WRITES]
        self.own = [text.format(home=self.home, folder=self.folder) for text in OWN_WRITES]
        self.addresses = sorted({"127.0.0.1", "::1", *_addresses(), *_gateways(), *_bridges(lab)})
        self.cell = lab.cell("server", Sandbox(self.folder, readable=(self.home / ".tool",)))
        undo.callback(self.cell.close)
        self.found = self.play(lab)

    def _listen(self, undo: ExitStack) -> int:
        service = undo.enter_context(socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True))
        return int(service.getsockname()[1])

    def play(self, lab: NetnsEngine) -> dict[str, Any]:
        """What the hostile program says that it found."""
        task = {
            "canary": CANARY, "port": self.port, "addresses": self.addresses, "sockets": [str(self.unix), "/run/docker.sock"],
            "abstract": {"service": self.abstract, "door": door.name(lab.state).lstrip("\0")},
            "pids": [os.getpid(), os.getppid()], "writes": [*self.written, *self.own], "shared_memory": self.memory,
        }  # fmt: skip
        process = self.cell.start(("python", "hostile.py", json.dumps(task)))
        assert process.wait(60.0) == 0, process.describe("it failed")
        assert process.excerpt
        return dict(json.loads(process.excerpt.raw()))


def _addresses() -> set[str]:
    """The machine's own addresses."""
    shown = subprocess.run(("ip", "-json", "address"), capture_output=True, check=True).stdout
    every = (info["local"] for link in json.loads(shown) for info in link["addr_info"])
    return {address for address in every if not address.startswith("fe80")}


def _gateways() -> set[str]:
    shown = subprocess.run(("ip", "-json", "route"), capture_output=True, check=True).stdout
    return {route["gateway"] for route in json.loads(shown) if "gateway" in route}


def _bridges(lab: NetnsEngine) -> set[str]:
    return {str(network.bridge) for network in lab.topology.networks.values()}


@pytest.fixture(scope="module")  # what it sets counts for its tests alone
def world(lab: NetnsEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as undo, pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("world")
        patch.setenv("HOME", str(place / "home"))
        patch.setenv("SECRET_TOKEN", CANARY)
        yield World(place, lab, undo)


def test_the_doors_are_open_outside(world: World) -> None:
    """The control: what the sandbox must not reach is there, and this process reaches it."""
    assert all(CANARY in path.read_text() for path in world.secrets)
    for family, address in (
        (socket.AF_UNIX, str(world.unix)),
        (socket.AF_UNIX, f"\0{world.abstract}"),
        (socket.AF_INET, ("127.0.0.1", world.port)),
    ):
        with socket.socket(family) as link:
            link.connect(address)
    assert ctypes.CDLL(None).shmget(world.memory, 1, 0) >= 0
    assert os.environ["SECRET_TOKEN"] == CANARY


def test_it_reads_its_own_folder_and_no_other_secret(world: World) -> None:
    """Also of mode 600 in a folder of mode 700 whose owner it is not."""
    assert world.found["canaries"] == [str(world.folder / "own")]


def test_it_writes_to_its_own_places(world: World) -> None:
    assert {path: world.found[f"write {path}"] for path in world.own} == dict.fromkeys(world.own, hostile.REACHED)


def test_what_it_writes_changes_nothing(world: World) -> None:
    assert (world.folder / "server.py").read_text() == "mine"
    assert sorted(path.name for path in world.folder.iterdir()) == [".lab", "deep", "hostile.py", "own", "server.py"]
    for path in [*world.written, *world.own[1:]]:
        if path != "/etc/passwd" and not path.startswith("/proc"):
            assert not Path(path).exists(), path
    assert "hostile" not in Path("/etc/passwd").read_text()


def test_it_writes_nowhere_else(world: World) -> None:
    outcomes = {path: world.found[f"write {path}"] for path in world.written}
    assert hostile.REACHED not in outcomes.values(), outcomes


@pytest.mark.parametrize("path", [name.removeprefix("see ") for name in hostile.doors if name.startswith("see ")])
def test_what_it_does_not_see(world: World, path: str) -> None:
    assert world.found[f"see {path}"] == "ENOENT"


@pytest.mark.parametrize("call", [name for name in hostile.doors if name.startswith(("call ", "clone "))])
def test_system_calls(world: World, call: str) -> None:
    """They are refused before the kernel looks at what they want: EPERM, and not EFAULT or EINVAL."""
    assert world.found[call] == ("ENOSYS" if call == "call clone3" else "EPERM")


def test_system_calls_of_other_architectures(world: World) -> None:
    assert world.found["calls of 32-bit programs"] in ("ended", "EPERM")
    assert world.found["calls of x32 programs"] in ("ENOSYS", "EPERM")


def test_rights(world: World) -> None:
    """No capability, none to be had, no setuid program that helps."""
    keys = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    assert {key: world.found[key] for key in keys} == dict.fromkeys(keys, 0)
    assert (world.found["NoNewPrivs"], world.found["Seccomp"]) == (1, 2)
    assert world.found["a device of its own"] == "EPERM"
    assert world.found["become somebody"] in ("EPERM", "EINVAL")


def test_user(world: World) -> None:
    """Somebody whom nothing belongs to, where the lab may choose; where not, that is said."""
    if ROOT:
        assert world.found["user"] > 60_000
        assert world.found["become root"] == "EPERM"
        assert world.cell.isolation == "it runs as a user of its own, whom nothing on this machine belongs to"
    else:
        assert world.found["user"] == 0
        assert world.cell.isolation == (
            "it runs with your own user's id, because this user may map no other one; "
            "files, processes and sockets are shut off all the same"
        )


def test_processes(world: World) -> None:
    """It sees itself and the first process of its own namespace, and cannot look into that one."""
    assert world.found["processes seen"] == [1, world.found["own process"]]
    secrets = [key for key in world.found if key.startswith("the first process's ")]
    assert len(secrets) == 6
    assert {key: world.found[key] for key in secrets} == dict.fromkeys(secrets, "EACCES")
    for process in (os.getpid(), os.getppid()):
        assert world.found[f"signal {process}"] == "ESRCH"


def test_no_descriptor_of_the_lab_is_open(world: World) -> None:
    assert world.found["descriptors"] == [0, 1, 2]


def test_the_environment_holds_no_secret(world: World) -> None:
    found = world.found["environment"]
    assert "SECRET_TOKEN" not in found
    assert CANARY not in json.dumps(found)
    assert found["HOME"] == str(world.home)


def test_unix_sockets(world: World) -> None:
    """1. none is seen 2. none is reached by its path 3. nor by an abstract name, the lab's own door included."""
    assert world.found["unix sockets seen"] == []
    assert world.found[f"unix {world.unix}"] == "ENOENT"
    assert world.found["unix /run/docker.sock"] == "ENOENT"
    assert world.found["abstract service"] == "ECONNREFUSED"
    assert world.found["abstract door"] == "ECONNREFUSED"


def test_no_way_to_the_machine(world: World) -> None:
    """By no address of the machine, its gateway's, or where Docker would put the machine on the lab's networks."""
    assert len(world.addresses) > 3
    for address in world.addresses:
        assert world.found[f"connect {address}"] in (
            "ECONNREFUSED",
            "ENETUNREACH",
            "EHOSTUNREACH",
            "ETIMEDOUT",
            "EADDRNOTAVAIL",
        ), address


@pytest.mark.parametrize("kind", [name for name in hostile.doors if name.startswith("socket ")])
def test_sockets_of_other_kinds(world: World, kind: str) -> None:
    assert world.found[kind] in (("EPERM",) if kind.startswith("socket raw") else ("EAFNOSUPPORT",))


def test_other_doors(world: World) -> None:
    """1. no words into the mouth of the terminal 2. no shared memory of the machine 3. no change of the host's network
    4. it is the first to be ended where memory runs short."""
    assert world.found["keystrokes"] == "EPERM"
    assert world.found["shared memory of the machine"] == "ENOENT"
    assert world.found["network settings"] == "EPERM"
    assert world.found["out of memory first"] == "1000"


@pytest.mark.parametrize("place", ["/", "/etc", "/home", "{home}", "{home}/.."])
def test_folders_that_hold_too_much(lab: NetnsEngine, world: World, place: str) -> None:
    with pytest.raises(UsageError) as caught:
        lab.cell("server", Sandbox(Path(place.format(home=world.home))))
    assert re.fullmatch(
        r"/.* holds more than a server's own files; put the server into a folder of its own", str(caught.value)
    )


def test_a_folder_that_is_none(lab: NetnsEngine, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        lab.cell("server", Sandbox(tmp_path / "none"))
    assert str(caught.value) == f"{tmp_path}/none is no folder; name the one that the command is to run in"
