"""A check that ends before its end: its files say so and why, and none of them is that of an earlier check."""

import json
import os
import signal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from tests.commands.test_check import desk, folder, profile
from tests.desk import Desk
from tests.labs import ROOT

__all__ = ["desk", "folder"]
pytestmark = [pytest.mark.netns, pytest.mark.timeout(240)]

SCHEMA = json.loads((ROOT / "tests/unit/report/sarif-2.1.0.schema.json").read_text())
DEAD = "run: sh -c 'echo no database; exit 4' {port}\nusers: {a: {password: x}, b: {password: y}}\nlogin: /in\nme: /\n"


def asked(folder: Path) -> list[str]:
    """The options for all three files, each of which is there from an earlier check."""
    for name in ("junit", "markdown", "sarif"):
        (folder / f"report.{name}").write_text("of an earlier check")
    return [word for name in ("junit", "markdown", "sarif") for word in (f"--{name}", str(folder / f"report.{name}"))]


def told(folder: Path) -> tuple[str, str, dict[str, Any]]:
    """What the three files say: JUnit's error, Markdown, and the run of a valid SARIF file."""
    (error,) = ET.parse(folder / "report.junit").iter("error")
    made = json.loads((folder / "report.sarif").read_text())
    jsonschema.validate(made, SCHEMA)
    return error.text or "", (folder / "report.markdown").read_text(), made["runs"][0]


@pytest.mark.parametrize(
    ("text", "words", "ending"),
    [
        (DEAD, "", (3, "no database")),
        ("run: x\nusres: {}\n", "", (2, "cookielab.yaml:2: usres: there is no such key; did you mean 'users'?")),
        (DEAD, "nta", (2, "unknown scenario 'nta'. Did you mean 'nat'?")),
        (DEAD, "--skip-nothing", (2, "unrecognized arguments: --skip-nothing")),
        (DEAD, "--engine docker", (2, "run: ")),
        (DEAD, "--baseline none.yaml", (2, "none.yaml: cannot be read")),
        (DEAD, "http://127.0.0.1:1 --run x", (2, "are two servers")),
    ],
)
def test_each_file_says_why(desk: Desk, folder: Path, text: str, words: str, ending: tuple[int, str]) -> None:
    """And so does the summary of a code host, once."""
    code, why = ending
    (folder / "cookielab.yaml").write_text(text)
    summary = folder / "summary"
    words = f"{folder}/cookielab.yaml {words}"
    done = desk.run("check", *words.split(), *asked(folder), GITHUB_STEP_SUMMARY=str(summary))
    assert done.code == code, done.err
    assert why in done.err
    error, shown, run = told(folder)
    assert why in error
    assert why in shown
    assert run["results"] == []
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, code)
    assert summary.read_text() == shown


def test_a_failed_preflight(desk: Desk, folder: Path) -> None:
    """Each file has its row."""
    done = desk.run("check", profile(folder, "x_ok_plain", me="nobody"), *asked(folder))
    assert done.code == 3, done.out + done.err
    error, shown, run = told(folder)
    assert error.startswith("nothing is judged: ")
    assert "| ⛔ | `preflight` | stopped | nothing is judged" in shown
    assert run["invocations"][0]["toolExecutionNotifications"][-1]["level"] == "error"


@pytest.mark.parametrize(
    ("number", "code", "why"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 130, "interrupted"),
        (signal.SIGKILL, -signal.SIGKILL, "the check has begun and has not come to its end"),
    ],
)
def test_what_is_ended_keeps_what_was_judged(desk: Desk, folder: Path, number: int, code: int, why: str) -> None:
    """1. what was judged before stands in the files 2. a killed one says that it did not end."""
    running = desk.start("check", profile(folder, "x_bad_fixation"), "fixation", "nat", *asked(folder))
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith("  fixation"):
            break
    os.kill(running.pid, number)
    done = desk.end(running)
    assert done.code == code, done.err
    error, shown, run = told(folder)
    assert why in error
    assert why in shown
    results = {result["ruleId"] for result in run["results"]}
    assert results == (set() if number == signal.SIGKILL else {"fixation/authenticity", "fixation/isolation"})
    desk.run("down")  # what was killed has left its lab's folder


def test_nobody_reads_on(desk: Desk, folder: Path) -> None:
    """`cookielab check | head -1`"""
    with desk.start("check", profile(folder, "x_ok_plain"), "nat", *asked(folder)) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        running.stderr.read()
        assert running.wait(60) == 3
    assert told(folder)[0] == "whoever read its output left before the end"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--markdown {0}/cookielab.yaml", "--markdown {0}/cookielab.yaml: this is the name of a profile, and would be written over; name another file"),
        ("--junit {0}", "--junit {0}: is a folder; name a file"),
        ("--junit {0}/x --sarif {0}/x", "--junit and --sarif: two of them name the same file"),
    ],
)  # fmt: skip
def test_nothing_else_is_written_over(desk: Desk, folder: Path, words: str, message: str) -> None:
    before = profile(folder, "x_ok_plain"), (folder / "cookielab.yaml").read_text()
    done = desk.run("check", before[0], *words.format(folder).split())
    assert (done.code, done.err) == (2, f"cookielab: {message.format(folder)}\n")
    assert (folder / "cookielab.yaml").read_text() == before[1]
    assert not (folder / "x").exists()


def test_a_word_that_is_no_command(desk: Desk, folder: Path) -> None:
    """`cookielab chek`: what an earlier check has left does not look like this one's."""
    assert desk.run("chek", *asked(folder)).code == 2
    assert "unknown command 'chek'. Did you mean 'check'?" in told(folder)[0]
