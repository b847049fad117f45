"""A lab of namespaces from up to down. Whatever happens in between, nothing of it is left."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from cookielab.engines import door
from cookielab.engines.netns import NetnsEngine
from cookielab.engines.process import output
from cookielab.errors import LabError, UsageError
from tests.labs import command, topology, until
from tests.netns.conftest import Workshop
from tests.netns.trace import alive, descriptors, namespaces, now, opened, processes, traces

pytestmark = pytest.mark.netns

SLOW = """
  one:
    networks: {lan: {ipv4_address: 198.18.0.1}}
    command: [sh, -c, "echo begun; exec sleep 1000"]
    healthcheck: {test: [CMD, "false"], interval: 1s, retries: 1000}
"""
"""Never healthy: an `up` of it can be caught in the middle."""


def test_after_down_nothing_is_left(pair: NetnsEngine) -> None:
    """1. the lab has processes, namespaces, files 2. down says what it removed 3. none of them is there any more."""
    pair.up()
    process = pair.spawn("one", ["sh", "-c", "setsid sleep 1000 & exec sleep 1000"])
    until(lambda: len(list(processes(pair.state))) == 3, "PID 1 and two sleepers")
    (first,) = (folder for folder in processes(pair.state) if b"cookielab.engines.inside.init" in cmdline(folder))
    spaces = namespaces(pair.state)
    assert descriptors(pair.state) >= 2
    ended = now()
    assert alive(spaces, ended) == spaces
    assert pair.down() == [
        f"lab 'test-netns' on netns (process {first.name} and all that ran in it)",
        f"the logs in {pair.state}/netns",
    ]
    assert traces(pair.state) == []
    assert alive(spaces, ended) == set()
    assert process.stop() == 128 + signal.SIGTERM


def cmdline(folder: Path) -> bytes:
    return (folder / "cmdline").read_bytes()


def test_the_lab_stays_when_its_command_has_ended(pair: NetnsEngine) -> None:
    """1. another command brings it up 2. it is found by this one 3. it has no terminal and holds none of our files."""
    with command(pair, pair.state, "lab.up()") as other:
        assert other.wait(30) == 0, other.communicate()
    assert output(pair.spawn("two", ["hostname"])) == "two"
    assert {state.state for state in pair.states().values()} == {"running"}
    (first,) = processes(pair.state)
    assert os.getsid(int(first.name)) != os.getsid(0)
    held = {"/dev/null", f"{pair.folder}/lab.log", "socket", "net", "pipe"}
    until(lambda: {target.partition(":")[0] for target in opened(first)} == held, f"open are {held}, and nothing else")


def test_down_without_a_lab(pair: NetnsEngine) -> None:
    assert pair.down() == []


def test_up_twice(pair: NetnsEngine) -> None:
    pair.up()
    (before,) = processes(pair.state)
    with pytest.raises(UsageError) as caught:
        pair.up()
    assert str(caught.value) == (
        "the lab 'test-netns' is up already; take it down first (make lab-down), "
        "or use another one with LAB_NAME=<name>"
    )
    assert list(processes(pair.state)) == [before]


def test_up_at_once_by_two_commands(pair: NetnsEngine) -> None:
    """One of them gets the lab, the other one is told so."""
    both = [command(pair, pair.state, "lab.up()") for _ in range(2)]
    ends = sorted((other.wait(30), other.communicate()[1]) for other in both)
    assert [code for code, _ in ends] == [0, 1]
    assert "UsageError: the lab 'test-netns' is up already" in ends[1][1]
    assert len(list(processes(pair.state))) == 1


def test_down_after_the_state_directory_was_removed(pair: NetnsEngine) -> None:
    """A lab can be found although its folder is gone."""
    pair.up()
    shutil.rmtree(pair.state)
    assert len(pair.down()) == 1


def closed(lab: NetnsEngine) -> bool:
    """Nobody is at the lab's door: of a process that ends, the descriptors close last."""
    connection = door.connect(lab.state)
    if connection:
        connection.close()
    return connection is None


