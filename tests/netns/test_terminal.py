"""A person at a host: `cookielab exec alice -- bash` on a terminal."""

import fcntl
import os
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cookielab.engines.door import readable
from cookielab.engines.netns import NetnsEngine
from tests.labs import ROOT

pytestmark = pytest.mark.netns


class Person:
    """Sits at a terminal, types, and reads what appears."""

    def __init__(self, terminal: int) -> None:
        self.terminal, self.seen = terminal, ""

    def types(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def sees(self, text: str) -> None:
        """Waits until the text appears; what came before it is forgotten."""
        deadline = time.monotonic() + 15
        while text not in self.seen:
            assert readable([self.terminal], max(0.0, deadline - time.monotonic())), f"no {text!r} in {self.seen!r}"
            self.seen += os.read(self.terminal, 4096).decode()
        self.seen = self.seen.partition(text)[2]


@contextmanager
def at_a_terminal(lab: NetnsEngine, argv: list[str]) -> Iterator[tuple[Person, subprocess.Popen[bytes]]]:
    program = (
        "import sys; from pathlib import Path; from cookielab.topology import composefile\n"
        "from cookielab.engines.netns import NetnsEngine\n"
        f"lab = NetnsEngine(composefile.load(Path({str(lab.topology.source)!r}), {{}}), Path({str(lab.state)!r}))\n"
        f"sys.exit(lab.attach('two', {argv!r}))"
    )
    ours, theirs = os.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "TERM": "dumb"}
    before = termios.tcgetattr(theirs)
    command = subprocess.Popen(
        (sys.executable, "-c", program), stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    try:
        yield Person(ours), command
        assert termios.tcgetattr(theirs) == before, "the terminal is left as it was"
    finally:
        command.kill()
        command.wait()
        os.close(ours)
        os.close(theirs)


def test_a_shell_with_job_control(pair: NetnsEngine) -> None:
    """1. it is at the host 2. the window has its size 3. Ctrl-C is for the program in front alone 4. the exit code."""
    pair.up()
    with at_a_terminal(pair, ["bash", "--norc", "-i"]) as (person, command):
        person.sees("# ")
        person.types("hostname\n")
        person.sees("two\r\n")
        person.types("stty size; set -o | grep monitor\n")
        person.sees("33 99\r\n")
        person.sees("on\r\n")
        person.types("sh -c 'printf b%s egun; exec sleep 1000'\n")
        person.sees("begun")
        person.types("\x03")
        person.sees("# ")
        person.types("echo status $?\n")
        person.sees("status 130\r\n")
        person.types("exit 3\n")
        assert command.wait(15) == 3


def test_all_output_is_seen(pair: NetnsEngine) -> None:
    """Also what a program printed in the moment of its end."""
    pair.up()
    with at_a_terminal(pair, ["sh", "-c", "seq 5000; echo the end"]) as (person, command):
        person.sees("the end\r\n")
        assert command.wait(15) == 0
