"""What tells people what there is: --version, help, list, and what completes their words in three shells."""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest

import scenarios
from cookielab import __version__
from cookielab.commands.help import command
from cookielab.parsing import COMMANDS, parser
from cookielab.subjects.handlers import ALL
from cookielab.subjects.reading import presets
from tests.desk import Desk
from tests.labs import need
from tests.tools import need as need_tool

pytestmark = pytest.mark.netns

IDS = [scenario.id for scenario in scenarios.SCENARIOS]


@pytest.fixture(scope="module")
def desk() -> Desk:
    """Nothing of this brings a lab up, so it may stand in this checkout."""
    need("netns")
    return Desk(Path(__file__).parents[2], "netns")


def test_version(desk: Desk) -> None:
    done = desk.run("--version")
    assert (done.code, done.out, done.err) == (0, f"cookielab {__version__}\n", "")
    assert version("cookielab-cli") == __version__


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_the_commands_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(argparse.Namespace(about=name)) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: cookielab {name} ")
    with pytest.raises(SystemExit):
        parser().parse_args([name, "--help"])
    assert capsys.readouterr().out == said


def test_help_alone(desk: Desk) -> None:
    assert desk.run("help").out == desk.run("--help").out


def test_help_of_run_names_scenarios_and_handlers(desk: Desk) -> None:
    words = set(re.findall(r"[\w-]+", desk.run("run", "--help").out))
    assert words >= {*IDS, *ALL}


def test_list(desk: Desk) -> None:
    """1. for machines: every name with a line 2. for people the same, the scenarios by group 3. one kind alone."""
    machine = desk.run("list", "--json")
    listed = json.loads(machine.out)
    assert (machine.code, machine.err, list(listed)) == (0, "", ["scenarios", "handlers", "presets", "nat"])
    assert list(listed["scenarios"]) == IDS
    assert tuple(listed["handlers"]) == ALL
    assert tuple(listed["presets"]) == presets()
    assert sorted(listed["nat"]) == ["paired", "per-connection", "pool", "port-preserving", "random"]
    assert all(text for kind in listed.values() for text in kind.values())
    people = desk.run("list").out
    assert [name for name in re.findall(r"^  ([\w-]+) {2,}", people, re.MULTILINE) if name in IDS] == IDS
    for kind in list(listed.values())[1:]:
        for name, text in kind.items():
            assert re.search(rf"^  {name} +{re.escape(text)}$", people, re.MULTILINE), name
    assert list(json.loads(desk.run("list", "nat", "--json").out)) == ["nat"]


def test_help_is_quick(desk: Desk) -> None:
    """It imports neither YAML, nor an engine, nor anything of the report but what it prints with."""
    code = "import sys; from cookielab.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    loaded = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True).stderr.split()
    assert not {"yaml", "rich", "msgspec", "docker", "requests", "cookielab.lab.state", "shtab"} & set(loaded)


def completion(desk: Desk, shell: str) -> str:
    done = desk.run("completion", shell)
    assert (done.code, done.err) == (0, "")
    return done.out


LINES = [
    ("cookielab che", {"check"}),
    ("cookielab run fix", {"fixation"}),
    ("cookielab run nat --handler by_e", {"by_endpoint"}),
    ("cookielab run d_", {"d_login"}),
    ("cookielab check --preset dj", {"django"}),
    ("cookielab run nat --sto", {"--store"}),
    ("cookielab exec ali", {"alice"}),
    ("cookielab help stat", {"status"}),
    ("cookielab check fixa", {"fixation"}),
    ("cookielab check mine.ya", {"mine.yaml"}),
    ("cookielab check mine.yaml port-r", {"port-reuse"}),
    ("cookielab check --baseline mine.ya", {"mine.yaml"}),
    ("cookielab judge mine.ya", {"mine.yaml"}),
    ("cookielab nat fl", {"flush"}),
    ("cookielab nat set poo", {"pool"}),
    ("cookielab nat --gateway off", {"office-gateway"}),
]
"""What somebody has typed before the tab, and what it is completed to."""


