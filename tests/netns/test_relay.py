"""The relay from the user's machine to a port of a host."""

import socket
import threading
from collections.abc import Iterator

import pytest

from cookielab.engines.netns import NetnsEngine
from cookielab.engines.process import Process
from tests.labs import SLOT
from tests.netns.conftest import Workshop

pytestmark = pytest.mark.netns

OUTSIDE = 20_090 + SLOT.number * 100
INSIDE = 7000
ECHO = f"""
import socket, threading
def serve(peer, name):
    with peer:
        text = b''
        while data := peer.recv(65536):
            text += data
        peer.sendall(name[0].encode() + b' said ' + text)
with socket.create_server(('', {INSIDE}), backlog=200) as door:
    print('listening', flush=True)
    while True:
        threading.Thread(target=serve, args=door.accept()).start()
"""


@pytest.fixture
def lab(workshop: Workshop) -> NetnsEngine:
    lab = workshop.written(f"""
  one: {{networks: {{lan: {{ipv4_address: 198.18.0.1}}}}, ports: ["127.0.0.1:{OUTSIDE}:{INSIDE}"]}}
""")
    lab.up()
    return lab


@pytest.fixture
def echo(lab: NetnsEngine) -> Iterator[Process]:
    """Reads until the client has nothing more to say, and only then answers."""
    with lab.spawn("one", ["python", "-c", ECHO]) as process:
        assert process.readline(10) == "listening"
        yield process


def say(text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", OUTSIDE), timeout=10) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while data := connection.recv(1 << 16):
            answer += data
    return answer


def test_a_half_closed_connection(echo: Process) -> None:
    """The end of one direction is passed on, and the other one stays open. It comes from the relay's own address."""
    assert say(b"hello") == b"127.0.81.1 said hello"


def test_a_megabyte_and_a_crowd(echo: Process) -> None:
    """Nothing is lost or mixed up with many connections at once."""
    texts = [bytes([number]) * 1_000_000 for number in range(20)]
    answers: dict[int, bytes] = {}
    threads = [threading.Thread(target=lambda text=text: answers.__setitem__(text[0], say(text))) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == {text[0]: b"127.0.81.1 said " + text for text in texts}


def test_nobody_listens_inside(lab: NetnsEngine) -> None:
    """The user sees what a dead server looks like: the connection closes without a byte.."""
    with socket.create_connection(("127.0.0.1", OUTSIDE), timeout=10) as connection:
        assert connection.recv(1) == b""


def test_the_port_is_free_after_down(lab: NetnsEngine) -> None:
    lab.down()
    with socket.create_server(("127.0.0.1", OUTSIDE)):
        pass
