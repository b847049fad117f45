"""Ctrl-C within a tenth of a second of the start: exit code 130, one line, nothing left behind."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.labs import ROOT, until

HEARD = 1 << signal.SIGTERM - 1
COMMANDS = {
    "script": (str(Path(sys.executable).with_name("cookielab")), "up", "--engine", "netns", "--capture", "off"),
    "module": (sys.executable, "-m", "cookielab", "run", "cycle"),
}
MODULES = (
    "import sys, cookielab.early; print('signal' in sys.modules, 'enum' in sys.modules, 'argparse' in sys.modules)"
)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_at_the_first_moment(words: tuple[str, ...], number: signal.Signals) -> None:
    """As soon as the command hears signals at all, which is before it has imported what it needs."""
    environment = {**os.environ, "LAB_NAME": f"early-{os.getpid()}"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment) as command:
        status = Path(f"/proc/{command.pid}/status")
        until(lambda: int(status.read_text().partition("SigCgt:")[2].split()[0], 16) & HEARD, "it hears signals")
        loaded = sum(b"/site-packages/" in line for line in Path(f"/proc/{command.pid}/maps").read_bytes().splitlines())
        command.send_signal(number)
        out, err = command.communicate(timeout=30)
    assert (command.returncode, out, err) == (130, b"", b"cookielab: interrupted\n")
    assert loaded == 0, "it had imported a library before it listened"
    assert not (ROOT / ".lab" / "labs" / f"early-{os.getpid()}").exists()


def test_ctrl_c_while_an_error_is_told() -> None:
    """The terminal takes no more letters for the moment, so the command waits in the middle of its message."""
    reading, writing = os.pipe()
    size = fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writing, b"x" * size)
    words = (sys.executable, "-m", "cookielab", "run", "nta")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=writing, cwd=ROOT) as command:
        os.close(writing)
        place = Path(f"/proc/{command.pid}/wchan")
        until(lambda: "pipe_write" in place.read_text(), "it waits for the terminal")
        command.send_signal(signal.SIGINT)
        with open(reading, "rb") as terminal:  # noqa: PTH123 - a descriptor
            said = terminal.read()[size:]
    assert (command.returncode, b"Traceback" in said) == (130, False), said
    assert said.endswith(b"cookielab: interrupted\n"), said


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_cost_no_verdict(closed: str) -> None:
    """Who closes stdout or stderr gets the right exit code, and no file of the lab's takes their place."""
    for words, code in (("run nta", 2), ("doctor --quiet", 0)):
        line = f'exec "$0" -m cookielab {words} {closed}'
        done = subprocess.run(("sh", "-c", line, sys.executable), capture_output=True, text=True, cwd=ROOT, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr


def test_a_full_disk_behind_stdout() -> None:
    """What could not be printed has not been decided for anybody."""
    words = (sys.executable, "-m", "cookielab", "doctor")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (3, "cookielab: [Errno 28] No space left on device\n")


def test_nothing_heavy_comes_before_it() -> None:
    done = subprocess.run(
        (sys.executable, "-S", "-c", MODULES),
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "src"},
        cwd=ROOT,
    )
    assert done.stdout.split() == ["False", "False", "False"]


def test_a_program_that_imports_the_package_keeps_its_signals() -> None:
    program = "import signal, cookielab.cli; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "True\n"
