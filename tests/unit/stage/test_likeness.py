"""Which handler a subject is said to behave like."""

import pytest

from cookielab.stage.checking import Checked
from cookielab.stage.likeness import likeness, remedies
from scenarios import SCENARIOS
from scenarios.expected import EXPECTED

BY_ID = {scenario.id: scenario for scenario in SCENARIOS}


@pytest.mark.parametrize("name", ["as_published", "by_address", "client_chosen", "pinned_table", "no_regeneration"])
def test_each_handler_is_like_itself(name: str) -> None:
    """Played against all scenarios it is found, with the number of those that it was played in."""
    table = {id_: row[name] for id_, row in EXPECTED.items() if name in row}
    rows = [Checked(scenario=BY_ID[id_], state=table.get(id_, "holds")) for id_ in EXPECTED]
    known = sum(verdict in {"holds", "broken"} for verdict in table.values())
    said = f"{name} or constant_cookie" if name == "as_published" else name  # these two have the same row of verdicts
    assert likeness(rows, EXPECTED) == f"behaves like {said} in {known} of {known} scenarios"


def test_nothing_broken_is_like_nobody() -> None:
    assert likeness([Checked(scenario=each, state="holds") for each in SCENARIOS], EXPECTED) == ""


def test_many_breaks_are_not_explained_by_one_scenario() -> None:
    """`pinned_table` would fit one row of these in 1 of 1; by_address fits them all."""
    table = {id_: row["by_address"] for id_, row in EXPECTED.items() if "by_address" in row}
    rows = [Checked(scenario=BY_ID[id_], state=state) for id_, state in table.items()]
    known = sum(verdict in {"holds", "broken"} for verdict in table.values())
    assert likeness(rows, EXPECTED) == f"behaves like by_address in {known} of {known} scenarios"


def test_a_handler_that_differs_too_often_is_not_named() -> None:
    """Broken where nobody else is: in `cycle` all else breaks in other scenarios as well."""
    rows = [Checked(scenario=each, state="broken" if each.id == "cycle" else "holds") for each in SCENARIOS]
    assert likeness(rows, EXPECTED) == ""


def test_three_mistakes_have_three_names() -> None:
    mistakes = {"fixation": "no_regeneration", "old-id-alive": "keeps_old_id", "user-switch": "keeps_data"}
    rows = [Checked(scenario=each, state="broken" if each.id in mistakes else "holds") for each in SCENARIOS]
    names = "no_regeneration in 1 of 1 scenarios, like keeps_old_id in 1 of 1 scenarios, like keeps_data in 1 of 1 scenarios"
    assert likeness(rows, EXPECTED) == f"behaves like {names}"


def test_one_cause_has_one_remedy() -> None:
    """A logout that leaves the copy alive shows in two scenarios, and a new id at login would not help in either."""
    broken = {"fixation", "old-id-alive", "replay-after-logout"}
    rows = [Checked(scenario=each, state="broken" if each.id in broken else "holds") for each in SCENARIOS]
    names = "signed_cookie in 2 of 2 scenarios, like no_regeneration in 1 of 1 scenarios"
    assert likeness(rows, EXPECTED) == f"behaves like {names}"
    assert list(remedies(rows, EXPECTED).items()) == [
        (BY_ID["replay-after-logout"].remedy, ("old-id-alive", "replay-after-logout")),
        (BY_ID["fixation"].remedy, ("fixation",)),
    ]


def test_what_most_scenarios_have_in_common_comes_first_and_once() -> None:
    """Five scenarios that one address explains have one remedy; what it does not explain has its own."""
    broken = {id_ for id_, row in EXPECTED.items() if row.get("by_address") == "broken"}
    rows = [
        Checked(scenario=each, state="broken" if each.id in {*broken, "restart"} else "holds") for each in SCENARIOS
    ]
    first, *rest = remedies(rows, EXPECTED).items()
    assert first[0] == BY_ID["nat"].remedy
    assert set(first[1]) == broken
    assert rest == [(BY_ID["restart"].remedy, ("restart",))]


def test_what_cannot_be_told_apart_is_named_together() -> None:
    """`nat` alone breaks for whoever shares a cookie, and for whoever shares an address."""
    rows = [Checked(scenario=BY_ID["nat"], state="broken")]
    assert likeness(rows, EXPECTED) == "behaves like constant_cookie or by_address in 1 of 1 scenarios"
    assert remedies(rows, EXPECTED) == {BY_ID["nat"].remedy: ("nat",)}
