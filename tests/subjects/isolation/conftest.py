"""A lab on the netns engine, and folders with servers as users have them."""

import os
import platform
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cookielab.engines.netns import NetnsEngine
from cookielab.engines.process import output
from cookielab.subjects import running
from cookielab.subjects.running import Running
from tests import labs

SANDBOXED = [
    pytest.mark.netns,
    pytest.mark.skipif(
        platform.machine() not in ("x86_64", "aarch64"), reason="the filter has no numbers for this machine"
    ),
]
ROOT = os.geteuid() == 0
PORT = 9800
HOSTS = ["server", "home-gateway", "alice", "bob", "office-gateway", "dave"]
GET = (
    "import http.client, sys; link = http.client.HTTPConnection('server.lab.test', int(sys.argv[1]), timeout=10); "
    "link.request('GET', sys.argv[2]); print(link.getresponse().read().decode())"
)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetnsEngine]:
    labs.need("netns")
    lab = NetnsEngine(labs.topology(part=4), tmp_path_factory.mktemp("state") / ".lab" / "labs" / "test")
    lab.up(HOSTS)
    yield lab
    lab.down()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "project"
    place.mkdir(mode=0o700)
    return place


def get(lab: NetnsEngine, client: str, path: str, port: int = PORT) -> str:
    """What a client of the lab gets from the server host."""
    return output(lab.spawn(client, ("python", "-c", GET, str(port), path)))


type Start = Callable[..., Running]


@pytest.fixture
def start(lab: NetnsEngine, folder: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts a command in the folder, where `server.py` has this text. All are stopped at the end."""
    begun: list[Running] = []

    def begin(text: str = "", command: str = "python server.py {port}", **more: object) -> Running:
        if text:
            (folder / "server.py").write_text(textwrap.dedent(text))
        options = {"port": PORT, "environment": dict(os.environ), "log": tmp_path / "server.log", **more}
        server = running.start(lab, command, folder=folder, **options)  # type: ignore[arg-type]
        begun.append(server)
        return server

    yield begin
    for server in begun:
        server.stop()
