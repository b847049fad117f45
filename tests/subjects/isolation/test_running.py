"""The kind `run`: ordinary development servers work as they are, and what goes wrong is said."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cookielab.engines.netns import NetnsEngine
from cookielab.errors import DeadlineExceeded, LabError, ProcessDied, UsageError
from cookielab.subjects import running
from cookielab.subjects.servers import ServerLost
from tests.subjects.isolation.conftest import PORT, Start, get

pytestmark = pytest.mark.netns

SERVE = """
import http.server, pathlib, socket, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        pathlib.Path('visits').open('a').write(self.path + chr(10))
        text = f"{{self.client_address[0]}} {{pathlib.Path('visits').read_text().split()}}".encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.{family}
print('serving', flush=True)
Server(('{address}', int(sys.argv[1])), Handler).serve_forever()
"""


def text(address: str) -> str:
    return SERVE.format(address=address, family="AF_INET6" if ":" in address else "AF_INET")


def public(lab: NetnsEngine, client: str) -> str:
    return str(lab.topology.gateway_of(client).on("public"))


def test_a_server_on_all_addresses(lab: NetnsEngine, start: Start, folder: Path, tmp_path: Path) -> None:
    """1. it is reached and sees the client's public address 2. a restart finds the files that were written 3. nothing of
    that is in the user's folder 4. its output is in the log."""
    server = start(text("0.0.0.0"))
    assert get(lab, "alice", "/one") == f"{public(lab, 'alice')} ['/one']"
    server.restart()
    assert get(lab, "dave", "/two") == f"{public(lab, 'dave')} ['/one', '/two']"
    server.check()
    server.stop()
    assert sorted(path.name for path in folder.iterdir()) == ["server.py"]
    lines = (tmp_path / "server.log").read_text().splitlines()
    assert lines.count("serving") == 2


@pytest.mark.parametrize("address", ["127.0.0.1", "::"])
def test_a_server_on_loopback_alone_sees_who_calls(lab: NetnsEngine, start: Start, address: str) -> None:
    start(text(address))
    seen = get(lab, "alice", "/").split()[0]
    assert seen.removeprefix("::ffff:") == public(lab, "alice")


def test_a_server_on_six_alone_is_reached_and_the_loss_is_told(lab: NetnsEngine, start: Start) -> None:
    server = start(text("::1"))
    assert get(lab, "alice", "/") == "::1 ['/']"
    assert server.notes[1:] == ["it listens on ::1 alone: a relay leads to it, and it sees every client as ::1"]


def test_after_stop_the_way_to_loopback_is_closed_again(lab: NetnsEngine, start: Start) -> None:
    start(text("127.0.0.1")).stop()
    start(text("127.0.0.1"))
    assert get(lab, "alice", "/again").endswith("['/again']")


def test_it_does_not_run_on_docker(tmp_path: Path) -> None:
    from tests import labs

    with pytest.raises(LabError) as caught:
        running.start(
            labs.engine("docker", tmp_path),
            "python app.py",
            folder=tmp_path,
            port=PORT,
            environment={},
            log=tmp_path / "log",
        )
    assert str(caught.value) == (
        "run: the docker engine starts a command of yours in an image alone: name one, as in image: python:3.13-slim, or use "
        "ENGINE=netns, which runs it as it is; or start the server yourself and give its address with --url"
    )


def test_it_dies_at_once(start: Start) -> None:
    """The exit code and the last lines, with nothing in them that a terminal would obey."""
    with pytest.raises(ProcessDied) as caught:
        start("import sys; print('one\\x1b[31mred\\u202e'); sys.exit('no database')")
    assert str(caught.value) == (
        "the server did not start: its command ended with exit code 1\n"
        "its command: python server.py {port}\n"
        "its last output:\n  one\\x1b[31mred\\u202e\n  no database"
    )


def test_it_goes_to_the_background(start: Start) -> None:
    with pytest.raises(ProcessDied) as caught:
        start(command="sh -c 'sleep 100 &'")
    assert str(caught.value) == (
        "the server did not start: its command ended with exit code 0; a server must stay in the foreground\n"
        "its command: sh -c 'sleep 100 &'\nit printed nothing"
    )


def test_it_is_killed(start: Start) -> None:
    with pytest.raises(ProcessDied) as caught:
        start(command="sh -c 'kill -9 $$'")
    assert str(caught.value) == (
        "the server did not start: its command was ended by signal 9\nits command: sh -c 'kill -9 $$'\nit printed nothing"
    )


