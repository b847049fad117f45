"""Several plays of one scenario as one row, and what a seed decides."""

from pathlib import Path

from cookielab.judging.verdict import Finding, Verdict
from cookielab.stage import chance
from cookielab.stage.checking import Checked, together
from cookielab.stage.inventions import chosen
from cookielab.stage.person import new_canary
from scenarios import SCENARIOS

NAT = next(scenario for scenario in SCENARIOS if scenario.id == "nat")


def play(number: int, **findings: Verdict) -> Checked:
    made = tuple(Finding(name, verdict, f"{name} in play {number}") for name, verdict in findings.items())
    states = list(findings.values())
    state = next((str(each) for each in (Verdict.BROKEN, Verdict.UNKNOWN, Verdict.HOLDS) if each in states), "told")
    return Checked(
        scenario=NAT, state=state, findings=made, folder=Path(f"play-{number}"), requests=10,
        observations=("seen",), broke=int(state == "broken"),
    )  # fmt: skip


def test_broken_once_is_broken() -> None:
    """And is told as such, with the history of the play that shows it."""
    row = together([
        play(1, isolation=Verdict.HOLDS, continuity=Verdict.HOLDS),
        play(2, isolation=Verdict.HOLDS, continuity=Verdict.BROKEN),
        play(3, isolation=Verdict.HOLDS, continuity=Verdict.BROKEN),
    ])  # fmt: skip
    assert (row.state, row.plays, row.broke, row.requests, row.observations) == ("broken", 3, 2, 30, ("seen",))
    assert row.proof == "continuity: in 2 of 3 plays: continuity in play 2"
    assert row.places["continuity"] == Path("play-2")
    assert [finding.verdict for finding in row.findings] == [Verdict.HOLDS, Verdict.BROKEN]


def test_not_always_judged_is_unknown() -> None:
    row = together([play(1, isolation=Verdict.HOLDS), play(2, isolation=Verdict.UNKNOWN)])
    assert (row.state, row.proof) == ("unknown", "isolation: in 1 of 2 plays: isolation in play 2")


def test_always_holding_holds() -> None:
    row = together([play(1, isolation=Verdict.HOLDS), play(2, isolation=Verdict.HOLDS)])
    assert (row.state, row.proof, row.plays) == ("holds", "isolation: isolation in play 1", 2)


def test_a_single_play_is_what_it_is() -> None:
    only = play(1, isolation=Verdict.BROKEN)
    assert together([only]) is only


def choices(seed: int, play: str, fresh: str = "") -> list[str]:
    with chance.seeded(seed, play, fresh):
        return [chosen("abc123"), chosen(""), new_canary("alice"), new_canary("bob"), new_canary("alice")]


def test_a_seed_decides() -> None:
    """The same again for the same play, something else for another play, another seed, and without one."""
    assert choices(7, "nat/subject") == choices(7, "nat/subject")
    assert not set(choices(7, "nat/subject")) & set(choices(7, "nat/calm"))
    assert not set(choices(7, "nat/subject")) & set(choices(8, "nat/subject"))
    assert len(set(choices(7, "nat/subject"))) == 5
    assert new_canary("alice") != new_canary("alice")
    assert chosen("abc123abc123") != chosen("abc123abc123")


def test_what_a_server_keeps_is_new_each_time() -> None:
    """Of a server that the lab does not start: made-up ids are the same again, notes are not."""
    first, second = choices(7, "nat/subject", "one"), choices(7, "nat/subject", "another")
    assert first[:2] == second[:2]
    assert not set(first[2:]) & set(second[2:])
