"""Gates and the server's clock on the stage: what they promise, and what is said where something goes wrong at one."""

import time
from pathlib import Path

import pytest

from cookielab.judging.events import Event, Incident, Request, RunEnd, ServerClock, UnderWay
from cookielab.stage import Stage
from cookielab.stage.gates import Gate
from tests.unit.judging.conftest import Player
from tests.unit.judging.here import Here
from tests.unit.judging.test_incidents import incident, kill

GATE = "the gate 'answered' at GET /whoami of the server session_table"


def told(events: tuple[Event, ...]) -> list[tuple[str, str]]:
    """What happened, in the order in which it was recorded."""
    said: list[tuple[str, str]] = []
    for event in events:
        match event:
            case Request():
                said.append((event.person, event.action))
            case UnderWay():
                said.append((event.person, f"{event.action} {event.state} {event.gate}".rstrip()))
            case ServerClock():
                said.append(("server", f"clock {event.seconds:g}"))
    return said


def race(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    alice.login()
    with stage.gate("answered", alice, "whoami"):
        alice.logout()
    alice.whoami()


def test_while_the_block_runs_the_request_is_under_way(perform: Player) -> None:
    """Its reply is recorded when it has come, with who she was when she asked."""
    events = perform(race)
    assert told(events) == [
        ("alice", "login"), ("alice", "whoami begun answered"), ("alice", "logout"), ("alice", "whoami goes on answered"),
        ("alice", "whoami"), ("alice", "whoami"),
    ]  # fmt: skip
    _, logout, held, after = [event for event in events if isinstance(event, Request)]
    assert (held.claims, held.view and held.view.user) == ("alice", "alice")
    assert (after.claims, after.view and after.view.user) == (None, None)
    assert held.at < logout.at < logout.ended < held.ended < after.at
    assert isinstance(events[-1], RunEnd)


def test_a_server_of_others_takes_its_own_time(perform: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same story is a race there: the request is sent, and nothing holds it."""
    monkeypatch.setattr("cookielab.subjects.servers.Server.steer", lambda *_: None)
    events = perform(race)
    assert told(events)[1:4] == [("alice", "whoami begun"), ("alice", "logout"), ("alice", "whoami goes on")]
    assert isinstance(events[-1], RunEnd)


def test_in_the_calm_twin_it_is_over_before(perform: Player) -> None:
    assert told(perform(race, calm=True)) == [("alice", verb) for verb in ("login", "whoami", "logout", "whoami")]


def test_several_are_held_and_go_on_in_any_order(perform: Player) -> None:
    """A login and a note under way: each has its effect when it has come, and not before."""

    def story(stage: Stage) -> None:
        alice, bob = stage.people("alice", "bob")
        bob.login()
        with stage.gate("answered", alice, "login") as first, stage.gate("identified", bob, "write") as second:
            assert alice.jar == ()
            assert first is not None
            assert second is not None
            done = first.open()
            assert done is not None
            assert done.accepted
            alice.whoami()
            read = bob.read()
            assert read is not None
            assert bob.note is None
        assert second.request is not None
        assert bob.note is not None
        assert second.request.canary == bob.note
        assert bob.note not in read.body
        bob.read()

    events = perform(story)
    assert isinstance(events[-1], RunEnd), events[-1]
    assert told(events)[-1] == ("bob", "read")


def test_the_clock_is_moved_on_and_nobody_waits(perform: Player) -> None:
    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        alice.login()
        stage.server_clock(8000)
        alice.whoami()

    begun = time.monotonic()
    events = perform(story)
    assert time.monotonic() - begun < 60
    assert ("server", "clock 8000") in told(events)
    last = [event for event in events if isinstance(event, Request)][-1]
    assert (last.status, last.view and last.view.user) == (200, None)


def test_a_server_of_others_has_no_such_clock(perform: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cookielab.subjects.servers.Server.steer", lambda *_: None)
    last = incident(perform(lambda stage: stage.server_clock(60)))
    assert (last.kind, last.text) == (
        "harness fault",
        "session_table: its clock is the machine's: only that of the lab's own handlers can be moved on",
    )


def test_a_gate_that_nobody_opens(perform: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server lets go of what it holds, the play is a fault of the lab's that names the gate, and the next one is good."""
    monkeypatch.setattr("cookielab.subjects.steering.UNOPENED", 0.2)

    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        alice.login()
        with stage.gate("answered", alice, "whoami"):
            time.sleep(0.5)  # longer than the server waits

    last = incident(perform(story))
    assert (last.kind, last.text) == (
        "harness fault", f"{GATE}: nobody opened it in its time, so the server has let the request go on by itself"
    )  # fmt: skip
    monkeypatch.undo()


def test_a_gate_to_which_nobody_comes(perform: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cookielab.subjects.steering.ANSWER", 0.3)

    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        Gate(stage._places[0], "answered", alice, "whoami").arrived()

    last = incident(perform(story))
    assert last.kind == "harness fault"
    assert f"at host server: {GATE}: no request has come to it, within 0.3 s\n" in last.text


def test_a_gate_that_there_is_not(perform: Player) -> None:
    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        with stage.gate("pearly", alice, "whoami"):
            raise AssertionError

    last = incident(perform(story))
    assert last.kind == "harness fault"
    assert "ValueError: no such gate: 'pearly'; there are identified, answered" in last.text.splitlines()[0]


@pytest.mark.parametrize("asks", [True, False], ids=["and somebody asks it", "and nobody asks it"])
def test_a_server_that_dies_while_a_gate_is_closed(here: Here, perform: Player, tmp_path: Path, asks: bool) -> None:
    """1. it is told as the server's end 2. nothing is judged 3. nobody waits for it 4. the next play is as good as any."""

    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        alice.login()
        with stage.gate("answered", alice, "whoami"):
            kill(here, "server")
            if asks:
                alice.logout()

    begun = time.monotonic()
    last = incident(perform(story))
    assert time.monotonic() - begun < 15
    assert last.kind == "server lost"
    assert "--steered at host server: the server session_table ended with exit code -9\n" in last.text
    events = perform(race, folder="again")
    assert isinstance(events[-1], RunEnd)


def test_a_mistake_in_the_block_opens_the_gate(perform: Player) -> None:
    """What went wrong is what is said, and the person's client is good for the next play."""

    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        alice.login()
        with stage.gate("identified", alice, "whoami"):
            raise ZeroDivisionError

    last = perform(story)[-1]
    assert isinstance(last, Incident)
    assert last.text.startswith("ZeroDivisionError")
    assert isinstance(perform(race, folder="again")[-1], RunEnd)
