"""action.yml and the examples of docs/ci.md: what can be known of them where there is no GitHub and no GitLab."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from cookielab.parsing import parser
from tests.commands.test_check import desk, folder, profile
from tests.desk import Desk
from tests.labs import ROOT
from tests.tools import need

__all__ = ["desk", "folder"]

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
EXAMPLES = [
    yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/ci.md").read_text(), re.DOTALL)
]
BASELINE, GITHUB, GITLAB = EXAMPLES


def test_the_action_is_composite_and_each_step_is_whole() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for step in STEPS:
        assert step["name"]
        assert ("run" in step) != ("uses" in step)
        assert "run" not in step or step["shell"] == "bash"
    assert all(value["description"] for value in ACTION["inputs"].values())


def test_what_the_action_names_exists() -> None:
    """Inputs in expressions, outputs of steps, options of the command."""
    text = (ROOT / "action.yml").read_text()
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    check = next(step for step in STEPS if step.get("id") == "check")
    written = set(re.findall(r'echo "([\w-]+)=', check["run"]))
    assert set(re.findall(r"steps\.check\.outputs\.([\w-]+)", text)) == written
    options = set(re.findall(r"(--[\w-]+)", check["run"]))
    assert options >= {"--junit", "--sarif", "--markdown", "--baseline", "--fail-on", "--repeat"}


@pytest.mark.parametrize("step", [step for step in STEPS if "run" in step], ids=lambda step: str(step["name"]))
def test_no_word_of_an_input_becomes_part_of_a_script(step: dict[str, Any]) -> None:
    """And what is there is bash."""
    assert "${{" not in step["run"]
    done = subprocess.run(("bash", "-n"), input=step["run"], text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("step", [step for step in STEPS if "run" in step], ids=lambda step: str(step["name"]))
def test_shellcheck_has_nothing_to_say(step: dict[str, Any]) -> None:
    need("shellcheck")
    argv = ("shellcheck", "--shell", "bash", "-")
    done = subprocess.run(argv, input=step["run"], text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_example_for_github_gives_inputs_that_exist() -> None:
    (job,) = GITHUB["jobs"].values()
    (use,) = [step for step in job["steps"] if "cookielab" in step.get("uses", "")]
    assert set(use["with"]) <= set(ACTION["inputs"])
    assert GITHUB["permissions"]["security-events"] == "write"


def test_the_example_for_gitlab_is_a_job_whose_options_exist(capsys: pytest.CaptureFixture[str]) -> None:
    (job,) = GITLAB.values()
    (line,) = job["script"]
    with pytest.raises(SystemExit):
        parser().parse_args(["check", "--help"])
    told = capsys.readouterr().out
    assert all(option in told for option in re.findall(r"--[\w-]+", line))
    for file in (*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]):
        assert file in line
    for line in (*job["before_script"], *job["script"]):
        assert subprocess.run(("bash", "-n"), input=line, text=True, check=False).returncode == 0


def test_the_example_of_a_baseline_is_one(tmp_path: Path) -> None:
    from cookielab.report import baseline
    from cookielab.stage.catalogue import catalogued

    file = tmp_path / "accepted.yaml"
    file.write_text(yaml.safe_dump(BASELINE))
    (entry,) = baseline.read(file, catalogued())
    assert (entry.scenario, entry.invariant) == ("replay-after-logout", "finality")


def _without(tmp_path: Path, *programs: str) -> dict[str, str]:
    """An environment in which a shell finds these few programs alone, each of which tells what it was called with."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in programs:
        (folder / name).write_text('#!/bin/bash\necho "${0##*/} $*"\n')
        (folder / name).chmod(0o755)
    (folder / "uname").write_text("#!/bin/bash\necho Linux\n")
    (folder / "uname").chmod(0o755)
    return {"PATH": str(folder)}


@pytest.mark.parametrize(
    ("user", "programs", "code", "told"),
    [
        ("0", ("apt-get",), 0, "apt-get update -qq\napt-get install -y -qq --no-install-recommends iproute2 nftables conntrack\n"),
        ("1", ("apt-get", "sudo"), 0, "sudo apt-get update -qq\nsudo apt-get install -y -qq --no-install-recommends iproute2 nftables conntrack\n"),
        ("1", ("apt-get",), 3, "::error::Cookie Lab needs iproute2 nftables conntrack, and apt-get could not bring it; install it in a step before\n"),
        ("1", ("ip", "nft", "conntrack"), 0, ""),
    ],
)  # fmt: skip
def test_the_step_that_installs_what_is_missing(
    tmp_path: Path, user: str, programs: tuple[str, ...], code: int, told: str
) -> None:
    """As root of a container, where there is no sudo; as a user with sudo, and without; with all of it there already."""
    bash = shutil.which("bash")
    assert bash
    environment = _without(tmp_path, *programs)
    (tmp_path / "bin/id").write_text(f"#!{bash}\necho {user}\n")
    (tmp_path / "bin/id").chmod(0o755)
    script = STEPS[0]["run"].replace("/usr/sbin:/sbin", str(tmp_path / "bin"))
    argv = (bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (code, told), done.stderr


@pytest.mark.netns
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "case",
    [
        ("x_bad_fixation", "--seed 7 --skip-nothing", 2),
        ("x_bad_fixation", "--seed '7'", 1),
        ("x_bad_fixation", "--seed\n  7\n", 1),
        ("x_bad_fixation", "--seed 7 --user 'eve", 2),
        ("x_bad_fixation", "--seed '$(touch x)'; touch x `touch x`", 2),
        ("x_ok_plain", "", 0),
    ],
)
def test_the_step_that_checks(desk: Desk, folder: Path, tmp_path: Path, case: tuple[str, str, int]) -> None:
    """The script of the action itself, as a runner starts it: exit code, outputs and results."""
    name, options, code = case
    need("bash")
    temp, told = tmp_path / "runner", tmp_path / "output"
    (temp / "cookielab/bin").mkdir(parents=True)
    program = temp / "cookielab/bin/cookielab"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={desk.place}/src exec {sys.executable} -m cookielab "$@"\n')
    program.chmod(0o755)
    program.with_name("python").symlink_to(sys.executable)
    told.touch()
    profile(folder, name)
    step = next(step for step in STEPS if step.get("id") == "check")
    inputs = {key: value["default"] for key, value in ACTION["inputs"].items()}
    inputs |= {"profile": "./cookielab.yaml", "scenarios": "nat  fixation\n", "options": options}
    given = {key: inputs[re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", r"\1", text)] for key, text in step["env"].items()}
    environment = {**os.environ, **desk.lab, **given, "RUNNER_TEMP": str(temp), "GITHUB_OUTPUT": str(told)}
    argv = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"])
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    outputs = dict(line.split("=", 1) for line in told.read_text().splitlines())
    assert outputs["exit-code"] == str(code)
    results = {path.name for path in Path(outputs["results"]).iterdir()}
    assert not list(folder.glob("**/x"))
    if "'eve" in options:
        assert done.stdout == f"::error::the input 'options' is quoted as no shell reads it: {options}\n"
        assert results == set()
    elif code == 2:
        assert "cookielab: " in done.stderr
        assert results == {"junit.xml", "summary.md", "results.sarif"}
        assert "sarif" not in outputs
    else:
        assert results == {"junit.xml", "summary.md", "results.sarif"}
        suite = ET.parse(Path(outputs["results"]) / "junit.xml").getroot()
        assert (int(suite.get("failures", "0")) > 0) == (code == 1)
        assert outputs["sarif"].endswith("/results.sarif")
