"""`python -m server --steered`: orders on its input about gates and the clock, told in its log. A real process."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread
from typing import Any

import pytest

from tests.unit.server.running import Browser
from tests.unit.server.test_command import listening, running


class Steered:
    """A server, its input and its log."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        (self.port,) = listening(process).values()

    def order(self, line: str = "", **words: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write((line or json.dumps(words)) + "\n")
        self.process.stdin.flush()

    def close(self, gate: str, path: str, number: int = 1, seconds: float = 20) -> None:
        self.order(do="close", gate=gate, method="GET", path=path, number=number, seconds=seconds)
        self.heard("closed")

    def heard(self, event: str) -> dict[str, Any]:
        """The next line of the log, which tells of this event."""
        assert self.process.stdout
        line: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert line.get("event") == event, line
        return line

    def logged(self, path: str) -> dict[str, Any]:
        """The next line of the log, which tells of a request for this path."""
        assert self.process.stdout
        line: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert line.get("path") == path, line
        return line

    def ask(self, path: str) -> Thread:
        thread = Thread(target=self._ask, args=(path,))
        thread.start()
        return thread

    def _ask(self, path: str) -> None:
        with closing(Browser(self.port).connection) as connection:
            connection.request("GET", path)
            connection.getresponse().read()

    @contextmanager
    def alice(self) -> Iterator[Browser]:
        browser = Browser(self.port)
        with closing(browser.connection):
            browser.log_in("alice")
            self.logged("/login")
            yield browser


@pytest.fixture(params=["session_table", "by_address"])
def server(request: pytest.FixtureRequest) -> Iterator[Steered]:
    with running("--handler", request.param, "--port", "0", "--steered") as process:
        yield Steered(process)


@pytest.mark.parametrize("gate", ["identified", "answered"])
def test_a_closed_gate_holds_the_first_request_for_its_path(server: Steered, gate: str) -> None:
    """1. it waits 2. others pass, for that path and any other 3. it goes on when the gate is opened."""
    server.close(gate, "/whoami")
    held = server.ask("/whoami")
    assert server.heard("waiting") == {
        "event": "waiting", "gate": gate, "number": 1, "method": "GET", "path": "/whoami"
    }  # fmt: skip
    for path in ("/whoami", "/"):
        server.ask(path).join()
        server.logged(path)
    assert held.is_alive()
    server.order(do="open", number=1)
    server.heard("opened")
    server.logged("/whoami")
    held.join(10)
    assert not held.is_alive()


def test_two_gates_of_one_path_hold_one_request_each(server: Steered) -> None:
    server.close("identified", "/", 1)
    server.close("identified", "/", 2)
    first, second = server.ask("/"), server.ask("/")
    assert {server.heard("waiting")["number"], server.heard("waiting")["number"]} == {1, 2}
    for number, one in ((2, "2"), (1, "1")):
        server.order(do="open", number=number)
        assert server.heard("opened")["number"] == int(one)
        server.logged("/")
    first.join(10)
    second.join(10)


def test_a_gate_that_nobody_opens_lets_the_request_go_in_its_time(server: Steered) -> None:
    server.close("answered", "/", seconds=0.2)
    held = server.ask("/")
    server.heard("waiting")
    assert server.heard("unopened")["path"] == "/"
    server.logged("/")
    held.join(10)
    assert not held.is_alive()
    server.order(do="open", number=1)  # too late, and no harm
    server.ask("/").join()
    server.logged("/")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("open sesame", "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
        ("[]", "TypeError: list indices must be integers or slices, not str"),
        ('{"do": "dance"}', "ValueError: no such order: 'dance'; there are close, open, clock"),
        ('{"do": "open"}', "KeyError: 'number'"),
        (
            '{"do": "close", "gate": "pearly", "seconds": 1}',
            "ValueError: no such gate: 'pearly'; there are identified, answered",
        ),
    ],
)
def test_an_order_that_makes_no_sense_is_told_and_does_no_harm(server: Steered, line: str, error: str) -> None:
    server.order(line)
    assert server.heard("senseless") == {"event": "senseless", "line": line + "\n", "error": error}
    server.order(do="clock", seconds=1)
    server.heard("clock")


def test_when_the_input_ends_all_gates_are_open(server: Steered) -> None:
    server.close("identified", "/")
    held = server.ask("/")
    server.heard("waiting")
    assert server.process.stdin
    server.process.stdin.close()
    server.heard("opened")
    server.logged("/")
    held.join(10)
    server.process.terminate()
    assert server.process.wait(10) == 0


def test_the_session_table_ends_sessions_by_the_clock_that_is_moved_on() -> None:
    with running("--handler", "session_table", "--port", "0", "--steered") as process:
        server = Steered(process)
        with server.alice() as alice:
            for seconds, user in ((7000, "alice"), (7000, "alice"), (7300, None)):
                server.order(do="clock", seconds=seconds)
                server.heard("clock")
                assert alice.send("GET", "/whoami").json["user"] == user
                server.logged("/whoami")


def test_without_it_the_input_is_left_alone() -> None:
    with running("--handler", "session_table", "--port", "0") as process:
        server = Steered(process)
        with server.alice() as alice:
            server.order(do="clock", seconds=8000)
            assert alice.send("GET", "/whoami").json["user"] == "alice"
