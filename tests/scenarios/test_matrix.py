"""Every scenario against every handler on every engine: what comes out is what the table says, for the reason it says."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab.commands import choosing, judge, run
from cookielab.engines.base import Engine
from cookielab.engines.choice import NAMES
from cookielab.judging.events import Incident, Request
from cookielab.judging.result import Result, exit_code
from cookielab.judging.verdict import Verdict
from cookielab.stage.catalogue import wanted
from cookielab.subjects.handlers import HANDLERS
from scenarios.expected import EXPECTED
from tests.labs import need
from tests.scenarios.theatre import CATALOGUE, THEATRES, Theatre, of

pytestmark = pytest.mark.timeout(600)  # the first test of a row plays it

AT_ONCE = ("two-tabs",)  # scenarios in which one person asks several things at once
STORY = tuple(name for name, row in EXPECTED.items() if tuple(row) == HANDLERS)
MITM = ("nat", "cycle", "foreign-cookie", "forged", "flaky-network", "eavesdrop")


@pytest.fixture(scope="session")
def theatre(lab: Engine, tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    return of(lab, tmp_path_factory.getbasetemp())


@pytest.mark.parametrize(
    ("scenario", "handler"), [(name, handler) for name, row in EXPECTED.items() for handler in row]
)
def test_matrix(theatre: Theatre, scenario: str, handler: str) -> None:
    """The verdict is the expected one; the play came to its end, or ended by the fault that the scenario exposes."""
    result = theatre.row(scenario)[handler]
    assert result.verdict is EXPECTED[scenario][handler], reasons(result)
    assert [event for event in result.events if isinstance(event, Incident)] == []


@pytest.mark.parametrize("scenario", EXPECTED)
def test_power(theatre: Theatre, scenario: str) -> None:
    """Each handler that the scenario must break is convicted by requests that are in the history; the fix never is."""
    row = theatre.row(scenario)
    assert set(CATALOGUE[scenario].must_break) <= {name for name in row if row[name].verdict is Verdict.BROKEN}
    for handler in CATALOGUE[scenario].must_break:
        broken = [finding for finding in row[handler].findings if finding.verdict is Verdict.BROKEN]
        events = {event.seq for event in row[handler].events}
        requests = {event.seq for event in row[handler].events if isinstance(event, Request)}
        assert all(events.issuperset(finding.evidence) for finding in broken), broken
        assert all(requests & set(finding.evidence) for finding in broken), broken
    assert {finding.verdict for finding in row["session_table"].findings} == {Verdict.HOLDS}


@pytest.mark.parametrize("scenario", EXPECTED)
def test_the_slide(theatre: Theatre, scenario: str, tmp_path: Path) -> None:
    """The fix on one slide holds as well, in all that one process can. On Docker the scenarios of the story are enough: it is
    the same server."""
    if theatre.engine.name == "docker" and scenario not in STORY:
        pytest.skip("played on netns")
    theatre.need(scenario)
    (played,) = run.plays(theatre.lab, [(CATALOGUE[scenario], ("small_table",))], "off", tmp_path)
    assert played.verdict is wanted(scenario, "small_table"), reasons(played)


def test_both_engines_tell_the_same() -> None:
    """The same verdict on each invariant; with the fix, where nothing is left to chance, the same answers to all."""
    for name in NAMES:
        need(name)
    both = {name for name, scenario in CATALOGUE.items() if not scenario.not_on}
    played = [
        {key: row for key, row in theatre.rows.items() if key[1] == "off" and key[0] in both}
        for theatre in THEATRES.values()
    ]
    if len(played) < 2 or played[0].keys() != played[1].keys():
        pytest.skip("not the same scenarios were selected on both engines")
    for key in played[0]:
        one, other = played[0][key], played[1][key]
        assert {name: verdicts(one[name]) for name in one} == {name: verdicts(other[name]) for name in other}
        assert answers(one["session_table"]) == answers(other["session_table"])


@pytest.mark.parametrize("scenario", MITM)
def test_with_mitmproxy_in_between(theatre: Theatre, scenario: str) -> None:
    """A proxy in the path changes nothing in what a scenario proves."""
    chosen = choosing.handlers(CATALOGUE[scenario], (), whole=False)
    row = theatre.row(scenario, "mitm", chosen)
    assert {name: result.verdict for name, result in row.items()} == {name: EXPECTED[scenario][name] for name in chosen}


@pytest.mark.parametrize("scenario", EXPECTED)
def test_judged_again(theatre: Theatre, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    """From the file alone come the same findings, and the exit code of a run with this play alone."""
    for result in theatre.row(scenario).values():
        code = judge.again([result.folder / "history.jsonl"], as_json=True)
        said = json.loads(capsys.readouterr().out)
        stored = json.loads((result.folder / "verdicts.json").read_text())
        assert (said["findings"], said["verdict"]) == (stored["findings"], stored["verdict"])
        assert [finding["verdict"] for finding in said["findings"]] == [f.verdict for f in result.findings]
        assert code == exit_code([result]) == 0


def reasons(result: Result) -> str:
    """Why a verdict came out, for the message of a test that fails."""
    return "\n".join(f"{finding.invariant} {finding.verdict}: {finding.sentence}" for finding in result.findings)


def verdicts(result: Result) -> dict[str, Verdict]:
    return {finding.invariant: finding.verdict for finding in result.findings}


def answers(result: Result) -> dict[str, list[tuple[object, ...]]]:
    """What each person was told, in order. Who comes first where several ask at once is chance: visits are not counted there."""
    return {
        person: list(_told(result, person)) for person in {e.person for e in result.events if isinstance(e, Request)}
    }


def _told(result: Result, person: str) -> Iterator[tuple[object, ...]]:
    for event in result.events:
        if isinstance(event, Request) and event.person == person and event.action != "neighbour":
            view = event.view
            visits = view and view.visits if result.scenario not in AT_ONCE else None
            yield event.action, event.status, event.error, view and (view.known, view.user, visits)
