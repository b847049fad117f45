"""What `make bench-sessions` makes of its numbers, and that its servers and visitors are real."""

import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.bench import instructions, load, processes, report, results
from tests.bench.__main__ import main
from tests.bench.errors import BenchError
from tests.bench.results import Driven, Load, Measured, Sweep
from tests.bench.subjects import SUBJECTS, Subject, families
from tests.bench.targets import targets

OURS, PEER, BARE = (next(one for one in SUBJECTS if one.id == f"starlette/{variant}")
                    for variant in ("ours-redis", "starsessions-redis", "bare"))  # fmt: skip


def loads(*rates: float) -> dict[str, list[Load]]:
    return {kind: [Load(rate, 1, 2) for rate in rates] for kind in ("read", "write")}


def measured() -> Measured:
    """Three rounds, in the second of which the machine was at half its speed."""
    return Measured(
        {"Date": "2026-01-01"},
        {BARE.id: loads(10_000, 5_000, 10_000), OURS.id: loads(5_000, 2_500, 5_000), PEER.id: loads(1_000, 500, 1_000)},
        {"memory": {1_000: 4.0, 1_000_000: 5.6}},
        {1_000_000: 612.0},
        {"threads": Sweep(1_000_000, 3, 12.5, 0.3)},
        {"cookies": {1_000: 2.0, 2_000: 2.2, 4_000: 2.0}},
        {"django/db": "it did not start\nfor some reason"},
        {OURS.id: {"read": Driven(27.1, 175_000), "write": Driven(45.0, 300_000)}},
    )


def test_a_ratio_is_made_within_a_round() -> None:
    """A machine that is slow for a while slows down the bare app as well."""
    assert measured().ratios(OURS, "read") == [0.5, 0.5, 0.5]
    assert measured().rate(OURS, "read") == 5_000
    assert measured().added(OURS, "read") == pytest.approx(100)


def test_each_target_is_met_or_not() -> None:
    assert {target.what: (round(target.value, 2), target.limit, target.met) for target in targets(measured())} == {
        "ASGI, Redis, read: relative to no sessions": (0.5, 0.72, False),
        "ASGI, Redis, write: relative to no sessions": (0.5, 0.62, False),
        "Redis, read: added on starlette; target: what starsessions adds": (100, 900, True),
        "Redis, write: added on starlette; target: what starsessions adds": (100, 900, True),
        "look-up time, memory: the longest by the shortest": (1.4, 1.3, False),
        "memory of a small session in MemoryStore, 1,000,000 of them": (612, 800, True),
        "longest request during a sweep: memory, sweeping thread": (12.5, 10, False),
        "parsing, cookies: time per byte by that of the next shorter header": (1.1, 1.3, True),
    }


def test_the_tables_are_markdown_and_name_what_is_missing() -> None:
    lines = list(report.tables(measured()))
    assert "NOT MET" in next(line for line in lines if "look-up time, memory" in line)
    assert [cell.strip() for cell in next(line for line in lines if "**Cookie Lab**" in line).split("|")[1:-1]] == [
        "", "**Cookie Lab**", "Redis", "5,000", "0.50", "100 µs", "5,000", "0.50", "100 µs",
    ]  # fmt: skip
    assert [cell.strip() for cell in [line for line in lines if "**Cookie Lab**" in line][1].split("|")[1:-1]] == [
        "**Cookie Lab**", "Redis", "0.0 µs", "27.1 µs", "175,000", "0.0 µs", "45.0 µs", "300,000",
    ]  # fmt: skip
    assert lines[-1] == "- not measured: django/db; it did not start"


def test_a_stored_run_can_be_read_again(tmp_path: Path) -> None:
    measured().save(tmp_path / "bench" / "sessions.json")
    assert asdict(results.load(tmp_path / "bench" / "sessions.json")) == asdict(measured())


def test_every_family_has_its_bare_app() -> None:
    assert families([PEER]) == {"starlette": [BARE, PEER]}


def test_an_unknown_subject_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "starlette/ours-memry"]) == 2
    assert "Did you mean 'starlette/ours-memory'?" in capsys.readouterr().err


def test_visitors_really_log_in_and_are_told_apart(tmp_path: Path) -> None:
    subject = next(one for one in SUBJECTS if one.id == "starlette/ours-memory")
    with processes.server(subject, tmp_path, "") as (process, port):
        cookies = list(load.visits(port, bare=False, count=3))
        process.check()
        if shutil.which("wrk"):
            (tmp_path / "cookies").write_text("".join(f"{line}\n" for line in cookies))
            assert load.wrk(port, "/read", tmp_path / "cookies", 1).rate > 10
            with pytest.raises(BenchError, match="requests failed"):
                load.wrk(port, "/nowhere", tmp_path / "cookies", 1)
        assert process.cpu() > 0
    assert len(set(cookies)) == 3
    assert all(line.startswith("sid=") for line in cookies)


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
def test_instructions_are_those_of_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not those of the start, which are a thousand times as many."""
    monkeypatch.setattr(instructions, "PATHS", {"read": "/read"})
    monkeypatch.setattr(instructions, "TIMES", 1)
    found = Measured()
    instructions.measure(found, [BARE])
    assert not found.failures
    assert 20_000 < found.driven[BARE.id]["read"].instructions < 500_000
    assert found.driven[BARE.id]["read"].cpu > 1


def test_a_server_that_dies_refuses_and_says_why(tmp_path: Path) -> None:
    """Nobody waits for it: the socket goes with the process."""
    broken = Subject("flask", "ours-nothing", "nobody", "nowhere")
    with processes.server(broken, tmp_path, "") as (process, port):
        with pytest.raises(OSError, match=r"refused|reset|closed"):
            list(load.visits(port, bare=False))
        with pytest.raises(BenchError, match="ours-nothing ended with exit code"):
            process.check(processes.PATIENCE)
