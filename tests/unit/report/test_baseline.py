"""Findings that are borne: what the file must say, what it changes, and what is said once it changes nothing."""

from datetime import date
from pathlib import Path

import pytest

from cookielab.errors import UsageError
from cookielab.judging.invariants import INVARIANTS
from cookielab.judging.verdict import Finding, Verdict
from cookielab.report import baseline
from cookielab.stage.checking import Checked, exit_of
from scenarios import SCENARIOS

IDS = tuple(scenario.id for scenario in SCENARIOS)
BY_ID = {scenario.id: scenario for scenario in SCENARIOS}
ENTRY = "- {{scenario: {0}, invariant: {1}, reason: we know, until: 2027-03-01}}\n"
BEFORE, AFTER = date(2027, 2, 28), date(2027, 3, 1)


def read(folder: Path, text: str) -> list[baseline.Entry]:
    file = folder / "accepted.yaml"
    file.write_text(text)
    return baseline.read(file, IDS)


def row(name: str, **findings: Verdict) -> Checked:
    made = tuple(Finding(invariant, verdict, "so it was") for invariant, verdict in findings.items())
    broken = Verdict.BROKEN in findings.values()
    return Checked(scenario=BY_ID[name], state="broken" if broken else "holds", findings=made, folder=Path("x"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scenario: nat\n", "FILE:1: must be a list, is a mapping"),
        ("- {scenario: nat, invariant: isolation, until: 2027-03-01}\n", "FILE:1: [0]: lacks the key 'reason'"),
        (
            "- scenario: nat\n  invariant: isolation\n  because: x\n  until: 2027-03-01\n",
            "FILE:3: [0].because: there is no such key; there are: scenario, invariant, reason, until",
        ),
        (
            "- scenario: nat\n  invariant: isolation\n  reason: '  '\n  until: 2027-03-01\n",
            "FILE:3: [0].reason: is empty; say why this is borne",
        ),
        (
            "- scenario: nat\n  invariant: isolation\n  reason: x\n  until: soon\n",
            "FILE:4: [0].until: must be a day such as 2027-03-01, is 'soon'",
        ),
        (
            "# no such\n- {scenario: nta, invariant: isolation, reason: x, until: 2027-03-01}\n",
            f"unknown scenario in FILE:2: 'nta'. Did you mean 'nat'? There are: {', '.join((*IDS, 'preflight'))}",
        ),
        (
            "- {scenario: nat, invariant: isolaton, reason: x, until: 2027-03-01}\n",
            f"unknown invariant in FILE:1: 'isolaton'. Did you mean 'isolation'? There are: {', '.join(INVARIANTS)}",
        ),
        (
            ENTRY.format("nat", "isolation") * 2,
            "FILE:2: [1]: nat/isolation stands in FILE:1 already; keep one of them",
        ),
        ("- [\n", "FILE:2: is no valid YAML: while parsing a flow node, expected the node content, but found '<stream end>'"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert str(caught.value) == message.replace("FILE", str(tmp_path / "accepted.yaml"))


def test_an_empty_file_accepts_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "# none yet\n") == []


def test_what_is_accepted_does_not_count(tmp_path: Path) -> None:
    """1. one broken and accepted, one that holds: exit code 0 2. the reason is told."""
    entries = read(tmp_path, ENTRY.format("roam", "steadiness"))
    rows = [row("roam", steadiness=Verdict.BROKEN), row("nat", isolation=Verdict.HOLDS)]
    counted = baseline.apply(entries, rows, (), BEFORE)
    assert [each.state for each in counted.rows] == ["accepted", "holds"]
    assert exit_of(counted.rows) == 0
    assert counted.rows[0].proof == "steadiness: accepted until 2027-03-01: we know"
    assert counted.told == ()


def test_something_else_that_is_broken_counts(tmp_path: Path) -> None:
    """And the sentence that is told is about that."""
    entries = read(tmp_path, ENTRY.format("roam", "steadiness"))
    rows = [row("roam", steadiness=Verdict.BROKEN, continuity=Verdict.BROKEN)]
    (counted,) = baseline.apply(entries, rows, (), BEFORE).rows
    assert (counted.state, counted.proof) == ("broken", "continuity: so it was")


def test_what_is_not_known_stays_unknown(tmp_path: Path) -> None:
    entries = read(tmp_path, ENTRY.format("roam", "steadiness"))
    rows = [row("roam", steadiness=Verdict.BROKEN, continuity=Verdict.UNKNOWN)]
    (counted,) = baseline.apply(entries, rows, (), BEFORE).rows
    assert (counted.state, exit_of([counted])) == ("unknown", 3)


def test_from_its_day_on_it_counts_again(tmp_path: Path) -> None:
    entries = read(tmp_path, ENTRY.format("roam", "steadiness"))
    counted = baseline.apply(entries, [row("roam", steadiness=Verdict.BROKEN)], (), AFTER)
    assert counted.rows[0].state == "broken"
    assert counted.told == (f"{tmp_path}/accepted.yaml:1: roam/steadiness: counts again since 2027-03-01",)


def test_an_entry_that_has_become_stale_is_told(tmp_path: Path) -> None:
    """Only where the scenario was judged: of one that was not played nothing is known."""
    entries = read(tmp_path, ENTRY.format("roam", "steadiness") + ENTRY.format("nat", "isolation"))
    counted = baseline.apply(entries, [row("nat", isolation=Verdict.HOLDS)], (), BEFORE)
    assert counted.told == (f"{tmp_path}/accepted.yaml:2: nat/isolation: is not broken any more; remove the entry",)


def test_an_entry_that_does_nothing_is_told_why(tmp_path: Path) -> None:
    """What is not known may be broken still: nothing is said of it."""
    entries = read(tmp_path, "".join(ENTRY.format("nat", name) for name in ("durability", "continuity", "isolation")))
    rows = [row("nat", isolation=Verdict.BROKEN, continuity=Verdict.UNKNOWN)]
    counted = baseline.apply(entries, rows, (), BEFORE)
    assert counted.told == (
        f"{tmp_path}/accepted.yaml:1: nat/durability: nat does not judge durability; remove the entry",
    )
    gone = [Checked(scenario=BY_ID["nat"], state="left out", why="no note")]
    counted = baseline.apply(entries[:1], gone, (), BEFORE)
    assert counted.told == (f"{tmp_path}/accepted.yaml:1: nat/durability: its scenario is not applicable here",)


@pytest.mark.parametrize("day", ["20270301", "2027-W10-1", "2027-3-1", "01.03.2027", "2027-02-30"])
def test_a_day_has_one_form(tmp_path: Path, day: str) -> None:
    with pytest.raises(UsageError, match="must be a day such as 2027-03-01"):
        read(tmp_path, ENTRY.format("nat", "isolation").replace("2027-03-01", day))


def test_what_is_broken_in_the_preflight(tmp_path: Path) -> None:
    entries = read(tmp_path, ENTRY.format("preflight", "authenticity"))
    breaks = [Finding("authenticity", Verdict.BROKEN, "a wrong password"), Finding("isolation", Verdict.BROKEN, "x")]
    counted = baseline.apply(entries, [], breaks, BEFORE)
    assert [finding.invariant for finding in counted.breaks] == ["isolation"]
    assert counted.accepted == {"authenticity": "accepted until 2027-03-01: we know"}


def test_unknown_may_be_borne_if_something_was_judged() -> None:
    known, unknown = row("nat", isolation=Verdict.HOLDS), Checked(scenario=BY_ID["roam"], state="unknown")
    assert exit_of([known, unknown]) == 3
    assert exit_of([known, unknown], bear={"unknown"}) == 0
    assert exit_of([unknown], bear={"unknown"}) == 3
    assert exit_of([row("nat", isolation=Verdict.BROKEN), unknown], bear={"unknown"}) == 1
