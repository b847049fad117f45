"""A run says how far it is and how long it takes, and that a mistake which was caught is what was wanted."""

from pathlib import Path

import pytest

from cookielab.judging.result import Result
from cookielab.judging.verdict import Finding, Verdict
from cookielab.report.progress import Ahead, in_words, outcome

HOLDS, BROKEN, UNKNOWN = Verdict.HOLDS, Verdict.BROKEN, Verdict.UNKNOWN


def result(verdict: Verdict, expected: Verdict | None) -> Result:
    return Result("nat", "by_address", (Finding("isolation", verdict, "so it is"),), expected, Path(), ())


@pytest.mark.parametrize(
    ("verdict", "expected", "said"),
    [
        (BROKEN, BROKEN, "caught, as expected"),
        (HOLDS, HOLDS, "as expected"),
        (UNKNOWN, UNKNOWN, "as expected"),
        (HOLDS, BROKEN, "expected broken"),
        (BROKEN, HOLDS, "expected holds"),
        (BROKEN, None, "nothing was expected"),
    ],
)
def test_what_a_verdict_means(verdict: Verdict, expected: Verdict | None, said: str) -> None:
    assert outcome(result(verdict, expected)) == said


def test_the_time_left_is_told_from_the_plays_that_are_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = iter([100.0, 110.0, 120.0])
    monkeypatch.setattr("cookielab.report.progress.time.monotonic", lambda: next(now))
    ahead = Ahead(3)
    for _ in range(2):
        ahead.done(result(BROKEN, BROKEN))
    first, second = capsys.readouterr().err.splitlines()
    assert first.split() == "nat by_address broken caught, as expected 1/3, 20 s left".split()
    assert second.endswith("2/3, 10 s left")


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (99.0, "99 s"), (150.0, "2 min"), (3600.0, "60 min")])
def test_a_time_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
