"""Processes at hosts, as far as Docker makes them special: streams over one connection, signals and ends by detours."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab.engines.docker import DockerEngine
from cookielab.engines.owner import mark
from cookielab.engines.process import output
from cookielab.errors import LabError, ProcessDied
from tests.docker.small import IDLE, Ground, docker, free_range, left
from tests.labs import ROOT, command, until

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, _images: None) -> Iterator[DockerEngine]:
    """One lab for all of these: they leave nothing running."""
    name = f"cookielab-test-exec-{os.getpid()}"
    ground = Ground(tmp_path_factory.mktemp("exec"), name, free_range("198.18"))
    client = {**IDLE, "environment": {"GATEWAY": f"{ground.octets}.1"}, "user": "root", "cap_add": ["NET_ADMIN"]}
    engine = ground.lab(one=IDLE, client=client)
    engine.up()
    yield engine
    engine.down()
    assert left(name) == []


def running(engine: DockerEngine, host: str) -> list[str]:
    """The commands that run in a host's container."""
    return [
        line.split(maxsplit=1)[1] for line in docker("top", f"{engine.topology.name}-{host}-1", "-o", "pid,args")[1:]
    ]


def test_both_outputs_come_apart_and_whole(engine: DockerEngine) -> None:
    """Two megabytes on each stream at once, more than any buffer between here and there."""
    code = "import os\nfor n in range(32): os.write(1, b'o' * 65535 + b'\\n'); os.write(2, b'e' * 65535 + b'\\n')"
    process = engine.spawn("one", ["python", "-c", code])
    assert process.wait(20) == 0
    assert process.rest() == ["o" * 65535] * 32
    assert list(process.stderr) == ["e" * 65535] * 32


def test_the_first_output_is_not_lost(engine: DockerEngine) -> None:
    """Programs that print at once, to either output, and end at once: many, several at a time."""
    said: list[tuple[str, str]] = []

    def ask() -> None:
        for _ in range(8):
            process = engine.spawn("one", ["sh", "-c", "echo complaint >&2; echo first"])
            said.append((output(process), "\n".join(process.stderr)))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [("first", "complaint")] * 32


def test_the_end_of_the_input_arrives(engine: DockerEngine) -> None:
    """cat copies until its input ends; what was sent before comes back whole."""
    process = engine.spawn("one", ["cat"])
    lines = ["x" * 100_000, "", "last"]
    for line in lines:
        process.send(line)
    process.close_stdin()
    assert [process.readline(10) for _ in lines] == lines
    assert process.wait(10) == 0


def test_writing_to_a_process_that_has_ended(engine: DockerEngine) -> None:
    """Also when it has ended with unread input: a broken pipe in our words, never a reset."""

    def write_forever() -> None:
        while True:
            process.send("y" * 10_000)

    process = engine.spawn("one", ["head", "-c", "1"])
    with pytest.raises(ProcessDied, match=r"^head -c 1 at host one: it no longer reads its stdin"):
        write_forever()
    assert process.wait(10) == 0


def test_a_program_that_does_not_exist(engine: DockerEngine) -> None:
    with pytest.raises(LabError) as caught:
        engine.spawn("one", ["no-such-program", "--help"])
    assert str(caught.value) == (
        "no-such-program --help at host one: there is no such program on the PATH of the host's image"
    )


@pytest.mark.parametrize("number", [9, 15])
def test_signals_reach_the_process_and_its_children(engine: DockerEngine, number: int) -> None:
    process = engine.spawn("one", ["sh", "-c", "sleep 4242 & echo started; wait"])
    assert process.readline(10) == "started"
    process.signal(number)
    assert process.wait(10) == 128 + number
    until(lambda: "sleep 4242" not in running(engine, "one"), "the child has ended too")


def test_a_process_outlives_its_outputs(engine: DockerEngine) -> None:
    """It closes both and works on: that is no end, and the exit code comes when it comes."""
    process = engine.spawn("one", ["sh", "-c", "echo closing; exec >&- 2>&-; read line; exit 7"])
    assert process.readline(10) == "closing"
    assert process.poll() is None
    process.send("go on")
    assert process.wait(10) == 7


def test_stopping_takes_no_second(engine: DockerEngine) -> None:
    process = engine.spawn("one", ["sleep", "1000"])
    assert process.stop() == 143
    assert process.poll() == 143


def test_a_client_has_no_capability_unless_privileged(engine: DockerEngine) -> None:
    argv = ["sh", "-c", "id -un; echo $HOME; grep Cap /proc/self/status | cut -f2 | sort -u"]
    assert output(engine.spawn("client", argv)).split() == ["lab", "/home/lab", "0000000000000000"]
    assert output(engine.spawn("client", ["id", "-u"], privileged=True)) == "0"
    full = output(engine.spawn("client", ["grep", "CapEff", "/proc/self/status"], privileged=True))
    assert int(full.split()[1], 16) & 1 << 12, "NET_ADMIN"


