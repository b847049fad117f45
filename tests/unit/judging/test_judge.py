"""Judging a whole history: what a run's own troubles do to its verdicts, and what must not matter at all."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cookielab.judging.events import (
    ClientChange,
    Event,
    Narration,
    NetworkChange,
    Request,
    ServerStart,
    TableShown,
    Translation,
)
from cookielab.judging.history import HistoryError
from cookielab.judging.invariants import INVARIANTS, Invariant
from cookielab.judging.invariants.isolation import Isolation
from cookielab.judging.judge import judge, store
from cookielab.judging.seen import Seen
from cookielab.judging.verdict import Finding, Verdict, overall
from tests.unit.judging.tale import BROKEN, HOLDS, UNKNOWN, Tale, two_who_write

NEIGHBOUR = "http://server.lab.test:8085"


def good() -> Tale:
    tale = two_who_write()
    for person, id_ in (("alice", "sid=A"), ("bob", "sid=B")):
        tale.ask(person, "read", sent=id_, known=True, user=person, note=f"c-{person}")
    return tale


def bad() -> Tale:
    """Isolation is broken, steadiness holds."""
    tale = good()
    tale.ask("bob", "visit", sent="sid=B", known=True, body="c-alice")
    return tale


def verdicts(events: Sequence[Event]) -> dict[str, Verdict]:
    return {finding.invariant: finding.verdict for finding in judge(events)}


def test_only_what_the_scenario_exercises_is_judged() -> None:
    assert verdicts(good().end()) == dict.fromkeys(("isolation", "continuity", "steadiness", "durability"), HOLDS)


@pytest.mark.parametrize(
    ("found", "all_in_all"),
    [
        ([HOLDS, HOLDS], HOLDS),
        ([HOLDS, UNKNOWN], UNKNOWN),
        ([UNKNOWN, BROKEN, HOLDS], BROKEN),
        ([], UNKNOWN),
    ],
)
def test_broken_outweighs_unknown_and_unknown_outweighs_holds(found: list[Verdict], all_in_all: Verdict) -> None:
    """Nothing judged is nothing known."""
    assert overall(Finding("x", verdict, "") for verdict in found) is all_in_all


def test_an_incident_leaves_broken_what_is_broken_and_makes_the_rest_unknown() -> None:
    for tale, isolation in ((good(), UNKNOWN), (bad(), BROKEN)):
        tale.incident("alice's agent ended with exit code -9\nits last output: …")
        findings = {finding.invariant: finding for finding in judge(tale.events)}
        assert findings["isolation"].verdict is isolation
        assert findings["steadiness"] == Finding(
            "steadiness", UNKNOWN, "harness fault: alice's agent ended with exit code -9", (len(tale.events),)
        )


def test_what_a_dying_server_left_unanswered_is_not_held_against_it() -> None:
    """The requests after the last answer are the end of it, not its logic; an invented id may have been the cause."""
    tale = good()
    tale.exercise("authenticity")
    tale.ask("bob", "forge", sent="sid=\x00", error="reset")
    tale.ask("alice", "whoami", sent="sid=A", error="reset")
    tale.incident("the server session_table ended with exit code 139", kind="server lost")
    assert verdicts(tale.events) == {
        "isolation": UNKNOWN,
        "continuity": UNKNOWN,
        "steadiness": UNKNOWN,
        "durability": UNKNOWN,
        "authenticity": BROKEN,
    }


def test_what_was_dropped_before_a_later_answer_stays_broken() -> None:
    tale = good()
    tale.ask("alice", "whoami", sent="sid=A", error="empty_reply")
    tale.ask("alice", "whoami", sent="sid=A", user="alice")
    tale.incident("the server session_table ended with exit code 139", kind="server lost")
    assert verdicts(tale.events)["steadiness"] is BROKEN


def test_a_history_that_was_cut_off_proves_only_what_is_broken() -> None:
    assert set(verdicts(good().events).values()) == {UNKNOWN}
    assert verdicts(bad().events)["isolation"] is BROKEN
    assert verdicts(bad().events)["steadiness"] is UNKNOWN


def test_a_situation_that_did_not_come_about_proves_nothing() -> None:
    tale = good()
    tale.control(met=True)
    tale.control(met=False)
    finding = judge(tale.end())[0]
    assert (finding.verdict, finding.sentence) == (UNKNOWN, "the situation did not come about: one address for all")


def test_an_honest_request_that_timed_out_leaves_doubt() -> None:
    tale = good()
    tale.ask("alice", "whoami", sent="sid=A", error="timeout")
    finding = judge(tale.end())[0]
    assert (finding.verdict, finding.sentence) == (UNKNOWN, "alice's GET /whoami got no answer (timeout) (request 8)")


@pytest.mark.parametrize("action", ["forge", "neighbour"])
def test_a_time_out_of_others_and_a_request_that_could_not_be_sent_leave_none(action: str) -> None:
    tale = good()
    tale.ask("bob", action, error="timeout")
    tale.ask("bob", "visit", error="unsendable")
    assert set(verdicts(tale.end()).values()) == {HOLDS}


def test_a_check_that_crashes_is_unknown_and_names_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Crash(Isolation):
        def look(self, seen: Seen) -> NoReturn:
            raise ZeroDivisionError("no events to divide by")

    monkeypatch.setattr("cookielab.judging.judge.INVARIANTS", {**INVARIANTS, "isolation": Invariant(Crash)})
    first, *others = judge(good().end())
    assert first == Finding("isolation", UNKNOWN, "the check crashed: ZeroDivisionError: no events to divide by")
    assert {finding.verdict for finding in others} == {HOLDS}


def test_an_invariant_that_does_not_exist_is_unknown() -> None:
    finding = judge(Tale("isolatoin").end())[0]
    known = "isolation, continuity, uniqueness, authenticity, finality, durability, steadiness"
    assert finding == Finding("isolatoin", UNKNOWN, f"there is no such invariant; there are: {known}")


def test_a_history_without_a_start_is_refused() -> None:
    with pytest.raises(HistoryError) as caught:
        judge(good().events[1:])
    assert str(caught.value) == ("this history does not begin with a run-start event, so nothing says what to judge")


def test_the_verdicts_are_stored_with_their_proof(tmp_path: Path) -> None:
    events = bad().end()
    store(tmp_path / "verdicts.json", events, judge(events))
    stored = json.loads((tmp_path / "verdicts.json").read_text())
    assert {key: stored[key] for key in ("run", "scenario", "subject", "verdict")} == {
        "run": "r",
        "scenario": "s",
        "subject": "h",
        "verdict": "broken",
    }
    assert stored["findings"][0] == {
        "invariant": "isolation",
        "verdict": "broken",
        "sentence": "bob read alice's note 'c-alice' (request 8, from 198.51.100.2:40112)",
        "evidence": [3, 8],
    }


UNRELATED: tuple[Event, ...] = (
    Narration(text="Meanwhile nothing happens."),
    NetworkChange(host="home-gateway", change="flush", detail="3 connections forgotten"),
    TableShown(gateway="home-gateway", translations=(Translation(client="dave", inside="a", outside="b", remote="c"),)),
    ServerStart(role="neighbour", name="phpMyAdmin", url=NEIGHBOUR),
    ClientChange(person="dave", change="closed browser"),
    ClientChange(person="alice", change="new connection"),
    Request(person="alice", host="alice", action="neighbour", method="GET", url=f"{NEIGHBOUR}/", status=500),
    Request(
        person="dave", host="dave", action="neighbour", method="GET", url=f"{NEIGHBOUR}/", status=200, body="c-alice"
    ),
)


@given(st.booleans(), st.lists(st.tuples(st.integers(min_value=1, max_value=7), st.sampled_from(UNRELATED))))
def test_what_has_nothing_to_do_with_the_subject_changes_no_verdict(
    broken: bool, additions: list[tuple[int, Event]]
) -> None:
    """Narration, the network, other servers and other people's clients, wherever they stand in the history."""
    events = list((bad() if broken else good()).end())
    before = verdicts(events)
    for place, event in additions:
        events.insert(place, event)
    renumbered = [replace(event, seq=number, at=float(number)) for number, event in enumerate(events, 1)]
    assert verdicts(renumbered) == before
