"""What a check says to machines: JUnit XML, Markdown, SARIF. The words of a server stay words in each of them."""

import json
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from cookielab.report import junit, markdown, sarif
from cookielab.report.outcome import Outcome, relative
from cookielab.stage.rows import Preflight, Row
from tests.unit.report.outcomes import HOSTILE, outcome

SCHEMA = Path(__file__).with_name("sarif-2.1.0.schema.json")
"""OASIS' own, as Microsoft's package jest-sarif has it (MIT)."""


def controls(text: str) -> list[str]:
    return [letter for letter in text if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Cn"} and letter != "\n"]


def test_junit_has_a_case_for_each_invariant_of_each_scenario(tmp_path: Path) -> None:
    suite = ET.fromstring(junit.document(outcome(tmp_path))).find("testsuite")
    assert suite is not None
    states = {
        f"{case.get('classname')}/{case.get('name')}": next(
            (child.tag for child in case if child.tag != "system-out"), ""
        )
        for case in suite.iter("testcase")
    }
    assert states == {
        "cookielab.preflight/the profile is tried": "",
        "cookielab.nat/isolation": "failure",
        "cookielab.nat/continuity": "",
        "cookielab.fixation/authenticity": "skipped",
        "cookielab.restart/the server restarts": "skipped",
        "cookielab.forged/authenticity": "skipped",
        "cookielab.roam/steadiness": "skipped",
        "cookielab.cycle/continuity": "",
    }
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("8", "1", "4")


def test_junit_gives_reason_and_evidence(tmp_path: Path) -> None:
    top = ET.fromstring(junit.document(outcome(tmp_path, "bob")))
    failure = top.find(".//failure")
    assert failure is not None
    assert failure.text is not None
    assert failure.get("message") == "alice was shown bob"
    assert failure.text.splitlines()[1:3] == [
        "2: alice: GET /me?bob -> 200", f"history: {tmp_path}/run/nat/subject/history.jsonl",
    ]  # fmt: skip
    said = [skipped.get("message") for skipped in top.iter("skipped")]
    assert said == [
        "unknown: no answer: bob",
        "left out: the lab does not start it",
        "unknown: the power check failed",
        "accepted: accepted until 2027-01-01: bob: alice was nobody",
    ]
    assert top.findtext(".//system-out") == "observed, not judged:\nthe server says bob"
    (case,) = [case for case in top.iter("testcase") if case.find("failure") is not None]
    assert (case.get("file"), case.get("line")) == (relative(tmp_path / "cookielab.yaml"), "4")


def test_words_of_a_server_in_xml(tmp_path: Path) -> None:
    """It is XML all the same, they are whole, and nothing of them controls anything."""
    text = junit.document(outcome(tmp_path))
    top = ET.fromstring(text)
    failure = top.find(".//failure")
    assert failure is not None
    assert "</failure>]]> <script>alert(1)</script>" in (failure.get("message") or "")
    assert controls(text) == []
    assert {element.tag for element in top.iter()} <= set(
        "testsuites testsuite properties property testcase failure skipped system-out".split()
    )


def test_words_of_a_server_in_markdown(tmp_path: Path) -> None:
    """No table gets another cell, no HTML, no link, nobody is mentioned, no fence is closed early."""
    text = markdown.document(outcome(tmp_path))
    assert controls(text) == []
    fenced = re.compile(r"^(`{3,})\n(.*?)^\1\n", re.MULTILINE | re.DOTALL)
    outside = fenced.sub("", text)
    assert len(fenced.findall(text)) == 1
    assert "`" not in re.sub(r"(?<=\| )`[a-z-]+`|(?<=- )`[a-z-]+`", "", outside)
    for row in (line for line in outside.splitlines() if line.startswith("|")):
        assert row.count("|") == 5, row
    own = {"details", "/details", "summary", "/summary", "sub", "/sub", "!--"}
    assert set(re.findall(r"<(!--|/?\w+)", outside)) <= own
    assert "](" not in outside
    assert not re.search(r"[@#]\w", outside.replace("&#", "&"))
    assert "://" not in outside
    assert "www." not in outside


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("plain words, with a comma. And a stop.", "plain words, with a comma. And a stop."),
        ("a|b <b> `c` *d* _e_ [f](g)", "a&#124;b &#60;b&#62; &#96;c&#96; &#42;d&#42; &#95;e&#95; &#91;f&#93;&#40;g&#41;"),
        ("@octocat and #12", "&#64;<!-- -->octocat and &#35;<!-- -->12"),
        ("https://a.test www.b.test", "https&#58;//a.test www&#46;b.test"),
        ("1. no list", "1&#46; no list"),
        ("- none either", "&#45; none either"),
    ],
)  # fmt: skip
def test_markdown_means_nothing(words: str, written: str) -> None:
    assert markdown.escaped(words) == written


