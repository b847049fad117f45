"""Edges of judging a whole history that mutants of the judge have shown: each was held by no other test."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from cookielab.judging.canaries import reading
from cookielab.judging.cookies import reaches, set_cookie
from cookielab.judging.events import Event, RunEnd, RunStart, ServerStart
from cookielab.judging.history import History, HistoryError, read
from cookielab.judging.invariants import INVARIANTS, Invariant
from cookielab.judging.invariants.isolation import Isolation
from cookielab.judging.judge import judge, store
from cookielab.judging.verdict import Finding
from tests.unit.judging.tale import UNKNOWN, Tale, two_who_write


def steadiness(events: Sequence[Event]) -> Finding:
    return next(finding for finding in judge(events) if finding.invariant == "steadiness")


def test_an_empty_history_is_refused() -> None:
    with pytest.raises(HistoryError) as caught:
        judge([])
    assert str(caught.value) == "this history does not begin with a run-start event, so nothing says what to judge"


def test_a_history_that_ends_with_its_first_event_was_cut_off() -> None:
    sentence = "the history ends before the run did, after event 1"
    assert judge(Tale("isolation").events) == (Finding("isolation", UNKNOWN, sentence, (1,)),)


def test_an_invariant_that_does_not_exist_is_told_whatever_else_went_wrong() -> None:
    known = "isolation, continuity, uniqueness, authenticity, finality, durability, steadiness"
    sentence = f"there is no such invariant; there are: {known}"
    assert judge(Tale("isolatoin").events) == (Finding("isolatoin", UNKNOWN, sentence),)


def test_a_check_that_crashes_at_the_end_is_told_whatever_else_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    class Crash(Isolation):
        def finding(self) -> NoReturn:
            raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr("cookielab.judging.judge.INVARIANTS", {**INVARIANTS, "isolation": Invariant(Crash)})
    tale = two_who_write()
    tale.incident("the agent ended")
    sentence = "the check crashed: ZeroDivisionError: nothing to divide by"
    assert judge(tale.events)[0] == Finding("isolation", UNKNOWN, sentence)


@pytest.mark.parametrize("second", [{"error": "reset"}, {"status": 502}])
def test_all_that_a_dying_server_dropped_at_the_end_is_not_held_against_it(second: dict[str, object]) -> None:
    """What another server answers meanwhile says nothing of it."""
    tale = two_who_write()
    tale.ask("alice", "whoami", sent="sid=A", error="reset")
    tale.ask("alice", "neighbour", server="http://server.lab.test:8085", status=200)
    tale.ask("alice", "whoami", sent="sid=A", **second)  # type: ignore[arg-type]
    tale.incident("the server h ended with exit code 139", kind="server lost")
    sentence = "server lost: the server h ended with exit code 139"
    assert steadiness(tale.events) == Finding("steadiness", UNKNOWN, sentence, (9,))


@pytest.mark.parametrize("text", ["one line", "one line\nand another\nand a third"])
def test_of_an_incident_and_of_what_is_undecided_the_first_line_is_told(text: str) -> None:
    tale = two_who_write()
    tale.undecided(text, "steadiness")
    assert steadiness([*tale.events, RunEnd(seq=7)]) == Finding("steadiness", UNKNOWN, "one line", (6,))
    tale.incident(text)
    assert steadiness(tale.events) == Finding("steadiness", UNKNOWN, "harness fault: one line", (7,))


def test_findings_are_stored_also_of_what_is_no_whole_run(tmp_path: Path) -> None:
    store(tmp_path / "verdicts.json", two_who_write().events[1:], ())
    assert json.loads((tmp_path / "verdicts.json").read_text()) == {"verdict": "unknown", "findings": []}


def test_a_history_makes_the_folders_that_it_is_to_lie_in(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "history.jsonl"
    start = RunStart(run="r", engine="netns", scenario="s", subject="h", capture="off", exercises=())
    with History(path) as history:
        history.record(start)
        history.record(ServerStart(role="subject", name="h", url="http://h.test"))
    assert [json.loads(line)["type"] for line in path.read_text().splitlines()] == ["run-start", "server-start"]
    assert read(path) == history.events


def test_a_line_that_no_event_can_have_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "history.jsonl"
    start = RunStart(run="r", engine="netns", scenario="s", subject="h", capture="off", exercises=())
    with History(path) as history:
        history.record(start)
    longest = path.stat().st_size + 10
    with path.open("a") as file:
        file.write("x" * 1000 + "\n")
    monkeypatch.setattr("cookielab.judging.history.LONGEST", longest)
    with pytest.raises(HistoryError) as caught:
        read(path)
    assert str(caught.value) == f"{path}, line 2: longer than {longest} bytes, which no event is"


# cookies and texts


@pytest.mark.parametrize(
    ("line", "url_path", "name", "value", "path"),
    [
        ("sid=YWJj==; Path=/a=b", "/", "sid", "YWJj==", "/a=b"),
        ("sid=1", "/shop/cart/item", "sid", "1", "/shop/cart"),
        ("sid=1", "/item", "sid", "1", "/"),
        ("sid=1; Path=shop", "/forum/", "sid", "1", "/forum"),
    ],
)
def test_a_cookie_has_a_path(line: str, url_path: str, name: str, value: str, path: str) -> None:
    cookie = set_cookie(line, 0.0, url_path)
    assert (cookie.name, cookie.value, cookie.path) == (name, value, path)


@pytest.mark.parametrize(
    ("path", "url_path", "is_so"),
    [
        ("/", "/", True),
        ("/", "/shop", True),
        ("/shop", "/shop", True),
        ("/shop", "/shop/cart", True),
        ("/shop/", "/shop/cart", True),
        ("/shop", "/shopping", False),
        ("/shop", "/forum/", False),
        ("/shop/", "/shop", False),
    ],
)
def test_where_a_cookie_is_sent(path: str, url_path: str, *, is_so: bool) -> None:
    assert reaches(path, url_path) is is_so


@pytest.mark.parametrize("between", ["&#0;", "&#xD800;", "&#x110000;", "%00", "&#1;"])
def test_what_stands_in_a_canary_makes_it_none(between: str) -> None:
    assert reading(f"c-0123456789{between}ab").canaries == frozenset()


def test_a_text_that_is_no_text_is_read_all_the_same() -> None:
    """Half a pair of surrogates, as JSON may spell it."""
    assert reading('\ud800 "c-0123456789ab"').canaries == {"c-0123456789ab"}
