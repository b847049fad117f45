"""A short run of what `make fuzz` does a million times: no Cookie header makes the session table err."""

from random import Random

import pytest

from sessiontable import AsyncSession, Cookie, Session
from tests.fuzz import grammar, oracle
from tests.fuzz.corpus import seeds
from tests.fuzz.judge import FaultError, judge, lines_of

INPUTS = 20_000


def test_every_seed_holds() -> None:
    for data in seeds():
        judge(data)


def test_inputs_from_the_grammar_hold() -> None:
    """The same inputs each time; and they are worth something: many hold a cookie of our name."""
    random, ours = Random(20_000), 0
    for _ in range(INPUTS):
        data = grammar.request(random)
        judge(data)
        ours += bool(Cookie("sid", secure=False).candidates(lines_of(data)))
    assert ours > INPUTS / 4


def test_the_slow_reading_agrees_with_the_rules() -> None:
    """What the oracle itself takes for our cookie, told by hand."""
    line = "a=1; sid=A;sid = B;\r\n\tsid=C=;SID=x; sid; =sid=x; notsid=x; sid"
    assert oracle.values("sid", [line, "", "sid="]) == ["A", "B", "C=", ""]


@pytest.mark.parametrize(
    "fault",
    [
        lambda lines: [],
        lambda lines: oracle.values("sid", lines)[:1],
        lambda lines: [value.strip('"') for value in oracle.values("sid", lines)],
        lambda lines: [*oracle.values("sid", lines), *oracle.values("SID", lines)],
        lambda lines: [value.strip() for value in oracle.values("sid", lines)],
        lambda lines: oracle.values("sid", [line.encode("ascii").decode() for line in lines]),
    ],
    ids=["nothing", "first alone", "unquoted", "any case", "all blanks", "ascii alone"],
)
def test_a_parser_with_a_fault_is_found(fault: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeds and a thousand inputs are enough for the usual mistakes."""
    monkeypatch.setattr(Cookie, "candidates", lambda self, lines: fault(lines))  # type: ignore[operator]
    random = Random(1)
    inputs = [*seeds(), *(grammar.request(random) for _ in range(1000))]
    with pytest.raises((FaultError, UnicodeError)):
        any(judge(data) for data in inputs)  # type: ignore[func-returns-value]


@pytest.mark.parametrize("kind", [AsyncSession, Session])
def test_a_quick_look_with_a_fault_is_found(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that nobody comes, where the long way knows better."""

    def nobody(self: AsyncSession, store: object, later: bool) -> bool:
        self._looked = True
        return len(self._ids) == 1

    monkeypatch.setattr(kind, "_look_at_once", nobody)
    with pytest.raises(FaultError):
        any(judge(data) for data in seeds())  # type: ignore[func-returns-value]
