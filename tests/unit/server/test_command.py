"""`python -m server`: real processes, their ports, their ends and their complaints."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}:{ROOT / 'sessiontable' / 'src'}"}


@contextmanager
def running(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-m", "server", "--host", "127.0.0.1", *arguments]
    with subprocess.Popen(
        argv,
        cwd=ROOT,
        env=ENVIRONMENT | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def listening(process: subprocess.Popen[str], count: int = 1) -> dict[str, int]:
    """Name and port from the first lines of the log."""
    assert process.stdout
    lines = [json.loads(process.stdout.readline()) for _ in range(count)]
    assert [line["event"] for line in lines] == ["listening"] * count
    return {line["handler"]: line["port"] for line in lines}


def status(port: int) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/")
    code = connection.getresponse().status
    connection.close()
    return code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_handler_until_it_is_told_to_end(number: signal.Signals) -> None:
    """It answers once it says so, logs the request, and ends with 0 and without a word on stderr."""
    with running("--handler", "by_address", "--port", "0") as process:
        port = listening(process)["by_address"]
        assert status(port) == 200
        process.send_signal(number)
        out, error = process.communicate(timeout=10)
    assert (process.returncode, error) == (0, "")
    assert json.loads(out)["status"] == 200


def test_all_handlers_and_the_index() -> None:
    """Seven ports in one process; each answers."""
    with running("--port", "0") as process:
        ports = listening(process, 7)
        assert list(ports) == [
            "index",
            "as_published",
            "constant_cookie",
            "by_address",
            "by_endpoint",
            "client_chosen",
            "session_table",
        ]
        assert [status(port) for port in ports.values()] == [200] * 7


def test_a_subject_ends_with_its_stdin() -> None:
    with running("--handler", "session_table", "--port", "0", "--until-eof") as process:
        listening(process)
        assert process.poll() is None
        _, error = process.communicate(timeout=10)
    assert (process.returncode, error) == (0, "")


@pytest.mark.parametrize(
    ("option", "attribute"),
    [((), "; Max-Age=50000;"), (("--max-age", "7"), "; Max-Age=7;"), (("--session-cookie",), "")],
)
def test_the_life_of_cookies(option: tuple[str, ...], attribute: str) -> None:
    with running("--handler", "session_table", "--port", "0", *option) as process:
        connection = HTTPConnection("127.0.0.1", listening(process)["session_table"], timeout=10)
        connection.request("GET", "/")
        line = connection.getresponse().getheader("Set-Cookie") or ""
        connection.close()
    assert attribute in line
    assert ("Max-Age" in line) == bool(attribute)


def test_a_port_that_is_taken() -> None:
    """Named, with what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running("--handler", "by_address", "--port", str(port)) as process:
            _, error = process.communicate(timeout=10)
    assert process.returncode == 1
    assert error == (
        f"server: cannot listen at 127.0.0.1:{port}, Address already in use: give another --port or --host\n"
    )


HANDLERS = "as_published, constant_cookie, by_address, by_endpoint, client_chosen, session_table"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["--handler", "sesion_tabel"],
            f"unknown handler 'sesion_tabel': did you mean 'session_table'? There are {HANDLERS}",
        ),
        (["--handler", "xyzzy"], f"unknown handler 'xyzzy': There are {HANDLERS}"),
        (["--port", "65535"], "argument --port: '65535' is no port: 0 to 65529"),
        (["--port", "x"], "argument --port: 'x' is no port: 0 to 65529"),
        (["--max-age", "0"], "argument --max-age: '0' is no number of seconds above 0"),
    ],
)
def test_usage(arguments: list[str], error: str) -> None:
    with running(*arguments) as process:
        out, complaint = process.communicate(timeout=10)
    assert (process.returncode, out) == (2, "")
    assert complaint.endswith(f"{error}\n")
