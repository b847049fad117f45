"""Ctrl-C and `kill -9` at any moment of `run` and of `up`: the exit code, and what is left: nothing, or only until next time."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.failures.conftest import Desks
from tests.labs import until

pytestmark = pytest.mark.timeout(600)

PLAY = ("run", "cycle", "--handler", "session_table", "--capture", "off")
UP = ("up", "--capture", "off")
MOMENTS = {"netns": (0.0, 0.15, 0.3, 0.5, 0.7, 0.9, 0.98), "docker": (0.0, 0.5, 0.9)}
"""When, in parts of the time that the command takes without an interruption; on Docker, where that is long, a few."""
TERM = 1 << signal.SIGTERM - 1


def begin(desk: Desk, *words: str) -> subprocess.Popen[str]:
    """A command that has begun its work; before that Python itself is being loaded, and nothing can be left."""
    command = desk.start(*words)
    status = Path(f"/proc/{command.pid}/status")
    until(lambda: int(status.read_text().partition("SigCgt:")[2].split()[0], 16) & TERM, "it listens to signals")
    return command


def measured(desk: Desk, words: tuple[str, ...]) -> float:
    """Seconds that the command takes once it has begun and is left alone; its lab is down afterwards."""
    command = begin(desk, *words)
    beginning = time.monotonic()
    done = desk.end(command)
    taken = time.monotonic() - beginning
    assert done.code == 0, done.err
    assert desk.run("down").code == 0
    return taken


def press(command: subprocess.Popen[str], number: int = signal.SIGINT) -> None:
    """What a terminal does: the signal goes to the whole process group."""
    try:
        os.killpg(command.pid, number)
    except ProcessLookupError:
        assert command.poll() is not None


def shown(code: int) -> int:
    """The exit code as a shell shows it: Python, interrupted amid an import, gives 130 by ending from the signal itself."""
    return 128 - code if code < 0 else code


@pytest.mark.parametrize("words", [PLAY, UP], ids=["run", "up"])
def test_ctrl_c_at_any_moment(desk: Desk, words: tuple[str, ...]) -> None:
    """Exit code 130 and nothing left; a command that had just done its work has done it, whole."""
    taken, codes = measured(desk, words), list[int]()
    for part in MOMENTS[desk.engine]:
        command, beginning = begin(desk, *words), time.monotonic()
        try:
            command.wait(part * taken)  # the moment is what is tested
            taken = time.monotonic() - beginning  # it was faster than before
        except subprocess.TimeoutExpired:
            press(command)
        done = desk.end(command)
        codes.append(shown(done.code))
        if done.code == 0:
            assert desk.run("down").code == 0
        else:
            assert (shown(done.code), done.err.splitlines()[-1]) == (130, "cookielab: interrupted"), done.err
        assert desk.left() == [], f"after {part * taken:.2f} s"
    assert codes[0] == 130
    assert codes.count(130) > len(codes) / 2, codes


def test_a_terminal_that_goes_away(desk: Desk) -> None:
    """1. SIGHUP ends the work as Ctrl-C does, and nothing is left 2. `nohup` keeps it from that."""
    labs = desk.place / ".lab/labs"
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever the tests themselves were started by
    try:
        command = begin(desk, *PLAY)
    finally:
        signal.signal(signal.SIGHUP, before)
    until(lambda: any(labs.glob("*")), "a lab begins")
    press(command, signal.SIGHUP)
    done = desk.end(command)
    assert (shown(done.code), done.err.splitlines()[-1]) == (130, "cookielab: interrupted"), done.err
    assert desk.left() == []
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # what it starts inherits this
    try:
        command = begin(desk, *PLAY)
    finally:
        signal.signal(signal.SIGHUP, before)
    until(lambda: any(labs.glob("*")), "a lab begins")
    press(command, signal.SIGHUP)
    done = desk.end(command)
    assert done.code == 0, done.err


def test_ctrl_c_again_while_it_cleans_up(desk: Desk) -> None:
    """1. Ctrl-C in the middle 2. Ctrl-C again and again until it has ended 3. it says so, and all is gone."""
    command = desk.start(*PLAY)
    until(lambda: any("server --handler" in line for line in everything(desk)), "it plays", 60)
    while command.poll() is None:
        press(command)
        time.sleep(0.01)  # a person in a hurry
    done = desk.end(command)
    assert done.code == 130
    assert set(done.err.splitlines()) >= {"cookielab: cleaning up, please wait ...", "cookielab: interrupted"}
    assert "Traceback" not in done.err
    assert desk.left() == []


def everything(desk: Desk) -> list[str]:
    """The lab's processes; on Docker those in the containers, whose environment does not carry the lab's name."""
    if desk.engine == "netns":
        return desk.left()
    name = f"{desk.name}-server-1"
    return subprocess.run(("docker", "top", name), capture_output=True, text=True, check=False).stdout.splitlines()


def test_ctrl_c_of_a_run_in_a_lab_that_is_up(desk: Desk) -> None:
    """1. it is interrupted while the NAT is changed 2. the lab stays, the NAT is as before, and the next run plays."""
    assert desk.run(*UP).code == 0
    before = desk.run("nat", "show").out
    command = desk.start("run", "port-reuse", "--handler", "by_address")
    until(lambda: desk.run("nat", "show").out.startswith("NAT kind  pool"), "the scenario has set its NAT kind", 60)
    press(command)
    done = desk.end(command)
    assert (done.code, done.err.splitlines()[-1]) == (130, "cookielab: interrupted")
    assert desk.run("nat", "show").out == before
    assert not [line for line in everything(desk) if "server --handler" in line]
    again = desk.run(*PLAY)
    assert again.code == 0, again.out + again.err


@pytest.mark.parametrize("then", [UP, PLAY], ids=["up", "run"])
def test_kill_9_of_a_run_in_a_lab_that_is_up(desk: Desk, then: tuple[str, ...]) -> None:
    """1. killed while the NAT has a single port, which nobody puts back 2. the next command makes the lab anew."""
    assert desk.run(*UP).code == 0
    before = desk.run("nat", "show").out
    command = desk.start("run", "port-reuse", "--handler", "by_address")
    until(lambda: desk.run("nat", "show").out.startswith("NAT kind  pool"), "the scenario has set its NAT kind", 60)
    command.kill()
    desk.end(command)
    done = desk.run(*then)
    assert (done.code, "cleared from an earlier command: " in done.err) == (0, True), done.out + done.err
    if then == UP:
        assert desk.run("nat", "show").out == before


@pytest.mark.parametrize("then", [UP, PLAY], ids=["up", "run"])
def test_kill_9_of_a_run_in_a_lab_of_its_own(desk: Desk, then: tuple[str, ...]) -> None:
    """1. no command takes what it has left for a lab that is up 2. the next one makes a lab anew."""
    command = desk.start("run", "port-reuse", "nat", "--handler", "by_address")
    until(lambda: desk.run("nat", "show").out.startswith("NAT kind  pool"), "the scenario has set its NAT kind", 60)
    command.kill()
    desk.end(command)
    assert (desk.run("status").code, desk.run("nat", "show").code) == (3, 3)
    done = desk.run(*then)
    assert (done.code, "cleared from an earlier command: " in done.err) == (0, True), done.out + done.err
    if then == UP:
        assert desk.run("nat", "show").out.startswith("NAT kind  port-preserving")
    assert desk.run("down").code == 0
    assert desk.left() == []


@pytest.mark.parametrize("words", [PLAY, UP], ids=["run", "up"])
def test_kill_9_at_any_moment(desks: Desks, words: tuple[str, ...]) -> None:
    """1. another lab is up 2. kill -9, then `up` or `down` 3. what was left is gone 4. the other lab works as before."""
    desk, other = desks(1), desks(3)
    taken = measured(desk, words)
    assert other.run(*UP).code == 0
    running = other.left()
    for number, part in enumerate(MOMENTS[desk.engine]):
        command = begin(desk, *words)
        time.sleep(part * taken)  # the moment is what is tested
        command.kill()
        desk.end(command)
        if number % 2:
            up = desk.run(*UP)
            assert up.code == 0, f"after {part * taken:.2f} s: {up.err}"
            assert desk.run("exec", "alice", "--", "true").code == 0
        down = desk.run("down")
        assert (down.code, desk.left()) == (0, []), f"after {part * taken:.2f} s: {down.err}"
        assert sorted(other.left()) == sorted(running)
    seen = other.run("exec", "bob", "--", "python", "-c", ASK)
    assert (seen.code, seen.out) == (0, f"{other.lab['LAB_PUBLIC_NET']}.2\n"), seen.err


ASK = (
    "import requests; seen = requests.get('http://server.lab.test:8006/', timeout=5).json()['seen_from'];"
    "print(seen.partition(':')[0])"
)


def test_exec_is_interrupted_with_what_it_runs(desk: Desk) -> None:
    assert desk.run(*UP).code == 0
    command = desk.start("exec", "alice", "--", "sh", "-c", "echo begun; exec sleep 4711")
    assert command.stdout
    assert command.stdout.readline() == "begun\n"
    press(command)
    assert desk.end(command).code == 130
    look = desk.run("exec", "alice", "--", "sh", "-c", "grep -lsa 47[1]1 /proc/[0-9]*/cmdline")
    assert look.out == ""


def test_one_command_at_a_time(desk: Desk) -> None:
    """While a run is on its way another command that would change the lab is told so; the run is not disturbed."""
    command = desk.start(*PLAY)
    until(lambda: any("lock" in line for line in desk.left()), "the run has the lab", 30)
    done = desk.run("down")
    assert (done.code, done.err) == (
        3,
        f"cookielab: another command is using the lab '{desk.name}'; wait for it, or use another one with LAB_NAME=<name>\n",
    )
    assert desk.end(command).code == 0


def test_port_8081_is_taken(desks: Desks) -> None:
    """The message names the port, who has it, and the variable; nothing is started."""
    other, desk = desks(1), desks(3)
    assert other.run("up").code == 0
    desk.lab["LAB_MITMWEB_PORT"] = port = other.lab["LAB_MITMWEB_PORT"]
    done = desk.run("up")
    assert done.code == 3
    assert re.sub(r" by process \d+ \(.*?\)", "", done.err.splitlines()[-1]) == (
        f"cookielab: 127.0.0.1:{port}, where home-gateway is to be reached, is in use on this machine; "
        "free it, or choose another with LAB_MITMWEB_PORT, for example LAB_MITMWEB_PORT=18081"
    )
    assert desk.left() == []


def test_a_range_that_overlaps(desk: Desk) -> None:
    """Docker would take the route away from the machine; namespaces are apart from it, so there it is no clash."""
    lines = Path("/proc/net/route").read_text().splitlines()[1:]
    device, destination = next(line.split()[:2] for line in lines if line.split()[1] != "00000000")
    first = ".".join(str(int(destination[at : at + 2], 16)) for at in (6, 4, 2))
    desk.lab["LAB_OFFICE_NET"] = first
    done = desk.run(*UP)
    if desk.engine == "netns":
        assert done.code == 0, done.err
        return
    assert done.code == 3
    assert re.match(
        rf"cookielab: network office \({first}\.0/24\) overlaps the route [\d./]+ of this machine \(on {device}\); "
        r"set LAB_OFFICE_NET to the first three octets of a free range, for example LAB_OFFICE_NET=[\d.]+$",
        done.err.splitlines()[-1],
    ), done.err
    assert desk.left() == []
