"""Evidence of earlier commands: it is listed, kept within a limit, and judged again, from anywhere."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab.engines.owner import mark
from tests.desk import Desk, checkout
from tests.labs import ROOT, need, variables

pytestmark = [pytest.mark.netns, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A checkout in which two scenarios were played against two handlers each."""
    need("netns")
    desk = Desk(checkout(tmp_path_factory.mktemp("played") / "here"), "netns", variables(5))
    for words in (("cycle",), ("fixation",)):
        done = desk.run("run", *words, "--capture", "off")
        assert done.code == 0, done.err
    yield desk
    assert desk.left() == []


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One without any evidence."""
    need("netns")
    return Desk(checkout(tmp_path / "checkout"), "netns", variables(5))


def evidence(desk: Desk, name: str, size: int, **told: str) -> Path:
    folder = desk.place / ".lab/runs" / name
    (folder / "nat").mkdir(parents=True)
    (folder / "nat/history.jsonl").write_bytes(b"x" * size)
    if told:
        (folder / "run.json").write_text(json.dumps(told))
    return folder


OLD, MIDDLE, NEW = (f"20260101-00000{number}-abcd" for number in range(3))


def test_what_there_is(played: Desk) -> None:
    """For machines and for people: the oldest first, size, verdict, what it was."""
    said = json.loads(played.run("runs", "--json").out)
    assert [(run["about"], run["verdict"]) for run in said["runs"]] == [("run cycle", "held"), ("run fixation", "held")]
    assert said["limit"] == 256_000_000
    for run in said["runs"]:
        files = [path for path in Path(run["evidence"]).rglob("*") if path.is_file()]
        assert run["bytes"] == sum(path.stat().st_size for path in files)
    lines = played.run("runs").out.splitlines()
    assert [line.split()[0] for line in lines[:2]] == [run["run"] for run in said["runs"]]
    assert lines[0].split()[3:] == ["held", "run", "cycle"]
    assert lines[2].startswith("2 runs, ")


def test_nothing_yet(desk: Desk) -> None:
    done = desk.run("runs")
    assert (done.code, done.out) == (0, "0 runs, 0.0 MB of 256.0 MB, there is none\n")


def test_the_oldest_go_first_and_the_newest_never(desk: Desk) -> None:
    """1. within the limit nothing goes 2. beyond it the oldest 3. the newest stays although it alone is too large."""
    folders = [evidence(desk, name, 700_000) for name in (OLD, MIDDLE, NEW)]
    assert desk.run("runs", "--prune", "--keep", "3").out.splitlines()[0].startswith(OLD)
    done = desk.run("runs", "--prune", "--keep", "2")
    assert (done.code, done.out.splitlines()[0]) == (0, f"removed {OLD}  0.7 MB")
    assert [folder.exists() for folder in folders] == [False, True, True]
    (folders[2] / "nat/more").write_bytes(b"x" * 2_000_000)
    assert json.loads(desk.run("runs", "--prune", "--keep", "1", "--json").out)["removed"] == [MIDDLE]
    assert folders[2].exists()


def test_what_is_still_written_stays(desk: Desk) -> None:
    """That of a living command; that of one which was killed is as good as any. What is not ours is left alone."""
    ours = evidence(desk, OLD, 700_000, about="run nat", owner=mark())
    with subprocess.Popen((sys.executable, "-c", "from cookielab.engines.owner import mark; print(mark())"), stdout=-1,
                          env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, text=True) as ended:  # fmt: skip
        dead = ended.communicate()[0].strip()
    evidence(desk, MIDDLE, 700_000, about="run nat", owner=dead)
    evidence(desk, NEW, 700_000)
    other = desk.place / ".lab/runs/notes"
    other.mkdir()
    (desk.place / ".lab/runs/20250101-000000-abcd").symlink_to(ROOT)
    states = {run["run"]: run["verdict"] for run in json.loads(desk.run("runs", "--json").out)["runs"]}
    assert states == {OLD: "running", MIDDLE: "unfinished", NEW: ""}
    assert json.loads(desk.run("runs", "--prune", "--keep", "1", "--json").out)["removed"] == [MIDDLE]
    assert ours.exists()
    assert other.exists()


def test_each_command_makes_room_for_its_own(desk: Desk) -> None:
    folders = [evidence(desk, name, 700_000) for name in (OLD, MIDDLE, NEW)]
    words = ("run", "cycle", "--handler", "session_table", "--capture", "off")
    bad = desk.run(*words, COOKIELAB_KEEP="much")
    message = "cookielab: COOKIELAB_KEEP='much' is no number of megabytes; the default is 256"
    assert (bad.code, bad.err.splitlines()[-1]) == (2, message)
    assert desk.run(*words, COOKIELAB_KEEP="1").code == 0
    assert [folder.exists() for folder in folders] == [False, False, True]


def test_a_folder_is_judged_again(played: Desk) -> None:
    """1. each history below it with its file 2. several paths, none of them twice 3. for machines a list."""
    done = played.run("judge", ".lab/runs")
    assert done.code == 0, done.err
    assert "6 histories: 4 broken, 2 holds; 6 as expected\n" in done.out
    files = sorted(str(path.relative_to(played.place)) for path in (played.place / ".lab/runs").rglob("history.jsonl"))
    assert [line.split()[1] for line in done.out.splitlines() if line.endswith("history.jsonl")] == files
    both = played.run("judge", files[0], files[1], files[0], "--json")
    assert both.code == 0
    assert [play["history"] for play in json.loads(both.out)] == files[:2]


def test_what_was_stopped_at_once_is_left_out(played: Desk, tmp_path: Path) -> None:
    """Its history is there and holds nothing: the others are judged all the same."""
    shutil.copytree(next((played.place / ".lab/runs").glob("*/cycle")), tmp_path / "cycle")
    (tmp_path / "nat").mkdir()
    (tmp_path / "nat/history.jsonl").touch()
    done = played.run("judge", str(tmp_path))
    assert done.code == 0, done.err
    assert done.err == f"left out: {tmp_path}/nat/history.jsonl holds no play of a scenario\n"
    assert "3 histories: " in done.out


def test_outside_of_a_checkout(played: Desk, tmp_path: Path) -> None:
    """The table of what must come out is found all the same."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    argv = (sys.executable, "-m", "cookielab", "judge", str(played.place / ".lab/runs"))
    done = subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "6 as expected" in done.stdout
    assert list(tmp_path.iterdir()) == []