def test_an_owned_lab_ends_with_its_command(pair: NetnsEngine) -> None:
    """kill -9 of `cookielab run` leaves no process; only logs are left for the next command to remove."""
    with command(pair, pair.state, "lab.up(owned=True); print('up', flush=True); input()") as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "up\n", other.communicate()
        spaces = namespaces(pair.state)
        assert spaces
        ended = now()
        assert alive(spaces, ended) == spaces
        other.kill()
    until(lambda: not list(processes(pair.state)) and closed(pair), "the lab has ended")
    assert alive(spaces, ended) == set()
    assert pair.down() == [f"the logs in {pair.state}/netns"]


def test_an_owned_lab_is_one_for_other_commands_too(pair: NetnsEngine) -> None:
    pair.up(owned=True)
    code = "from cookielab.engines.process import output; print(output(lab.spawn('one', ['hostname'])))"
    with command(pair, pair.state, code) as other:
        assert other.communicate(timeout=30)[0] == "one\n"
    pair.down()


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6])
def test_kill_in_the_middle_of_up(workshop: Workshop, delay: float) -> None:
    """`kill -9` at any moment, and the next `up` finds its way and clears all that was left."""
    lab = NetnsEngine(topology(1), workshop.folder / "killed")
    workshop.engines.append(lab)
    hosts = [name for name in lab.topology.hosts if name != "mitmweb"]
    with command(lab, lab.state, f"print('now', flush=True); lab.up({hosts})") as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "now\n"
        time.sleep(delay)  # the moment is what is tested
        other.kill()
    try:
        lab.up(hosts)
    except UsageError:  # it had just come up when it was killed
        assert delay >= 0.1
    assert {state.state for name, state in lab.states().items() if name in hosts} == {"running"}
    firsts = [folder for folder in processes(lab.state) if b"cookielab.engines.inside.init" in cmdline(folder)]
    assert len({(folder / "ns" / "pid").readlink() for folder in firsts}) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_command_that_ends_while_hosts_start(workshop: Workshop, number: int) -> None:
    """1. Ctrl-C takes everything along at once 2. so does kill -9, but for the logs."""
    lab = workshop.written(SLOW)
    with command(lab, lab.state, "lab.up()") as other:
        until(lambda: "begun" in lab.logs("one"), "the host's command runs")
        other.send_signal(number)
        _, complaint = other.communicate(timeout=30)
    if number == signal.SIGINT:
        assert complaint.splitlines()[-1] == "KeyboardInterrupt"
        assert traces(lab.state) == []
    until(lambda: not list(processes(lab.state)), "the lab has ended")


def test_down_while_another_command_brings_it_up(workshop: Workshop) -> None:
    """That command is told what has happened and leaves nothing."""
    lab = workshop.written(SLOW)
    with command(lab, lab.state, "lab.up()") as other:
        until(lambda: "begun" in lab.logs("one"), "the host's command runs")
        assert lab.down()[0].startswith("lab 'test-netns' on netns (process ")
        _, complaint = other.communicate(timeout=30)
    assert other.returncode == 1
    assert "\ncookielab.errors.ProcessDied: host one did not come up" in complaint
    assert traces(lab.state) == []


def test_a_stopped_first_process_is_killed(pair: NetnsEngine) -> None:
    """PID 1 does not answer (SIGSTOP): down has a deadline and then uses SIGKILL, on the right process."""
    pair.up()
    (first,) = processes(pair.state)
    os.kill(int(first.name), signal.SIGSTOP)
    bystander = subprocess.Popen(("sleep", "1000"))
    try:
        assert len(pair.down()) == 2
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_host_commands_get_time_to_end(workshop: Workshop) -> None:
    """SIGTERM comes before the end, so that a server can write its last line."""
    farewell = workshop.folder / "farewell"
    lab = workshop.written(f"""
  one:
    networks: {{lan: {{ipv4_address: 198.18.0.1}}}}
    command: [sh, -c, "trap 'echo goodbye >{farewell}; exit' TERM; echo ready; while :; do sleep 0.05; done"]
    healthcheck: {{test: [CMD, "true"]}}
""")
    lab.up()
    until(lambda: lab.logs("one") == "ready\n", "the command runs")
    lab.down()
    assert farewell.read_text() == "goodbye\n"


def test_hosts_that_were_not_brought_up(pair: NetnsEngine) -> None:
    pair.up(["two"])
    assert {name: state.state for name, state in pair.states().items()} == {"one": "absent", "two": "running"}
    with pytest.raises(LabError) as caught:
        pair.spawn("one", ["true"])
    assert str(caught.value) == "true at host one: this host is not up; up are: two"
