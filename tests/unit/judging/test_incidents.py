"""When the lab itself, a server or the user ends a play: an incident in the history, and no verdict invented."""

import json
import os
import signal
from pathlib import Path
from threading import Timer
from typing import NoReturn

import pytest

from cookielab.errors import HarnessFault, LabError
from cookielab.judging.events import Event, Incident, RunEnd
from cookielab.judging.history import read
from cookielab.judging.judge import judge
from cookielab.judging.verdict import Verdict
from cookielab.stage import Stage
from tests.unit.judging.conftest import Player
from tests.unit.judging.here import Here

SERVER = "python -m server --handler session_table --port 0 --steered at host server"
ECHO = """
import json, sys
print(json.dumps({"ready": True}))
for line in sys.stdin:
    asked = json.loads(line)
"""
LISTEN = """
import json, socket
listener = socket.create_server(("127.0.0.1", 0))
print(json.dumps({"event": "listening", "port": listener.getsockname()[1]}))
connection, _ = listener.accept()
"""


def incident(events: tuple[Event, ...]) -> Incident:
    """The incident that ended the play; there is no verdict then."""
    *others, last = events
    assert isinstance(last, Incident)
    assert not any(isinstance(event, Incident | RunEnd) for event in others)
    assert {finding.verdict for finding in judge(events)} == {Verdict.UNKNOWN}
    return last


def kill(here: Here, host: str) -> None:
    process = next(process for process in here.processes if process.host == host and process.poll() is None)
    process.signal(signal.SIGKILL)
    process.wait(5)


def visit(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    alice.login()
    alice.whoami()


def test_a_server_that_does_not_start(here: Here, perform: Player) -> None:
    """The text carries its last output."""
    here.instead["server"] = "import sys; sys.exit('no room for a port')"
    last = incident(perform(visit))
    assert last.kind == "harness fault"
    assert last.text == f"{SERVER}: it ended with exit code 1\nits last output:\n  no room for a port"


def test_a_server_that_dies_in_mid_scenario(here: Here, perform: Player) -> None:
    here.instead["server"] = LISTEN + "import sys; sys.exit('struck by lightning')"
    last = incident(perform(visit))
    assert last.kind == "server lost"
    assert last.text.startswith(f"{SERVER}: the server session_table ended with exit code 1\n")
    assert last.text.endswith("  struck by lightning")


def test_a_server_that_is_found_dead_after_the_last_step(here: Here, perform: Player) -> None:
    def story(stage: Stage) -> None:
        visit(stage)
        kill(here, "server")

    assert incident(perform(story)).kind == "server lost"


def test_a_server_that_hangs(here: Here, perform: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cookielab.stage.asking.TIMEOUT", 0.3)
    here.instead["server"] = LISTEN + "import signal; signal.pause()"
    last = incident(perform(visit))
    assert last.kind == "harness fault"
    assert f"{SERVER}: alice's POST /login to 127.0.0.1:" in last.text
    assert "got no answer (timeout)" in last.text


def test_an_agent_that_is_killed(here: Here, perform: Player) -> None:
    """The next play gets another one."""

    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        alice.login()
        kill(here, "alice")
        alice.whoami()

    last = incident(perform(story))
    assert last.kind == "harness fault"
    assert last.text.startswith("python -m clients.agent at host alice: it ")
    assert isinstance(perform(visit, folder="again")[-1], RunEnd)


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("print('hello')", "it printed a line that is no JSON object: hello"),
        ("print('{}')", "its first line should say that it is ready"),
        (ECHO + "    print(7)", "it printed a line that is no JSON object: 7"),
        (ECHO + "    print(json.dumps({'id': 99}))", "it made no sense of the step 'reset': {'id': 99}"),
        (
            ECHO + "    print(json.dumps({'id': 1, 'error': {'kind': 'usage'}}))",
            "it made no sense of the step 'reset': {'id': 1, 'error': {'kind': 'usage'}}",
        ),
        (ECHO, "it printed nothing for 0.3 s"),
    ],
)
def test_an_agent_that_talks_nonsense_or_hangs(
    here: Here, perform: Player, monkeypatch: pytest.MonkeyPatch, script: str, complaint: str
) -> None:
    """Nobody waits for it without a deadline, and it is asked nothing more: the next play gets another one."""
    monkeypatch.setattr("cookielab.stage.agents.PATIENCE", 0.3)

    def story(stage: Stage) -> None:
        (stranger,) = stage.people("stranger")
        stranger.visit()

    here.instead["clients.agent"] = script
    last = incident(perform(story))
    assert last.text.startswith(f"python -m clients.agent at host stranger: {complaint}\nits last output:")
    here.instead.clear()
    monkeypatch.undo()
    assert isinstance(perform(story, folder="again")[-1], RunEnd)
    kill(here, "stranger")


def test_a_mistake_in_a_scenario(perform: Player) -> None:
    def story(stage: Stage) -> None:
        visit(stage)
        raise ZeroDivisionError("nobody to divide among")

    last = incident(perform(story))
    assert last.kind == "scenario crashed"
    assert last.text.startswith("ZeroDivisionError: nobody to divide among\nTraceback")


def test_an_error_among_people_who_act_together_is_not_lost(perform: Player) -> None:
    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        stage.together(alice.visit, mistake)

    def mistake() -> NoReturn:
        raise ZeroDivisionError

    assert incident(perform(story)).text.startswith("ZeroDivisionError")


def test_an_interruption_goes_on_upwards_and_leaves_a_history(here: Here, perform: Player, tmp_path: Path) -> None:
    def story(stage: Stage) -> None:
        visit(stage)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perform(story)
    last = incident(read(tmp_path / "run" / "history.jsonl"))
    assert (last.kind, last.text) == ("interrupted", "by KeyboardInterrupt")
    assert "server" not in [process.host for process in here.processes if process.poll() is None]


def test_an_interruption_while_an_agent_is_waited_for(here: Here, perform: Player, tmp_path: Path) -> None:
    """It is not mistaken for the silence of that agent, which is asked nothing more on the way out."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    def story(stage: Stage) -> None:
        (stranger,) = stage.people("stranger")
        Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        stranger.visit()

    here.instead["clients.agent"] = ECHO + "    if asked['do'] == 'reset': print(json.dumps({'id': 1}))"
    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            perform(story)
    finally:
        signal.signal(signal.SIGUSR1, before)
        kill(here, "stranger")
    assert incident(read(tmp_path / "run" / "history.jsonl")).kind == "interrupted"


def test_what_follows_from_a_failure_does_not_hide_it(perform: Player) -> None:
    """Here the end of the lab itself: nothing can be undone any more."""

    def story(stage: Stage) -> None:
        stage._undo.callback(fail, LabError("the gateway cannot be put back"))
        fail(HarnessFault("the gateway has died"))

    def fail(error: Exception) -> NoReturn:
        raise error

    assert incident(perform(story)).text == "the gateway has died"


def test_a_lab_that_cannot_be_put_back_is_an_incident(perform: Player) -> None:
    def story(stage: Stage) -> None:
        visit(stage)
        stage._undo.callback(fail)

    def fail() -> NoReturn:
        raise LabError("the gateway cannot be put back")

    assert incident(perform(story)).text == "the gateway cannot be put back"


def test_the_servers_log_is_kept(perform: Player, tmp_path: Path) -> None:
    perform(visit)
    lines = [json.loads(line) for line in (tmp_path / "run" / "server.log").read_text().splitlines()]
    assert [line.get("event") or line["path"] for line in lines] == ["listening", "/login", "/whoami"]
