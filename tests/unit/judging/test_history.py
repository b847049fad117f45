"""The history on disk: what is written comes back as it was, and what is no history is refused with its place."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from cookielab.judging.events import TYPES, Event, Narration, Request, RunEnd, RunStart, View
from cookielab.judging.history import History, HistoryError, decode, encode, read

START = RunStart(
    seq=1,
    at=1.0,
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
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == request_


def test_every_kind_of_event_has_a_name_of_its_own() -> None:
    assert {kind.__name__ for kind in TYPES.values()} == {kind.__name__ for kind in Event.__subclasses__()}


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    """The run was killed while it wrote; what is whole counts."""
    path = tmp_path / "history.jsonl"
    path.write_bytes(encode(START) + encode(GET)[:40])
    assert read(path) == (START,)


def line(**changes: Any) -> str:
    record = {"type": "request", **structs.asdict(GET), **changes}
    return json.dumps({key: value for key, value in record.items() if value is not ...})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("not json", "JSON is malformed: invalid character (byte 4)"),
        ("[1, 2]", "Expected `object`, got `array`"),
        ('{"type": "requets"}', "Invalid value 'requets' - at `$.type`"),
        (line(url=...), "Object missing required field `url`"),
        (line(colour="blue"), "Object contains unknown field `colour`"),
        (line(status="200"), "Expected `int | null`, got `str` - at `$.status`"),
        (line(seq=True), "Expected `int`, got `bool` - at `$.seq`"),
        (line(headers=[["Set-Cookie"]]), "Expected `array` of length 2 - at `$.headers[0]`"),
        (line(view=[]), "Expected `object | null`, got `array` - at `$.view`"),
        (line(view={"known": 1}), "Expected `bool | null`, got `int` - at `$.view.known`"),
        (line(view={"knwon": True}), "Object contains unknown field `knwon` - at `$.view`"),
        (line(body=None), "Expected `str`, got `null` - at `$.body`"),
        (line(body="\ud800", status="2"), "Expected `int | null`, got `str` - at `$.status`"),
        (line(body="\ud800", at=float("nan")), "NaN is no number"),
        (line(at=float("nan")), "JSON is malformed: invalid character (byte 36)"),
        (line(at=2.5).replace("2.5", "1e999"), "Number out of range - at `$.at`"),
        (line(body="\ud800", at=2.5).replace("2.5", "1e999"), "Number out of range - at `$.at`"),
        ("[" * 10_000 + "]" * 10_000, "Expected `object`, got `array`"),
        (
            line(seq=4),
            "this is event 4, and event 2 should stand here; lines are missing, doubled or of another history",
        ),
        (
            line(seq=1),
            "this is event 1, and event 2 should stand here; lines are missing, doubled or of another history",
        ),
        (
            json.dumps({"type": "run-start", **structs.asdict(START)}),
            "another run begins here; a file holds one history, so split it",
        ),
    ],
)
def test_a_line_that_is_no_event_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(encode(START) + f"{text}\n".encode())
    with pytest.raises(HistoryError) as caught:
        read(path)
    assert str(caught.value) == f"{path}, line 2: {complaint}"


@pytest.mark.parametrize(
    "body", ["\ud800 half a character", "9" * 400, "[" * 10_000 + "]" * 10_000, "\u2028\x00\x7f\u202e"]
)
def test_a_body_is_only_text(tmp_path: Path, body: str) -> None:
    """Whatever a server sends comes back as it was, and no control character of it stands in the file as such."""
    with History(tmp_path / "history.jsonl") as history:
        history.record(START)
        asked = history.record(structs.replace(GET, body=body))
    assert asked.body == body
    assert read(history.path)[1] == asked
    assert "\u202e" not in history.path.read_text()


def test_a_number_of_400_digits_in_what_a_server_counts_is_kept(tmp_path: Path) -> None:
    with History(tmp_path / "history.jsonl") as history:
        history.record(START)
        asked = history.record(structs.replace(GET, view=View(visits=int("9" * 400))))
    assert read(history.path)[1] == asked


def test_a_date_that_is_none_is_not_recorded(tmp_path: Path) -> None:
    with History(tmp_path / "history.jsonl") as history, pytest.raises(HistoryError) as caught:
        history.record(structs.replace(GET, at=float("inf")))
    assert str(caught.value) == f"{history.path}: event 1 cannot be recorded: the date inf is no moment in time"


def test_a_full_disk_ends_the_recording(tmp_path: Path) -> None:
    """With the place, and what to do."""
    path = tmp_path / "history.jsonl"
    with History(path) as history, Path("/dev/full").open("wb", buffering=0) as full:
        history._file.close()
        history._file = full
        with pytest.raises(HistoryError) as caught:
            history.record(START)
    complaint = "event 1 could not be written: No space left on device; make room there, or run where there is room"
    assert str(caught.value) == f"{path}: {complaint}"
    assert history.events == ()


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """Each event is the system's before `record` returns."""
    path = tmp_path / "history.jsonl"
    script = (
        "import sys, itertools; from pathlib import Path\n"
        "from cookielab.judging.events import RunStart, Narration\n"
        "from cookielab.judging.history import History\n"
        "history = History(Path(sys.argv[1]))\n"
        "history.record(RunStart(run='r', engine='e', scenario='s', subject='h', capture='off', exercises=()))\n"
        "for _ in itertools.count(): print(history.record(Narration(text='x')).seq, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        told = [child.stdout.readline() for _ in range(200)]
        child.kill()
        last = [*told, *child.stdout.read().splitlines()][-2]
    assert len(read(path)) >= int(last)


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