def test_the_summary_is_appended_where_a_code_host_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1. nothing without the variable 2. behind what is there already 3. cut below what the host takes."""
    whole = outcome(tmp_path)
    monkeypatch.delenv(markdown.SUMMARY, raising=False)
    markdown.summarise(whole)
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    monkeypatch.setenv(markdown.SUMMARY, str(file))
    markdown.summarise(whole)
    assert file.read_text() == "before\n" + markdown.document(whole)
    monkeypatch.setattr(markdown, "LONGEST", 100)
    file.write_text("")
    markdown.summarise(whole)
    assert file.read_text().endswith("\n\n(cut here; the whole is among the results)\n")
    assert len(file.read_bytes()) < 200


def read(text: str) -> dict[str, Any]:
    """SARIF, valid against the schema."""
    written: dict[str, Any] = json.loads(text)
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text())).validate(written)
    return written


def test_sarif_is_valid_and_tells_what_is_broken(tmp_path: Path) -> None:
    run = read(sarif.document(outcome(tmp_path, "bob")))["runs"][0]
    broken, accepted = run["results"]
    assert broken["ruleId"] == "nat/isolation"
    assert run["tool"]["driver"]["rules"][broken["ruleIndex"]]["id"] == "nat/isolation"
    (place,) = broken["locations"]
    uri = place["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.endswith("cookielab.yaml")
    assert place["physicalLocation"]["region"] == {"startLine": 4}
    assert place["logicalLocations"] == [{"fullyQualifiedName": "GET /me?bob", "kind": "resource"}]
    assert broken["message"]["text"].startswith("alice was shown bob\n2: alice: GET /me?bob -> 200\nhistory: ")
    assert "suppressions" not in broken
    assert accepted["ruleId"] == "roam/steadiness"
    assert accepted["suppressions"][0]["justification"] == "accepted until 2027-01-01: bob"
    said = [each["message"]["text"] for each in run["invocations"][0]["toolExecutionNotifications"]]
    assert said == ["fixation/authenticity: no answer: bob", "forged/authenticity: the power check failed"]


def test_words_of_a_server_in_sarif(tmp_path: Path) -> None:
    """No link, no placeholder, no control character; pure ASCII."""
    text = sarif.document(outcome(tmp_path))
    assert text.isascii()
    message = read(text)["runs"][0]["results"][0]["message"]["text"]
    assert controls(message) == []
    assert "\\[here\\](https://example.test/)" in message
    assert "{{0}}" in message


def stopped(folder: Path, words: str = HOSTILE) -> Outcome:
    """The same check, stopped by an error of several lines behind its last row."""
    return replace(outcome(folder, words), exit_code=3, stopped=f"the server died:\n  {words}")


def test_what_was_stopped_is_an_error_in_junit_beside_what_was_judged(tmp_path: Path) -> None:
    suite = ET.fromstring(junit.document(stopped(tmp_path))).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("9", "1", "1")
    (error,) = suite.iter("error")
    assert error.get("message") == "the server died:"
    assert error.text is not None
    assert "]]> <script>" in error.text
    (alone,) = ET.fromstring(junit.document(Outcome(stopped="no engine", exit_code=3))).iter("testcase")
    assert [child.tag for child in alone] == ["error"]


def test_a_failed_preflight_is_an_error_in_junit(tmp_path: Path) -> None:
    flight = Preflight(rows=[Row("alice is seen", False, "nobody", "me: /me")])
    (error,) = ET.fromstring(junit.document(Outcome(flight=flight))).iter("error")
    assert error.get("message") == "nothing is judged: alice is seen: nobody; the profile's line: me: /me"


def test_what_was_stopped_is_said_first_in_markdown(tmp_path: Path) -> None:
    lines = markdown.document(stopped(tmp_path, "x")).splitlines()
    assert lines[2:8] == [
        "**stopped before its end: 1 broken, 2 unknown, 1 accepted, 1 holds**", "", "```", "the server died:", "  x", "```",
    ]  # fmt: skip
    assert markdown.document(Outcome(stopped="no ``` engine")).splitlines()[:7] == [
        "## Cookie Lab: check", "", "**stopped before its end: nothing is judged**", "", "````", "no ``` engine", "````",
    ]  # fmt: skip


def test_what_was_stopped_is_a_notification_in_sarif(tmp_path: Path) -> None:
    for whole in (stopped(tmp_path), Outcome(stopped="no engine"), Outcome(stopped="interrupted", exit_code=130)):
        made = json.loads(sarif.document(whole))
        jsonschema.validate(made, json.loads(SCHEMA.read_text()))
        (invocation,) = made["runs"][0]["invocations"]
        assert invocation["executionSuccessful"] is False
        last = invocation["toolExecutionNotifications"][-1]
        assert (last["level"], last["message"]["text"].split(":")[0]) == ("error", "check")


def test_without_a_profile_in_a_file_a_result_has_no_line(tmp_path: Path) -> None:
    whole = outcome(tmp_path, "bob")
    object.__setattr__(whole, "where", lambda _: None)
    (place,) = read(sarif.document(whole))["runs"][0]["results"][0]["locations"]
    assert list(place) == ["logicalLocations"]
