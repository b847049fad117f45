"""What is said of a calm twin: without its proxy or cache it tells that apart, too."""

import pytest

from cookielab.judging.verdict import Verdict
from cookielab.report.check import in_calm
from cookielab.stage.checking import Checked
from tests.unit.report.outcomes import SCENARIO

PLAIN = "broken in calm, too, each person at an address of their own: a plain bug"


@pytest.mark.parametrize(
    ("scenario", "calm", "said"),
    [
        ("nat", Verdict.HOLDS, "holds in calm; so it is the shared address, the order or the concurrency"),
        (
            "cached-body",
            Verdict.HOLDS,
            "holds in calm, without the proxy or cache in between; so it is that, the order or the concurrency",
        ),
        ("nat", Verdict.BROKEN, PLAIN),
        ("cached-body", Verdict.BROKEN, PLAIN),
        ("nat", Verdict.UNKNOWN, ""),
        ("nat", None, ""),
    ],
)
def test_what_the_calm_twin_says(scenario: str, calm: Verdict | None, said: str) -> None:
    assert in_calm(Checked(scenario=SCENARIO[scenario], state="broken", calm=calm)) == said
