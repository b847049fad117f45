"""Processes at hosts are ordinary processes: pipes, signals, exit codes, files. The same on every engine."""

import os
import signal
from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from cookielab.engines.process import Process, output
from cookielab.errors import CommandFailed, DeadlineExceeded, LabError, ProcessDied, ProgramMissing, UsageError
from tests.labs import command, until

PATIENCE = 15.0


def test_output_and_exit_code(lab: Engine) -> None:
    """1. stdout 2. stderr 3. the exit code."""
    process = lab.spawn("alice", ["sh", "-c", "echo one; echo two; echo three >&2; exit 7"])
    assert process.wait(PATIENCE) == 7
    assert [process.readline(PATIENCE) for _ in range(2)] == ["one", "two"]
    assert list(process.stderr) == ["three"]
    with pytest.raises(ProcessDied) as caught:
        process.readline(PATIENCE)
    assert str(caught.value) == (
        "sh -c echo one; echo two; echo three >&2; exit 7 at host alice: it ended with exit code 7\n"
        "its last output:\n  one\n  two\n  three"
    )
    process.stop()


def test_a_conversation(lab: Engine) -> None:
    """Lines go in and come out while the process runs; it ends with its input."""
    with lab.spawn("bob", ["python", "-uc", "for line in open(0): print(line.strip().upper())"]) as process:
        for word in ("alice", "bob", "carol"):
            process.send(word)
            assert process.readline(PATIENCE) == word.upper()
        assert process.poll() is None
        process.close_stdin()
        assert process.wait(PATIENCE) == 0


def test_much_output_blocks_nothing(lab: Engine) -> None:
    """A megabyte that nobody reads yet does not stop the process."""
    process = lab.spawn("alice", ["python", "-c", "print(('x' * 99 + '\\n') * 10_000, end='')"])
    assert process.wait(PATIENCE) == 0
    assert len(process.rest()) == 10_000
    process.stop()


def test_bytes_go_to_a_file_as_they_are(lab: Engine, tmp_path: Path) -> None:
    """A packet capture is no text."""
    sink = tmp_path / "bytes"
    program = "import os; os.write(1, bytes(range(256)) * 1000)"
    process = lab.spawn("alice", ["python", "-c", program], sink=sink)
    assert process.wait(PATIENCE) == 0
    assert sink.read_bytes() == bytes(range(256)) * 1000
    process.stop()


def test_a_reader_that_goes_early_blocks_nothing(lab: Engine) -> None:
    """Where the file is a pipe that nobody reads any more, the process writes on to its end."""
    heard, sink = os.pipe()
    program = "import os; os.write(1, b'x'); open(0).read(); [os.write(1, bytes(4096)) for _ in range(1000)]"
    with lab.spawn("alice", ["python", "-c", program], sink=Path(f"/dev/fd/{sink}")) as process:
        assert os.read(heard, 1) == b"x"
        os.close(heard)
        process.close_stdin()
        assert process.wait(PATIENCE) == 0
    os.close(sink)


def test_environment(lab: Engine) -> None:
    """A process finds what the file gives to its host and what the caller gives, and nothing of the user's secrets."""
    os.environ["AWS_SECRET_ACCESS_KEY"] = "hush"
    try:
        process = lab.spawn("alice", ["env"], environment={"COLOUR": "blue", "EMPTY": ""})
        found = dict(line.partition("=")[::2] for line in output(process).splitlines())
    finally:
        del os.environ["AWS_SECRET_ACCESS_KEY"]
    assert found["GATEWAY"] == lab.topology.host("alice").gateway
    assert (found["COLOUR"], found["EMPTY"]) == ("blue", "")
    assert "AWS_SECRET_ACCESS_KEY" not in found


@pytest.mark.parametrize(("host", "module"), [("alice", "clients"), ("server", "server"), ("home-gateway", "nat")])
def test_the_story_folders_are_there(lab: Engine, host: str, module: str) -> None:
    """The lab's Python finds them from wherever it stands, because it stands in the repository's root."""
    program = f"import sys, os, {module}; print(sys.version_info >= (3, 12), os.path.isdir('{module}'))"
    assert output(lab.spawn(host, ["python", "-c", program])) == "True True"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_signals_end_a_process(lab: Engine, number: int) -> None:
    process = lab.spawn("alice", ["sleep", "1000"])
    assert process.poll() is None
    process.signal(number)
    assert process.wait(PATIENCE) == 128 + number
    process.signal(number)  # nothing happens: it has ended
    process.stop()