def _in(desk: Desk, tmp_path: Path, *argv: str, text: str = "") -> str:
    """What a shell prints that has nothing of the user's own."""
    environment = {"PATH": f"{_bin(desk, tmp_path)}:{os.environ['PATH']}", "HOME": str(tmp_path), "TERM": "xterm"}
    done = subprocess.run(
        argv,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        cwd=_bin(desk, tmp_path),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _bin(desk: Desk, tmp_path: Path) -> Path:
    """A folder with a command of that name: some shells complete only commands that exist."""
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "cookielab"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    (folder / "mine.yaml").touch()
    return folder


def test_bash_completes(desk: Desk, tmp_path: Path) -> None:
    """As readline calls it: the words, the place of the cursor, then the function that was registered."""
    need_tool("bash")
    script = tmp_path / "cookielab.bash"
    script.write_text(completion(desk, "bash"))
    for line, wanted in LINES:
        words = " ".join(f"'{word}'" for word in line.split())
        said = _in(
            desk, tmp_path, "bash", "--norc", "-c",
            f"source {script}; set -- $(complete -p cookielab); while [ $# -gt 2 ]; do [ $1 = -F ] && f=$2; shift; done; "
            f"COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_LINE='{line}'; COMP_POINT={len(line)}; "
            f"$f cookielab ${{COMP_WORDS[$COMP_CWORD]}} ${{COMP_WORDS[$((COMP_CWORD - 1))]}}; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        )  # fmt: skip
        assert {word.strip() for word in said.split()} == wanted, line


def test_fish_completes(desk: Desk, tmp_path: Path) -> None:
    """Fish itself is asked what it would offer."""
    need_tool("fish")
    script = tmp_path / "cookielab.fish"
    script.write_text(completion(desk, "fish"))
    for line, wanted in LINES:
        said = _in(desk, tmp_path, "fish", "--no-config", "-c", f"source {script}; complete -C '{line}'")
        assert {text.split("\t")[0] for text in said.splitlines()} == wanted, line


def test_zsh_completes(desk: Desk, tmp_path: Path) -> None:
    """A real zsh at a terminal, in which somebody types and presses the tab."""
    need_tool("zsh")
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "_cookielab").write_text(completion(desk, "zsh"))
    (tmp_path / ".zshrc").write_text(
        f"PS1='> '\nfpath=({tmp_path}/functions $fpath)\nautoload -Uz compinit\ncompinit -u -D\n"
        "zstyle ':completion:*' list-prompt ''\nunsetopt list_ambiguous\nbindkey '^X' end-of-list\n"
    )
    for line, wanted in LINES:
        if len(wanted) == 1:
            assert _typed(desk, tmp_path, line) == f"{' '.join(line.split()[:-1])} {next(iter(wanted))}", line


def _typed(desk: Desk, tmp_path: Path, line: str) -> str:
    """What stands at the prompt after the tab: zsh is told to print its line and to leave it."""
    import pty

    show = "show-line() { print -r -- \"<<$BUFFER>>\"; exit }\nzle -N show-line\nbindkey '^G' show-line\nprint READY\n"
    (tmp_path / ".zshenv").write_text("")
    rc = tmp_path / ".zshrc"
    if "show-line" not in rc.read_text():
        rc.write_text(rc.read_text() + show)
    environment = {"PATH": f"{_bin(desk, tmp_path)}:{os.environ['PATH']}", "HOME": str(tmp_path), "TERM": "xterm"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ("zsh", "-i"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        cwd=_bin(desk, tmp_path),
        start_new_session=True,
        close_fds=True,
    ) as shell:
        os.close(theirs)
        seen = _until(ours, b"", b"READY")
        os.write(ours, f"{line}\t".encode())
        os.write(ours, b"\x07")
        seen = _until(ours, seen, b">>")
        shell.kill()
    os.close(ours)
    found = re.search(rb"<<(.*?)>>", seen)
    assert found, seen
    return found[1].decode().strip()


def _until(terminal: int, seen: bytes, sign: bytes) -> bytes:
    deadline = time.monotonic() + 30
    while sign not in seen and time.monotonic() < deadline:
        try:
            seen += os.read(terminal, 4096)
        except OSError:
            break
    return seen
