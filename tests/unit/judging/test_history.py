"""The history on disk: what is written comes back as it was, and what is no history is refused with its place."""

import json
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cookielab.judging.events import TYPES, Event, Narration, Request, RunEnd, RunStart, View
from cookielab.judging.history import History, HistoryError, decode, encode, read

START = RunStart(
    run="r1",
    engine="netns",
    scenario="nat",
    subject="by_address",
    capture="off",
    exercises=("isolation", "continuity"),
    hosts={"alice": ("192.168.10.11", "10.20.0.31")},
)
GET = Request(person="alice", host="alice", action="visit", method="GET", url="http://server.lab.test:9001/")


def test_what_is_recorded_is_read_back(tmp_path: Path) -> None:
    """Numbered from 1, dated, in order, and on disk before `record` returns."""
    with History(tmp_path / "run" / "history.jsonl") as history:
        start = history.record(START)
        assert read(history.path) == (start,)
        told = history.record(Narration(text="Alice visits."))
        end = history.record(RunEnd())
    assert [event.seq for event in (start, told, end)] == [1, 2, 3]
    assert 0 < start.at <= told.at <= end.at
    assert read(history.path) == history.events == (start, told, end)


def test_a_date_that_an_event_brings_is_kept(tmp_path: Path) -> None:
    with History(tmp_path / "history.jsonl") as history:
        assert history.record(Narration(text="then", at=12.5)).at == 12.5


def test_threads_record_in_one_order(tmp_path: Path) -> None:
    with History(tmp_path / "history.jsonl") as history:
        threads = [
            threading.Thread(target=lambda: [history.record(Narration(text="x")) for _ in range(50)]) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [event.seq for event in read(history.path)] == list(range(1, 201))


TEXTS = st.text(st.characters(codec=None, exclude_categories=()))  # halves of characters, too


@given(
    st.builds(
        Request,
        person=TEXTS,
        host=TEXTS,
        action=TEXTS,
        method=TEXTS,
        url=TEXTS,
        cookies_sent=st.none() | TEXTS,
        status=st.none() | st.integers(100, 599),
        headers=st.lists(st.tuples(TEXTS, TEXTS)).map(tuple),
        body=TEXTS,
        view=st.none() | st.builds(View, known=st.none() | st.booleans(), visits=st.none() | st.integers(), note=TEXTS),
        elapsed=st.floats(0, 100),
    )
)
def test_every_request_survives_the_way_to_disk_and_back(request_: Request) -> None:
    line = encode(request_)
    assert line.isascii()
    assert "\n" not in line
    assert decode(json.loads(line)) == request_


def test_every_kind_of_event_has_a_name_of_its_own() -> None:
    assert {kind.__name__ for kind in TYPES.values()} == {kind.__name__ for kind in Event.__subclasses__()}


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    """The run was killed while it wrote; what is whole counts."""
    path = tmp_path / "history.jsonl"
    path.write_text(encode(START) + "\n" + encode(GET)[:40])
    assert read(path) == (START,)


def line(**changes: Any) -> str:
    record = {"type": "request", **asdict(GET), **changes}
    return json.dumps({key: value for key, value in record.items() if value is not ...})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("not json", "Expecting value: line 1 column 1 (char 0)"),
        ("[1, 2]", "an event is a JSON object, this is [1, 2]"),
        ('{"type": "requets"}', f'unknown event type "requets"; known: {", ".join(TYPES)}'),
        (line(url=...), "request lacks the field 'url'"),
        (line(colour="blue"), "request has an unknown field 'colour'"),
        (line(status="200"), 'request.status should be of type int, not "200"'),
        (line(seq=True), "request.seq should be of type int, not true"),
        (line(headers=[["Set-Cookie"]]), "request.headers should have 2 parts, not 1"),
        (line(view=[]), "request.view should be an object, not []"),
        (line(view={"known": 1}), "request.view.known should be of type bool, not 1"),
        (line(body=None), "request.body should be of type str, not null"),
    ],
)
def test_a_line_that_is_no_event_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(f"{encode(START)}\n{text}\n")
    with pytest.raises(HistoryError) as caught:
        read(path)
    assert str(caught.value) == f"{path}, line 2: {complaint}"


def test_a_file_without_an_event_is_named(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text("")
    with pytest.raises(HistoryError, match=r"there is no event in this history$"):
        read(path)
    path.write_text('{"type": "run-st')
    with pytest.raises(HistoryError, match=r"its only line is cut off$"):
        read(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "absent.jsonl"
    with pytest.raises(HistoryError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: the history cannot be read: ")


def test_a_history_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    History(path).close()
    with pytest.raises(HistoryError) as caught:
        History(path)
    assert str(caught.value) == f"{path}: there is a history already; give the new run a folder of its own"
