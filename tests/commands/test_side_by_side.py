"""`run` in several labs at once, and several times: the same verdicts, and nothing is left of the labs."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from tests.desk import Desk, checkout
from tests.labs import need, until, variables

pytestmark = [pytest.mark.netns, pytest.mark.timeout(240)]
WORDS = ("run", "user-switch", "old-id-alive", "split-header", "--handler", "session_table", "--handler", "keeps_data")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    need("netns")
    return Desk(checkout(tmp_path / "here"), "netns", variables(5))


def test_two_labs_and_two_plays_of_each(desk: Desk) -> None:
    """1. Every pair is played twice, and the report tells them in the order of the words.
    2. The labs are gone, with all that is known of them; the evidence is in one folder.
    """
    done = desk.run(*WORDS, "--jobs", "2", "--repeat", "2", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    pairs = [(play["scenario"], play["handler"], play["verdict"]) for play in told["plays"]]
    switch = [("user-switch", "session_table", "holds")] * 2 + [("user-switch", "keeps_data", "broken")] * 2
    assert pairs[:4] == switch
    assert [scenario for scenario, _, _ in pairs] == sorted(
        [scenario for scenario, _, _ in pairs], key=["user-switch", "old-id-alive", "split-header"].index
    )
    assert len({play["history"] for play in told["plays"]}) == 12
    assert "12/12" in done.err
    assert not list((desk.place / ".lab/labs").glob("*"))


def test_what_came_out_differently_is_told_once(desk: Desk) -> None:
    done = desk.run("run", "user-switch", "--handler", "keeps_data", "--repeat", "3", "--capture", "off")
    assert done.code == 0, done.err
    assert done.out.count("keeps_data       BROKEN   caught, as expected: ") == 1
    assert "each of 1 pairs was played 3 times" in done.out
    assert "3 of 3 verdicts are as expected\nbroken is good news here: 3 mistakes were caught" in done.out
    assert desk.left() == []


def test_a_lab_that_cannot_come_up_is_said(desk: Desk) -> None:
    """By a store that this machine lacks; the exit code is that of a run that decided nothing."""
    done = desk.run(*WORDS, "--jobs", "2", PATH="/nonexistent")
    assert done.code == 3, done.err
    assert "Traceback" not in done.err
    assert done.err.startswith("cookielab: "), done.err


def test_ctrl_c_ends_all_labs(desk: Desk) -> None:
    """1. The plays that are going on end, no further one begins. 2. Exit code 130, and no process and no lab is left."""
    command = desk.start("run", "all", "--handler", "session_table", "--jobs", "2")
    labs = desk.place / ".lab/labs"
    until(lambda: len(list(labs.glob("*/lab.json"))) == 2, "both labs are there", 60)
    owners = [json.loads(file.read_text())["variables"]["LAB_NAME"] for file in labs.glob("*/lab.json")]
    os.killpg(command.pid, signal.SIGINT)
    done = desk.end(command)
    assert (done.code, done.err.count("Traceback")) == (130, 0), done.err
    assert [left for name in owners for left in replace(desk, lab={"LAB_NAME": name}).left()] == []
