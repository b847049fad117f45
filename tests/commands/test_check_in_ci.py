"""`cookielab check` in CI: its files, its exit codes, what is accepted, repeated, chosen by chance."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.commands.test_check import desk, folder, profile
from tests.desk import Desk

__all__ = ["desk", "folder"]
pytestmark = [pytest.mark.netns, pytest.mark.timeout(240)]


def test_everything_at_once(desk: Desk, folder: Path) -> None:
    """1. the files and the summary tell what is broken, and how often 2. the seed is told 3. and decides the ids again."""
    path = profile(folder, "x_bad_fixation")
    names = {name: folder / f"report.{name}" for name in ("junit", "markdown", "sarif")}
    summary = folder / "summary.md"
    options = [word for name, file in names.items() for word in (f"--{name}", str(file))]
    done = desk.run(
        "check", path, "fixation", "nat", "--repeat", "2", "--seed", "7", *options, GITHUB_STEP_SUMMARY=str(summary)
    )
    assert done.code == 1, done.out + done.err
    assert "fixation                 broken   authenticity: in 2 of 2 plays: " in done.out
    assert "seed      7  (what was chosen by chance; again with --seed 7 --repeat 2)" in done.out
    states = {
        f"{case.get('classname')}/{case.get('name')}": [child.tag for child in case]
        for case in ET.parse(names["junit"]).iter("testcase")
    }
    assert states["cookielab.fixation/authenticity"] == ["failure"]
    assert states["cookielab.nat/isolation"] == []
    (run,) = json.loads(names["sarif"].read_text())["runs"]
    assert {result["ruleId"] for result in run["results"]} == {"fixation/authenticity", "fixation/isolation"}
    place = run["results"][0]["locations"][0]
    assert place["physicalLocation"]["region"] == {"startLine": 5}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "GET /whoami"
    assert summary.read_text() == names["markdown"].read_text()
    assert "| ❌ | `fixation` | broken | authenticity: in 2 of 2 plays: " in summary.read_text()
    again = desk.run("check", path, "nat", "--seed", "7")
    assert again.code == 0, again.err
    first, second = (_canaries(desk, number) for number in (0, 1))
    assert first
    assert first == second


def _canaries(desk: Desk, number: int) -> list[str]:
    """What people have stored in the first play of `nat` of the how many-th check."""
    folders = sorted(path for path in (desk.place / ".lab/runs").iterdir())
    lines = (folders[number] / "nat" / "subject" / "history.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    return sorted(event["canary"] for event in events if event["type"] == "request" and event["action"] == "write")


def test_what_is_accepted(desk: Desk, folder: Path) -> None:
    """1. all of it accepted: exit code 0, and told 2. an entry that is not needed is told."""
    path = profile(folder, "x_bad_fixation")
    accepted = folder / "accepted.yaml"
    accepted.write_text(
        "".join(
            f"- {{scenario: {scenario}, invariant: {invariant}, reason: until 3.0, until: 2999-01-01}}\n"
            for scenario, invariant in (("fixation", "authenticity"), ("fixation", "isolation"), ("nat", "isolation"))
        )
    )
    done = desk.run("check", path, "fixation", "nat", "--baseline", str(accepted))
    assert done.code == 0, done.out + done.err
    assert "fixation                 accepted authenticity: accepted until 2999-01-01: until 3.0; " in done.out
    assert f"baseline  {accepted}:3: nat/isolation: is not broken any more; remove the entry\n" in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--fail-on holds", "unknown verdict to fail on 'holds'. There are: broken, unknown"),
        ("--repeat 0", "'0' is no number here; give a whole one, 1 or more"),
        ("--repeat many", "'many' is no number here; give a whole one, 1 or more"),
        ("--seed -1", "'-1' is no number here; give a whole one, 0 or more"),
        ("--junit nowhere/x.xml", "--junit nowhere/x.xml: there is no folder HERE/nowhere; make it"),
        ("--junit scenarios/expected.py/a/x.xml", "--junit scenarios/expected.py/a/x.xml: HERE/scenarios/expected.py is no folder; name another file"),
        ("--markdown -", "--markdown -: it is written into a file, for the report goes to the terminal; name one"),
        ("--sarif a.json --baseline ./a.json", "--sarif a.json: this is the --baseline, and would be written over; name another file"),
        ("--baseline none.yaml", "none.yaml: cannot be read: No such file or directory; name the profile's file"),
    ],
)  # fmt: skip
def test_options_that_make_no_sense(desk: Desk, folder: Path, words: str, message: str) -> None:
    """Told before anything is started."""
    done = desk.run("check", profile(folder, "x_ok_plain"), *words.split())
    assert (done.code, done.out, done.err) == (2, "", f"cookielab: {message.replace('HERE', str(desk.place))}\n")


def test_a_baseline_is_kept_whatever_is_mistyped(desk: Desk, folder: Path) -> None:
    """A word that is not understood writes the reports, but none over what people have written."""
    accepted = folder / "accepted.json"
    accepted.write_text("[]")
    done = desk.run("check", "--sarif", str(accepted), "--baseline", str(accepted), "--fast")
    assert (done.code, accepted.read_text()) == (2, "[]")


def test_one_file_by_two_names(desk: Desk, folder: Path) -> None:
    (folder / "link").symlink_to(folder)
    names = str(folder / "report"), str(folder / "link" / "report")
    done = desk.run("check", profile(folder, "x_ok_plain"), "--junit", names[0], "--sarif", names[1])
    assert (done.code, done.err) == (2, "cookielab: --junit and --sarif: two of them name the same file\n")
