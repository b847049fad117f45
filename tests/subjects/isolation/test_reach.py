"""`reach`: what the subject needs of the user's machine, and nothing besides."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from cookielab.engines.netns import NetnsEngine
from cookielab.errors import LabError, UsageError
from cookielab.subjects import forwarding
from tests.subjects.isolation.conftest import Start, get

pytestmark = pytest.mark.netns

ASK = """
import http.server, socket, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        host, _, port = self.path[1:].rpartition(':')
        try:
            with socket.create_connection((host, int(port)), 3) as link:
                text = link.recv(100)
        except OSError as error:
            text = type(error).__name__.encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)
http.server.ThreadingHTTPServer(('', int(sys.argv[1])), Handler).serve_forever()
"""


def service(address: str, word: bytes) -> tuple[socket.socket, int]:
    """Says a word to everybody who connects; ends when its socket is closed."""
    door = socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET)

    def serve() -> None:
        try:
            while True:
                peer, _ = door.accept()
                peer.sendall(word)
                peer.close()
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    return door, door.getsockname()[1]


@pytest.fixture
def database() -> Iterator[int]:
    door, port = service("127.0.0.1", b"the database")
    with closing(door):
        yield port
        door.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def other() -> Iterator[int]:
    door, port = service("127.0.0.1", b"a secret")
    with closing(door):
        yield port
        door.shutdown(socket.SHUT_RDWR)


def test_just_that_is_reached(lab: NetnsEngine, start: Start, database: int, other: int) -> None:
    """1. the named port 2. no other one of the machine 3. also after a restart 4. not by the lab's clients."""
    server = start(ASK, reach=[f"127.0.0.1:{database}"])
    assert get(lab, "alice", f"/127.0.0.1:{database}") == "the database"
    assert get(lab, "alice", f"/127.0.0.1:{other}") == "ConnectionRefusedError"
    server.restart()
    assert get(lab, "alice", f"/localhost:{database}") == "the database"
    knock = f"import socket; socket.create_connection(('server.lab.test', {database}), 3)"
    with lab.spawn("alice", ("python", "-c", knock)) as process:
        assert process.wait(10.0) == 1


def test_an_address_of_the_users_network(lab: NetnsEngine, start: Start) -> None:
    """The subject finds it at the same address."""
    own = [
        address
        for address in socket.gethostbyname_ex(socket.gethostname())[2]
        if address.startswith(("10.", "192.168."))
    ]
    if not own:
        pytest.skip("this machine has no address of a private network; give it one to see it reached")
    door, port = service(own[0], b"the neighbour")
    with closing(door):
        start(ASK, reach=[f"{own[0]}:{port}"])
        assert get(lab, "alice", f"/{own[0]}:{port}") == "the neighbour"
        door.shutdown(socket.SHUT_RDWR)


def test_it_ends_with_the_server(lab: NetnsEngine, start: Start, database: int) -> None:
    start(ASK, reach=[f"127.0.0.1:{database}"]).stop()
    start(ASK)
    assert get(lab, "alice", f"/127.0.0.1:{database}") == "ConnectionRefusedError"


def test_a_service_that_is_down_is_refused(lab: NetnsEngine, start: Start) -> None:
    """The connection ends without a byte, as with a server that has just died."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    start(ASK, reach=[f"127.0.0.1:{port}"])
    assert get(lab, "alice", f"/127.0.0.1:{port}") in ("ConnectionResetError", "")


@pytest.mark.parametrize(("target", "said"), [
    ("5432", "reach: '5432' must be ADDRESS:PORT, for example 127.0.0.1:5432"),
    ("127.0.0.1:0", "reach: '127.0.0.1:0' must be ADDRESS:PORT, for example 127.0.0.1:5432"),
    ("127.0.0.1:http", "reach: '127.0.0.1:http' must be ADDRESS:PORT, for example 127.0.0.1:5432"),
    ("93.184.215.14:80", "reach: 93.184.215.14 is not a private address; what can be reached is your machine and its own network"),
])  # fmt: skip
def test_what_cannot_be_reached(start: Start, target: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        start(ASK, reach=[target])
    assert str(caught.value) == said


def test_a_start_that_fails_closes_what_it_opened(lab: NetnsEngine, start: Start, database: int) -> None:
    """Ten failures leave no more open files than one: what the first use opens for good is no leak."""

    def opened_after(failures: int) -> int:
        for _ in range(failures):
            with pytest.raises(LabError):
                start("raise SystemExit(1)", reach=[f"127.0.0.1:{database}"])
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    before = opened_after(1)
    assert opened_after(10) - before < 10
    forwarding.reach(lab, f"127.0.0.1:{database}").stop()
