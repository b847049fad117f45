"""The kind `url`: a server of the user's machine, reached from the lab, on every engine."""

import http.server
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from cookielab.engines.process import output
from cookielab.errors import LabError, UsageError
from cookielab.subjects import forwarding
from cookielab.subjects.servers import Server, ServerLost
from tests.labs import until

PORT = 9801
CLIENT = """
import http.client, sys
link = http.client.HTTPConnection("server.lab.test", int(sys.argv[1]), timeout=20)
link.request("GET", "/")
print(link.getresponse().read().decode())
"""
CROWD = """
import hashlib, socket, sys, threading
def visit(number):
    data = bytes([number]) * 1_000_000
    with socket.create_connection(("server.lab.test", int(sys.argv[1])), timeout=60) as link:
        sender = threading.Thread(target=lambda: (link.sendall(data), link.shutdown(socket.SHUT_WR)))
        sender.start()
        answer = b""
        while piece := link.recv(1 << 16):
            answer += piece
        sender.join()
    results[number] = answer == b"seen " + data
results = {}
threads = [threading.Thread(target=visit, args=(number,)) for number in range(40)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sum(results.values()))
"""


class _Who(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        text = self.client_address[0].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[int]:
    """A server of the user's, on 127.0.0.1, that says who calls; its port."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Who) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def forwarded(lab: Engine, site: int) -> Iterator[Server]:
    server = forwarding.forward(lab, "127.0.0.1", site, port=PORT)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _capture_off(lab: Engine) -> Iterator[None]:
    gateway = ["python", "-m", "nat.gateway", "capture"]
    output(lab.spawn("home-gateway", [*gateway, "off"], privileged=True))
    yield
    output(lab.spawn("home-gateway", [*gateway, "mitm"], privileged=True))


def visit(lab: Engine, client: str) -> str:
    return output(lab.spawn(client, ("python", "-c", CLIENT, str(PORT))), 30.0)


def test_each_public_address_arrives_from_an_address_of_its_own(lab: Engine, forwarded: Server) -> None:
    for client in ("alice", "bob", "dave"):
        public = str(lab.topology.gateway_of(client).on("public"))
        assert visit(lab, client) == "127." + public.partition(".")[2]
    forwarded.check()


def test_a_crowd_of_megabytes_with_half_closed_connections(lab: Engine) -> None:
    """Nothing is lost or mixed up, and an answer comes after the end of what was sent."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=100)) as door:

        def answer(peer: socket.socket) -> None:
            with peer:
                data = b""
                while piece := peer.recv(1 << 16):
                    data += piece
                peer.sendall(b"seen " + data)

        def accept() -> None:
            for _ in range(41):
                threading.Thread(target=answer, args=(door.accept()[0],)).start()

        thread = threading.Thread(target=accept)
        thread.start()
        server = forwarding.forward(lab, "127.0.0.1", door.getsockname()[1], port=PORT)
        try:
            assert output(lab.spawn("alice", ("python", "-c", CROWD, str(PORT))), 90.0) == "40"
        finally:
            server.stop()
        thread.join()


def test_a_slow_reader_does_not_hold_the_others_up(lab: Engine, forwarded: Server, site: int) -> None:
    """One client asks for nothing and reads nothing; the server of the next one is another connection."""
    idle = "import socket, sys; link = socket.create_connection(('server.lab.test', int(sys.argv[1]))); print('in', flush=True); sys.stdin.read()"
    with lab.spawn("bob", ("python", "-c", idle, str(PORT))) as process:
        assert process.readline(20.0) == "in"
        assert visit(lab, "dave")


def test_after_stop_nothing_listens(lab: Engine, site: int) -> None:
    """And the port is free for the next one."""
    for _ in range(2):
        forwarding.forward(lab, "localhost", site, port=PORT).stop()
    with lab.spawn("alice", ("python", "-c", CLIENT, str(PORT))) as process:
        assert process.wait(20.0) == 1
        assert any("Connection refused" in line for line in process.stderr)


def test_a_server_that_ends_is_missed(lab: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        server = forwarding.forward(lab, "127.0.0.1", port, port=PORT)
    try:
        with pytest.raises(ServerLost) as caught:
            server.check()
        assert str(caught.value) == f"the server 127.0.0.1:{port} accepts no connections any more: Connection refused"
    finally:
        server.stop()


def test_a_port_that_is_taken_at_the_server_host(lab: Engine, forwarded: Server, site: int) -> None:
    with pytest.raises(LabError) as caught:
        forwarding.forward(lab, "127.0.0.1", site, port=PORT)
    assert f"the lab cannot listen at 0.0.0.0:{PORT}" in str(caught.value)
    assert "Address already in use" in str(caught.value).replace("address already in use", "Address already in use")


def test_nothing_listens_at_the_url(lab: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with pytest.raises(LabError) as caught:
        forwarding.forward(lab, "127.0.0.1", port, port=PORT)
    assert str(caught.value) == (
        f"nothing accepts connections at 127.0.0.1:{port} (Connection refused); start the server first"
    )


@pytest.mark.parametrize(("host", "address"), [
    ("93.184.215.14", "93.184.215.14"), ("2001:4860:4860::8888", "2001:4860:4860::8888"),
    ("::ffff:8.8.8.8", "::ffff:808:808"), ("100.64.0.1", "100.64.0.1"), ("172.32.0.1", "172.32.0.1"),
])  # fmt: skip
def test_only_private_targets(lab: Engine, host: str, address: str) -> None:
    with pytest.raises(UsageError) as caught:
        forwarding.forward(lab, host, 80, port=PORT)
    shown = str(caught.value)
    assert shown in {
        f"url: {host} ({spelt}) is not a private address, and the lab tests only what is yours; "
        f"if it is yours say so: --i-own {host}"
        for spelt in (address, host)
    }


def test_a_host_that_is_not_known(lab: Engine) -> None:
    with pytest.raises(UsageError) as caught:
        forwarding.forward(lab, "no-such-host.invalid", 80, port=PORT)
    assert str(caught.value).startswith("url: the host 'no-such-host.invalid' is not known here (")


def opened() -> Counter[str]:
    """How many descriptors of each kind this process has."""
    found = Counter[str]()
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile, by a thread of the engine's
            found[str(each.readlink()).partition(":")[0]] += 1
    return found


def test_descriptors_are_given_back(lab: Engine, site: int) -> None:
    """All of pipes and event loops, at once or a moment later. Of sockets one that was kept each time would be five more:
    connections to Docker come and go meanwhile.
    """
    forwarding.forward(lab, "127.0.0.1", site, port=PORT).stop()
    before = opened()
    for _ in range(5):
        forwarding.forward(lab, "127.0.0.1", site, port=PORT).stop()
    until(lambda: all(opened()[kind] <= before[kind] for kind in ("pipe", "anon_inode")), "pipes and loops are closed")
    assert opened()["socket"] - before["socket"] < 5