def test_stop_ends_what_ignores_sigterm(lab: Engine) -> None:
    program = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(1000)"
    process = lab.spawn("alice", ["python", "-c", program])
    assert process.readline(PATIENCE) == "deaf"
    assert process.stop(grace=0.3) == 128 + signal.SIGKILL


def test_waiting_has_a_deadline(lab: Engine) -> None:
    with lab.spawn("alice", ["sh", "-c", "echo hm; exec sleep 1000"]) as process:
        assert process.readline(PATIENCE) == "hm"
        with pytest.raises(DeadlineExceeded) as silent:
            process.readline(0.1)
        with pytest.raises(DeadlineExceeded) as running:
            process.wait(0.1)
    told = "sh -c echo hm; exec sleep 1000 at host alice: {}\nits last output:\n  hm"
    assert str(silent.value) == told.format("it printed nothing for 0.1 s")
    assert str(running.value) == told.format("it still runs after 0.1 s")


def test_a_process_that_no_longer_reads(lab: Engine) -> None:
    process = lab.spawn("alice", ["true"])
    process.wait(PATIENCE)
    until(lambda: _deaf(process), "a process that has ended does not read")
    with pytest.raises(ProcessDied, match=r"^true at host alice: it no longer reads its stdin"):
        process.send("hello")
    process.stop()


def _deaf(process: Process) -> bool:
    try:
        process.send("hello")
    except ProcessDied:
        return True
    return False


def test_a_failed_command_carries_its_words(lab: Engine) -> None:
    with pytest.raises(CommandFailed) as caught:
        output(lab.spawn("alice", ["sh", "-c", "echo no such luck >&2; exit 3"]))
    assert (caught.value.code, caught.value.stderr) == (3, "no such luck")


def test_unknown_host(lab: Engine) -> None:
    with pytest.raises(UsageError, match=r"^unknown host 'alise'. Did you mean 'alice'"):
        lab.spawn("alise", ["true"])


def test_unknown_program(lab: Engine) -> None:
    with pytest.raises(LabError, match=r"^frobnicate --all at host alice: there is no such program"):
        lab.spawn("alice", ["frobnicate", "--all"])


@pytest.mark.parametrize("name", ["frobnicate", "/etc/passwd", "/etc", "./none"])
def test_what_is_no_program(lab: Engine, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Whether it is not there or may not be run, the code is that of a shell for none, on every engine."""
    with pytest.raises(ProgramMissing):
        lab.spawn("alice", [name])
    try:
        code = lab.attach("alice", [name])
    except ProgramMissing as error:
        code = error.exit_code
    capfd.readouterr()
    assert code == 127


def test_attached_to_the_users_own_streams(lab: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    """What `cookielab exec` does: output goes straight through, the exit code comes back."""
    capfd.readouterr()
    code = lab.attach("carol", ["sh", "-c", "echo to the user; echo to stderr >&2; exit 5"])
    assert (code, *capfd.readouterr()) == (5, "to the user\n", "to stderr\n")


def test_attached_input_is_the_users(lab: Engine, state: Path) -> None:
    """`echo hello | cookielab exec alice -- cat`"""
    with command(lab, state, "raise SystemExit(lab.attach('alice', ['cat']))") as other:
        said, complaint = other.communicate("hello\n", timeout=60)
    assert (other.returncode, said) == (0, "hello\n"), complaint


def test_a_killed_command_leaves_no_process(lab: Engine, state: Path) -> None:
    """What a command has started at a host does not outlive its kill -9: the next one that comes finds nothing."""
    mark = "sleep 86421"
    code = f"lab.spawn('alice', {mark.split()}); print('started', flush=True); input()"
    with command(lab, state, code) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "started\n", other.communicate()
        assert mark in _processes(lab)
        other.kill()
    until(lambda: mark not in _processes(lab), f"'{mark}' has ended")


def _processes(lab: Engine) -> str:
    """The command lines of all processes that alice can see."""
    show = "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done 2>/dev/null; true"
    return output(lab.spawn("alice", ["sh", "-c", show]))
