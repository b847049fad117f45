"""mitmproxy asks the gateway where a connection came from; the gateway asks the kernel, here in a namespace of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from nat import sources
from nat.command import GatewayError
from nat.tracking import Tracking

type End = tuple[str, int]


class _Stop(Exception):
    """What the gateway raises when it is told to stop."""


class Known:
    """In the place of the kernel's table: one connection, whose client was seen with another port."""

    def source(self, server: End, client: End) -> End | None:
        if client[1] == 5:
            raise GatewayError("it does not answer")
        return ("10.210.8.11", 37948) if (server, client) == (("10.210.8.1", 8080), ("10.210.8.11", 54051)) else None

    def close(self) -> None:
        pass


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[sources.Door]:
    """Under a name of this test process, for all tests of a machine share its abstract sockets."""
    monkeypatch.setattr(sources, "DOOR", f"\0cookielab/test-{os.getpid()}")
    monkeypatch.setattr(sources, "Tracking", Known)
    door = sources.door("10.210.8.1")
    assert door
    yield door
    door.close()


class Asker:
    """Who asks, over one line."""

    def __init__(self, door: sources.Door) -> None:
        self.door, self.line = door, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.line.settimeout(10)
        self.line.connect(sources.DOOR)
        door.answer()

    def asks(self, question: bytes) -> bytes:
        self.line.send(question)
        self.door.answer()
        return self.line.recv(100)


def test_questions_over_one_line_are_answered_one_by_one(door: sources.Door) -> None:
    asker, other = Asker(door), Asker(door)
    with asker.line, other.line:
        for _ in range(2):
            assert asker.asks(b"10.210.8.11:54051") == b"10.210.8.11:37948\n"
            assert other.asks(b"10.210.8.11:54052\n") == b"\n"
            assert other.asks(b"[fd00::11]:54051") == b"\n"


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (b"sense", "'' does not appear to be an IPv4 or IPv6 address"),
        (b"--help:1", "'--help' does not appear to be an IPv4 or IPv6 address"),
        (b"10.210.8.11:-F x", "invalid literal for int() with base 10: '-F x'"),
        (b"\xff:1", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b"10.210.8.11:5", "it does not answer"),
    ],
)
def test_one_bad_question_does_not_keep_the_next_from_its_answer(
    door: sources.Door, capsys: pytest.CaptureFixture[str], question: bytes, why: str
) -> None:
    """Nor does somebody who comes and goes without a word."""
    gone, asker = Asker(door), Asker(door)
    gone.line.close()
    door.answer()
    with asker.line:
        assert asker.asks(question) == b"\n"
        assert capsys.readouterr().err == f"sources: no answer to {question!r}: {why}\n"
        assert asker.asks(b"10.210.8.11:54051") == b"10.210.8.11:37948\n"
    assert capsys.readouterr().err == ""


def test_a_signal_ends_the_waiting_at_once(door: sources.Door) -> None:
    """As the gateway's own handler does: what it raises is not taken for a question that went wrong."""

    def stop(*_: object) -> None:
        raise _Stop("told to stop")

    def wait() -> None:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        door.answer()

    before = signal.signal(signal.SIGUSR1, stop)
    try:
        with pytest.raises(_Stop, match="told to stop"):
            wait()
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("door")
def test_a_second_gateway_leaves_the_questions_to_the_first() -> None:
    assert sources.door("10.210.8.1") is None


REDIRECTED = """
import socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run(["nft", "-f", "-"], input='''table inet t { chain output { type nat hook output priority -100
  tcp dport { 81, 82 } redirect to :8080
  }
}''', text=True, check=True)
from nat.tracking import Tracking
tracking, kept = Tracking(), []
for own, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
    listener = socket.create_server((own, 8080), family=family)
    for port in (81, 82):
        client = socket.socket(family)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind((own, 40000))
        client.connect((own, port))
        accepted, seen = listener.accept()
        kept += [listener, client, accepted]
        seen = seen[:2]
        print(seen[1] == 40000, *(tracking.source((own, 8080), seen) or ()))
    print(tracking.source((own, 8080), (own, 1)))
flows = [flow for flow in tracking.flows() if flow.original.ports[1] in (81, 82)]
print(*sorted({(flow.protocol, flow.state, flow.original.source, flow.reply.ports[0]) for flow in flows}), sep="|")
tracking.flush()
print(len([flow for flow in tracking.flows() if flow.original.ports[1] in (81, 82)]))
"""


@pytest.mark.skipif(not shutil.which("nft"), reason="nft is not installed: apt-get install nftables")
def test_the_kernel_tells_of_connections_of_either_family_and_forgets_them() -> None:
    """Two connections from one port to two servers: the later one is seen with another port."""
    argv = ("unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", REDIRECTED)
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr:
        pytest.skip(f"no namespaces for this user: {done.stderr}")
    assert done.stderr == ""
    *lines, known, left = done.stdout.splitlines()
    assert known == "('tcp', 'ESTABLISHED', '127.0.0.1', 8080)|('tcp', 'ESTABLISHED', '::1', 8080)"
    assert left == "0"
    rows = [line.split() for line in lines]
    for own, (plain, changed, nobody) in (("127.0.0.1", rows[:3]), ("::1", rows[3:])):
        assert plain == ["True", own, "40000"]
        assert changed == ["False", own, "40000"]
        assert nobody == ["None"]


def test_who_may_not_ask_the_kernel_is_told_what_is_missing() -> None:
    program = (
        "from nat.tracking import Tracking\n"
        "try: Tracking().source(('10.0.0.1', 8080), ('10.0.0.2', 1))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    argv: tuple[str, ...] = (sys.executable, "-c", program)
    if os.geteuid() == 0:
        argv = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", *argv)
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.stdout == (
        "GatewayError the kernel's connection tracking does not answer: Operation not permitted; "
        "the gateway needs the right to change the network (cap_add: [NET_ADMIN])\n"
    ), done.stderr


def test_the_line_to_the_kernel_can_be_closed() -> None:
    tracking = Tracking()
    tracking.close()
    with pytest.raises(GatewayError, match="Bad file descriptor"):
        tracking.source(("10.0.0.1", 8080), ("10.0.0.2", 1))
