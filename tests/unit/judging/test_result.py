"""The exit code: expectations where there are any, else the verdict alone."""

from pathlib import Path

import pytest

from cookielab.judging.result import Result, exit_code
from cookielab.judging.verdict import Finding, Verdict

HOLDS, BROKEN, UNKNOWN = Verdict.HOLDS, Verdict.BROKEN, Verdict.UNKNOWN


def result(verdict: Verdict, expected: Verdict | None) -> Result:
    return Result("s", "h", (Finding("isolation", verdict, "so it was"),), expected, Path("x"), ())


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([], 3),
        ([(HOLDS, HOLDS), (BROKEN, BROKEN), (UNKNOWN, UNKNOWN)], 0),
        ([(HOLDS, BROKEN)], 1),
        ([(BROKEN, HOLDS), (UNKNOWN, HOLDS)], 3),
        ([(HOLDS, None)], 0),
        ([(BROKEN, None)], 1),
        ([(UNKNOWN, None)], 3),
        ([(HOLDS, None), (BROKEN, None)], 1),
    ],
)
def test_the_exit_code(pairs: list[tuple[Verdict, Verdict | None]], code: int) -> None:
    assert exit_code([result(*pair) for pair in pairs]) == code
