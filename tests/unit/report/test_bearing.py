"""What is said where a design, and no mistake, is what breaks."""

import pytest

from cookielab.judging.verdict import Finding, Verdict
from cookielab.report.check import bearing
from cookielab.stage.checking import Checked
from tests.unit.report.outcomes import SCENARIO


def broken(scenario: str, *invariants: str) -> Checked:
    findings = tuple(Finding(each, Verdict.BROKEN, "so it was", (1,)) for each in invariants)
    held = Finding("isolation", Verdict.HOLDS, "9 answers")
    return Checked(scenario=SCENARIO[scenario], state="broken", findings=(*findings, held))


def test_finality_alone_can_be_borne_with_a_reason_and_a_date() -> None:
    rows = [broken("old-id-alive", "finality"), broken("replay-after-logout", "finality")]
    assert "--baseline takes a reason and a date" in bearing(rows)


@pytest.mark.parametrize(
    "rows", [[], [broken("nat", "isolation")], [broken("nat", "isolation"), broken("cycle", "finality")]]
)
def test_all_else_is_to_be_mended(rows: list[Checked]) -> None:
    assert bearing(rows) == ""