def test_it_listens_on_another_port(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ASTRAY", 0.5)
    with pytest.raises(DeadlineExceeded) as caught:
        start(
            "import socket, time; a = socket.create_server(('', 5000)); b = socket.create_server(('127.0.0.1', 3000)); time.sleep(99)"
        )
    assert str(caught.value) == (
        "the server did not start: it listens on port 3000, 5000 instead of 9800; "
        "write {port} where the command names its port, or read it from the environment variable PORT\n"
        "its command: python server.py {port}\nit printed nothing"
    )


def test_an_environment_that_is_a_link(lab: NetnsEngine, start: Start, folder: Path, tmp_path: Path) -> None:
    """A project's .venv that leads to where all environments are kept: its interpreter and its packages are found."""
    kept = tmp_path / "environments" / "one"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", kept], check=True)
    packages = next(kept.glob("lib/python*/site-packages"))
    (packages / "mine.py").write_text("WHO = 'mine'")
    (folder / ".venv").symlink_to(kept)
    start("import mine\n" + text("127.0.0.1"), command=f"{folder}/.venv/bin/python server.py {{port}}")
    assert get(lab, "alice", "/").endswith("['/']")


def test_it_never_listens(start: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said what is waited for, and how to wait longer."""
    monkeypatch.setattr(running, "NEWS", 0.4)
    with pytest.raises(DeadlineExceeded) as caught:
        start("import time; print('compiling', flush=True); time.sleep(99)", seconds=1.0)
    assert str(caught.value) == (
        "the server did not start: it does not listen on port 9800 after 1 s; write {port} where the command names its port, "
        "or give it longer with ready: {path, seconds} in the profile\n"
        "its command: python server.py {port}\nits last output:\n  compiling"
    )
    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert all(
        re.fullmatch(r"waiting for port 9800 of the server \(\d s of 1 s\); it said: (compiling|nothing yet)", line)
        for line in lines
    )


def test_it_is_ready_when_its_path_answers(lab: NetnsEngine, start: Start) -> None:
    """503 while it warms up is not ready, 404 is."""
    start("""
        import http.server, sys, time
        begun = time.monotonic()
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                warm = time.monotonic() > begun + 1.0
                self.send_response(404 if warm else 503)
                self.end_headers()
                self.wfile.write(b'warm' if warm else b'cold')
        http.server.HTTPServer(('', int(sys.argv[1])), Handler).serve_forever()
    """, ready="/healthz")  # fmt: skip
    assert get(lab, "alice", "/") == "warm"


def test_its_ready_path_never_answers(start: Start) -> None:
    with pytest.raises(DeadlineExceeded) as caught:
        start(
            "import socket, sys, time; s = socket.create_server(('', int(sys.argv[1])))\nwhile 1: s.accept()[0].close()",
            ready="/up", seconds=1.0,
        )  # fmt: skip
    assert re.fullmatch(
        r"the server did not start: it listens on port 9800, but /up does not answer after \d s; "
        r"look at its output, or give it longer with ready: \{path, seconds\} in the profile\n"
        r"its command: python server.py \{port\}\nit printed nothing",
        str(caught.value),
    )


def test_it_wants_the_internet(start: Start) -> None:
    """It is told at once that there is no way, by name and by address."""
    with pytest.raises(ProcessDied) as caught:
        start("""
            import socket, time
            begun = time.monotonic()
            for address in (('example.com', 80), ('93.184.215.14', 80)):
                try:
                    socket.create_connection(address, 60)
                except OSError as error:
                    print(error)
            print('at once' if time.monotonic() < begun + 2 else 'late')
        """)
    assert str(caught.value).splitlines()[-4:] == [
        "  [Errno -3] Temporary failure in name resolution",
        "  [Errno 101] Network is unreachable",
        "  at once",
        'in the lab it reaches nothing of this machine or beyond but what the profile names: reach: ["127.0.0.1:5432"]',
    ]


def test_it_writes_where_it_may_not(start: Start) -> None:
    with pytest.raises(ProcessDied) as caught:
        start("open('/var/lib/app.db', 'w')")
    assert str(caught.value).splitlines()[-2:] == [
        "  OSError: [Errno 30] Read-only file system: '/var/lib/app.db'",
        "in the lab it writes to its own folder, its home and /tmp alone, and none of it is kept",
    ]


@pytest.mark.parametrize(("command", "message"), [
    ("flaks run", "run: there is no program 'flaks' on PATH; install it, or name it with its folder"),
    ("./run.sh", "run: there is no program {folder}/run.sh"),
    ("./server.py", "run: {folder}/server.py is not executable; chmod +x it, or name its interpreter in front of it"),
    ("python 'app.py", "run: \"python 'app.py\" is no command: No closing quotation"),
    ("cd app && flask run", "run: '&&' in 'cd app && flask run' is for a shell; write  sh -c '...'"),
    ("PORT=1", "run: 'PORT=1' is no command; give one such as  python app.py --port {port}"),
])  # fmt: skip
def test_what_is_no_command(start: Start, folder: Path, command: str, message: str) -> None:
    (folder / "server.py").write_text("")
    with pytest.raises(UsageError) as caught:
        start(command=command)
    assert str(caught.value) == message.replace("{folder}", str(folder))


def test_variables_before_the_command_and_the_port_are_in_its_environment(start: Start) -> None:
    with pytest.raises(ProcessDied) as caught:
        start("import os; print(os.environ['MODE'], os.environ['PORT'])", command="MODE='a b' python server.py")
    assert str(caught.value).splitlines()[-1] == "  a b 9800"


def test_a_server_that_ends_later_is_missed(start: Start) -> None:
    server = start(
        "import socket, sys; s = socket.create_server(('', int(sys.argv[1]))); s.accept(); s.accept(); sys.exit('tired')",
        ready=None,
    )
    server._engine.spawn(
        "alice", ("python", "-c", "import socket\nfor _ in '12': socket.create_connection(('server.lab.test', 9800))")
    ).wait(10)
    with pytest.raises(ServerLost) as caught:
        server.check(5.0)
    assert str(caught.value) == (
        "python server.py 9800 at host server: the server python server.py {port} ended with exit code 1\n"
        "its last output:\n  tired"
    )


def test_output_without_end_is_bounded(start: Start, tmp_path: Path) -> None:
    """100 MB of output: head and tail are kept, it is said what is not, and nobody waits."""
    server = start("""
        import socket, sys
        print('first')
        line = 'x' * 9999
        for _ in range(10_000):
            print(line)
        print('last', flush=True)
        with socket.create_server(('', int(sys.argv[1]))) as door:
            door.accept()
            door.accept()
    """)
    server.stop()
    lines = (tmp_path / "server.log").read_text().splitlines()
    assert (lines[0], lines[-1]) == ("first", "last")
    assert len((tmp_path / "server.log").read_text()) < 1_000_000
    assert [line for line in lines if re.fullmatch(r"\.\.\. 99,\d{3},\d{3} bytes are left out here \.\.\.", line)]
