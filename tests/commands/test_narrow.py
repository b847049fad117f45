"""On a terminal of 60 columns every table stays readable: no line is wider, and no word is cut in two."""

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.test_check import folder, profile
from tests.desk import Desk, checkout
from tests.labs import need, variables

__all__ = ["folder"]
pytestmark = [pytest.mark.netns, pytest.mark.timeout(240)]

COLUMNS = 60
_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    need("netns")
    desk = Desk(checkout(tmp_path_factory.mktemp("narrow") / "here"), "netns", variables(5))
    yield desk
    assert desk.left() == []


def shown(desk: Desk, *words: str) -> list[str]:
    """The lines that a command prints on a terminal of that width."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
    environment |= desk.lab | {"ENGINE": "netns", "PYTHONPATH": str(desk.place / "src"), "TERM": "xterm"}
    argv = (sys.executable, "-m", "cookielab", *words)
    said = b""
    with subprocess.Popen(
        argv, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, cwd=desk.place, env=environment
    ):
        os.close(theirs)
        while True:
            try:
                data = os.read(ours, 4096)
            except OSError:
                break
            if not data:
                break
            said += data
    os.close(ours)
    return _STEERING.sub("", said.decode()).split("\n")


def whole(lines: list[str], *words: str) -> None:
    """No line is too wide, but for one long word that is to be copied; these words stand there in one piece."""
    for line in lines:
        assert len(line.rstrip()) <= COLUMNS or len(line.split()) <= 2, line
    for word in words:
        assert any(re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", line) for line in lines), (word, lines)


def test_a_check(desk: Desk, folder: Path) -> None:
    """A row's proof goes on below it, indented, and never under the name of the scenario."""
    lines = shown(desk, "check", profile(folder, "x_bad_fixation"), "nat", "fixation")
    whole(lines, "nat", "fixation", "holds", "broken", "client_chosen")
    at = next(number for number, line in enumerate(lines) if line.startswith("fixation"))
    assert lines[at].split() == ["fixation", "broken"]
    assert lines[at + 1].startswith("    authenticity: ")


def test_the_preflight(desk: Desk, folder: Path) -> None:
    lines = shown(desk, "login", profile(folder, "x_ok_plain"))
    whole(lines, "page found", "wrong password refused", "session cookies")
    assert sum(line.startswith("  ok ") for line in lines) >= 8


def test_one_scenario(desk: Desk) -> None:
    """The story of one handler after that of the other; the picture keeps its lines."""
    lines = shown(desk, "run", "nat", "--capture", "off")
    whole(lines, "constant_cookie", "by_address", "session_table", "alice", "home-gateway", "port-preserving")
    told = [line.rstrip() for line in lines]
    first, second = (told.index(name) for name in ("by_address", "session_table"))
    assert any(re.match(r"  \w+ reads the note +\w+'s note ✗$", line) for line in told[first:second]), lines
    assert not any("✗" in line for line in told[second:]), lines


def test_the_matrix(desk: Desk) -> None:
    """For each scenario the handlers by what came out."""
    lines = shown(desk, "run", "cycle", "fixation", "--handler", "all", "--capture", "off")
    whole(lines, "cycle", "fixation", "as_published", "session_table", "no_regeneration", "client_chosen")
    at = next(number for number, line in enumerate(lines) if line.rstrip() == "cycle")
    assert [line.split()[0] for line in lines[at + 1 : at + 4]] == ["broken", "by_endpoint", "holds"]
    assert lines[at + 2].startswith("           by_endpoint")


def test_a_lab_that_is_up(desk: Desk) -> None:
    try:
        assert desk.run("up", "--capture", "off").code == 0
        lines = shown(desk, "status")
        whole(lines, "home-gateway", "server", "running", f"{desk.lab['LAB_HOME_NET']}.11")
        assert any(re.match(r"  alice +home \S+, office \S+$", line.rstrip()) for line in lines), lines
    finally:
        desk.run("down")


def test_lists(desk: Desk, folder: Path) -> None:
    for name in ("x_ok_plain", "x_bad_fixation"):
        desk.run("check", profile(folder, name), "fixation")
    lines = shown(desk, "list")
    whole(lines, "address-each-connection", "simplecookie_table", "port-preserving", "rails-devise")
    whole(shown(desk, "runs"), "held", "broken")


def test_help(desk: Desk) -> None:
    """All but the examples, which are to be copied."""
    lines = shown(desk, "help")
    whole(lines[: lines.index("examples:")], "init", "completion")
    whole(shown(desk, "help", "check"), "--baseline", "--junit")
    whole(shown(desk, "run", "--help"), "replay-after-logout", "session_table")
