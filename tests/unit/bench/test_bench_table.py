"""What the benchmark makes of its samples. That it measures rightly shows in the numbers themselves."""

import json
import sys
from collections.abc import Mapping

import pytest

from cookielab.errors import CommandFailed
from tests.bench import boot
from tests.bench.measure import Bench, Result, Row, Sample, run


def bench(*rounds: Mapping[str, Sample], lack: str = "") -> Bench:
    """A benchmark that takes these samples, one round after the other, and then fails."""
    left = iter(rounds)

    def measure() -> Mapping[str, Sample]:
        for samples in left:
            return samples
        raise CommandFailed(("measure",), 1, "broken")

    return Bench("small", "what it is", {"one": Row("a thing", limit=2), "two": Row("another", "MiB")}, 3, measure,
                 lambda: lack)  # fmt: skip


def taken(one: float, two: float) -> dict[str, Sample]:
    return {"one": Sample(one, cpu=one / 2), "two": Sample(two)}


@pytest.mark.parametrize(("values", "met"), [((1, 2, 9), True), ((1, 2.1, 9), False)])
def test_the_median_decides_whether_a_target_is_met(values: tuple[float, ...], met: bool) -> None:
    assert Result(Row("a thing", limit=2), tuple(Sample(value) for value in values)).met is met


def test_the_table_shows_each_row_and_then_what_was_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounds that were done count, even if a later one fails; the failure is told on stderr."""
    monkeypatch.setattr(boot, "BENCHES", {"small": bench(taken(3, 10), taken(1, 20))})
    assert boot.main([]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "            median    min    max  runs  CPU s  target",
        "a thing     2.00 s   1.00   3.00     2   1.00  <= 2 s  met",
        "another  15.00 MiB  10.00  20.00     2",
        "",
        "small: what it is",
    ]
    assert "small 2/3: one 1 s, two 20 MiB\nsmall: command failed with exit code 1: measure" in said.err


def test_what_cannot_be_measured_says_why_and_is_no_success(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boot, "BENCHES", {"small": bench(lack="no such machine")})
    assert boot.main(["--json"]) == 3
    said = json.loads(capsys.readouterr().out)
    assert (said["measured"], said["missing"]) == ({}, {"small": "no such machine"})


def test_an_unknown_name_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert boot.main(["--only", "host"]) == 2
    assert "hosts" in capsys.readouterr().err


ORPHAN = """
import os, subprocess, sys
from tests.bench.measure import adopt, clock

adopt()
worker = "while __import__('time').process_time() < 0.2: pass"
with clock() as sample:
    subprocess.run(("sh", "-c", '"$0" -c "$1" &', sys.executable, worker))
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
print(sample.cpu >= 0.2)
"""


def test_the_clock_counts_what_orphans_have_worked() -> None:
    """A command leaves work to a process that outlives it, as `cookielab up` does."""
    assert run((sys.executable, "-c", ORPHAN)) == "True\n"