def test_environment_and_directory(engine: DockerEngine) -> None:
    argv = ["sh", "-c", 'pwd; echo "$STORY"; echo "$GATEWAY"']
    lines = output(engine.spawn("client", argv, environment={"STORY": "with 'quotes' and $"})).split("\n")
    assert lines == ["/lab", "with 'quotes' and $", engine.topology.host("client").gateway]


def test_bytes_go_to_a_file(engine: DockerEngine, tmp_path: Path) -> None:
    process = engine.spawn("one", ["printf", "\\000\\377\\n\\r\\n"], sink=tmp_path / "raw")
    assert process.wait(10) == 0
    assert (tmp_path / "raw").read_bytes() == b"\x00\xff\n\r\n"


def spawned_by_another(engine: DockerEngine, host: str, *argv: str) -> subprocess.Popen[str]:
    """Another command that has started something at a host and waits."""
    code = f"process = lab.spawn({host!r}, {list(argv)!r}); print('up', flush=True); process.wait(100)"
    other = command(engine, engine.state, code)
    assert other.stdout
    assert other.stdout.readline() == "up\n", other.communicate()[1]
    return other


def test_input_ends_when_the_command_is_killed(engine: DockerEngine) -> None:
    """An agent, which ends at the end of its input, needs nobody to clean up after it."""
    other = spawned_by_another(engine, "one", "sh", "-c", "cat; sleep 0.0042")
    until(lambda: "cat" in running(engine, "one"), "it runs")
    other.kill()
    other.communicate()
    until(lambda: "cat" not in running(engine, "one"), "cat has ended")


def test_what_a_killed_command_left_running_is_cleared_and_only_that(engine: DockerEngine) -> None:
    """1. two commands start something that waits for no input 2. one is killed 3. the next one clears that alone."""
    docker("exec", "--detach", f"{engine.topology.name}-one-1", "sh", "-c", "sleep 5555")
    killed = spawned_by_another(engine, "one", "sh", "-c", "sleep 1111 & sleep 2222")
    alive = spawned_by_another(engine, "one", "sleep", "3333")
    try:
        killed.kill()
        killed.communicate()
        until(lambda: {"sleep 1111", "sleep 2222", "sleep 3333"} <= set(running(engine, "one")), "all of them run")
        next_command = DockerEngine(engine.topology, engine.state)
        assert output(next_command.spawn("one", ["echo", "next"])) == "next"
        until(lambda: "sleep 1111" not in running(engine, "one"), "the child of what was left is gone")
        assert "sleep 2222" not in running(engine, "one")
        assert "sleep 3333" in running(engine, "one")
        assert {"sleep infinity", "sleep 5555"} <= set(running(engine, "one"))
    finally:
        alive.terminate()
        alive.communicate()
        DockerEngine(engine.topology, engine.state).spawn("one", ["true"]).wait(10)


def test_a_mark_names_one_process_alone() -> None:
    code = "from cookielab.engines.owner import ended, mark; print(mark(), ended(mark()))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    said = subprocess.check_output((sys.executable, "-c", code), env=environment, text=True).split()
    assert said[0] != mark()
    assert said[1] == "False"


def test_attach_passes_streams_and_exit_code(engine: DockerEngine) -> None:
    argv = ["sh", "-c", "id -un; cat; echo to stderr >&2; exit 5"]
    with command(engine, engine.state, f"raise SystemExit(lab.attach('client', {argv!r}))") as other:
        said, complaint = other.communicate("typed\n", timeout=30)
    assert (other.returncode, said, complaint) == (5, "lab\ntyped\n", "to stderr\n")


def test_attach_of_a_program_that_does_not_exist(engine: DockerEngine, capfd: pytest.CaptureFixture[str]) -> None:
    assert engine.attach("client", ["no-such-program"]) == 127
    assert capfd.readouterr().err == "cookielab: no-such-program: there is no such program at this host\n"


def test_an_interrupted_attach_ends_what_it_started(engine: DockerEngine) -> None:
    """Docker by itself would leave it running."""
    with command(engine, engine.state, "lab.attach('one', ['sleep', '4444'])") as other:
        until(lambda: "sleep 4444" in running(engine, "one"), "it runs")
        other.send_signal(2)
        other.communicate(timeout=30)
    until(lambda: "sleep 4444" not in running(engine, "one"), "it has ended")


def test_a_host_that_is_not_up(engine: DockerEngine, ground: Ground) -> None:
    absent = ground.lab(one=IDLE)
    for act in (
        lambda: absent.spawn("one", ["true"]),
        lambda: absent.logs("one"),
        lambda: absent.attach("one", ["true"]),
    ):
        with pytest.raises(LabError) as caught:
            act()
        assert str(caught.value) == "host one is not running: it was not brought up; bring the lab up: make lab-up"


def test_a_process_whose_container_is_removed(ground: Ground) -> None:
    """It has ended: killed, as its exit code says."""
    lab = ground.lab(one=IDLE)
    lab.up()
    process = lab.spawn("one", ["sleep", "1000"])
    lab.down()
    assert process.wait(10) == 137
    assert process.stop() == 137
