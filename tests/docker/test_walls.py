"""The user's machine cannot be reached from a lab on Docker, and published ports can be reached from the machine."""

import socket
import threading
import urllib.request
from collections.abc import Iterator

import pytest

from cookielab.engines.docker import DockerEngine
from cookielab.engines.process import output
from tests import labs
from tests.docker.small import docker

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

HOSTS = ("server", "dave", "alice", "home-gateway", "office-gateway")
KNOCK = """
import errno, socket, sys, time
begun = time.monotonic()
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).recv(1)
    print("reached")
except OSError as error:
    print("refused" if time.monotonic() < begun + 2 else "late", error)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, _images: None) -> Iterator[DockerEngine]:
    lab = labs.engine("docker", tmp_path_factory.mktemp("walls"), part=1, LAB_CAPTURE="mitm")
    assert isinstance(lab, DockerEngine)
    try:
        lab.up()
        output(lab.spawn("home-gateway", ("python", "-m", "nat.gateway", "capture", "off"), privileged=True))
        yield lab
    finally:
        lab.down()


@pytest.fixture
def service() -> Iterator[int]:
    """A service of the machine on all of its addresses; its port."""
    with socket.create_server(("", 0)) as door:

        def serve() -> None:
            try:
                while True:
                    door.accept()[0].close()
            except OSError:
                return

        thread = threading.Thread(target=serve)
        thread.start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)
        thread.join()


def machine(lab: DockerEngine) -> list[str]:
    """The machine's addresses on the lab's network, on Docker's own, and towards the rest of the world."""
    shown = docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")
    own = socket.gethostbyname_ex(socket.gethostname())[2]
    return [*dict.fromkeys([str(lab.topology.networks["public"].bridge), *filter(None, shown), *own])]


def test_the_service_is_there(lab: DockerEngine, service: int) -> None:
    """The control: the machine itself reaches it by each of these addresses."""
    for address in machine(lab):
        with socket.create_connection((address, service), 5):
            pass


@pytest.mark.parametrize("host", HOSTS)
def test_no_host_reaches_the_machine(lab: DockerEngine, service: int, host: str) -> None:
    """Not by any of its addresses, and it is told so at once."""
    for address in machine(lab):
        said = output(lab.spawn(host, ("python", "-c", KNOCK, address, str(service))), 20.0)
        assert said.startswith("refused"), f"{address}: {said}"


@pytest.mark.parametrize("host", HOSTS)
def test_no_host_reaches_the_network_behind(lab: DockerEngine, host: str) -> None:
    said = output(lab.spawn(host, ("python", "-c", KNOCK, "192.0.2.1", "80")), 20.0)
    assert said.startswith("refused"), said


@pytest.mark.parametrize("host", ["server", "home-gateway", "office-gateway"])
def test_dockers_name_server_is_closed(lab: DockerEngine, host: str) -> None:
    """It would ask the machine's own; the lab's names are in a file."""
    ask = (
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(3); s.connect(('127.0.0.11', 53))\n"
        "try: s.send(bytes(12)); print(s.recv(512))\nexcept OSError as error: print(type(error).__name__)"
    )
    assert output(lab.spawn(host, ("python", "-c", ask))) in ("ConnectionRefusedError", "PermissionError")
    assert output(
        lab.spawn(host, ("python", "-c", "import socket; print(socket.gethostbyname('server.lab.test'))"))
    ) == str(lab.topology.host("server").on("public"))


def test_published_ports_work(lab: DockerEngine) -> None:
    """The server's, and mitmweb's, which asks for its password."""
    server, mitmweb = lab.topology.host("server").published[0], lab.topology.host("home-gateway").published[0]
    with urllib.request.urlopen(f"http://{server.host_address}:{server.host_port}/healthz", timeout=10) as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"http://{mitmweb.host_address}:{mitmweb.host_port}/", timeout=10)
    assert caught.value.code == 403
    caught.value.close()


def test_processes_at_the_server_have_no_more_rights_than_before(lab: DockerEngine) -> None:
    status = output(lab.spawn("server", ("cat", "/proc/self/status")))
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff"))
    assert int(effective, 16) == 0
