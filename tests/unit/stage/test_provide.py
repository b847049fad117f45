"""Programs of the user's that log in: bounded in time and output, ended with all that they have started, told when they fail."""

import re
import sys
from pathlib import Path

import pytest

from cookielab.errors import LabError
from cookielab.stage import provide
from cookielab.stage.provide import provided
from cookielab.subjects.reading import load
from tests.labs import until


def play(tmp_path: Path, program: str) -> object:
    (tmp_path / "login.py").write_text(program)
    path = tmp_path / "cookielab.yaml"
    path.write_text(
        f"url: http://127.0.0.1:1\nusers: {{alice: {{}}}}\nme: /\nlogin: {{command: '{sys.executable} login.py'}}\n"
    )
    return provided(load(path, {}), "alice", "http://127.0.0.1:1")


def test_what_it_prints_is_the_login(tmp_path: Path) -> None:
    """Also after very much on stderr, which nobody may wait for."""
    found = play(
        tmp_path, "import os, sys; sys.stderr.write('x' * 10**7); print('sid=' + os.environ['COOKIELAB_NAME'])"
    )
    assert getattr(found, "cookies", None) == {"sid": "alice"}


def test_it_fails(tmp_path: Path) -> None:
    """Its last words, spelt out."""
    with pytest.raises(LabError) as caught:
        play(tmp_path, "import sys; print('\\033[31mno', file=sys.stderr); sys.exit(3)")
    line = f"{sys.executable} login.py"
    assert str(caught.value) == f"the login program ended with exit code 3: {line}\n\\x1b[31mno"


def test_output_without_end(tmp_path: Path) -> None:
    with pytest.raises(LabError) as caught:
        play(tmp_path, "while True: print('x' * 10000)")
    assert str(caught.value) == (
        f"the login program prints more than 1,048,576 bytes, which no login is: {sys.executable} login.py"
    )


def test_it_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does its child, which holds the output open: both are ended."""
    monkeypatch.setattr(provide, "SECONDS", 1.0)
    child = tmp_path / "child"
    program = f"import subprocess; c = subprocess.Popen(['sleep', '600']); open({str(child)!r}, 'w').write(str(c.pid)); c.wait()"
    with pytest.raises(LabError, match=re.escape(f"did not end within 1 s: {sys.executable} login.py")):
        play(tmp_path, program)
    place = Path(f"/proc/{child.read_text()}/cmdline")
    until(lambda: not place.exists() or b"sleep" not in place.read_bytes(), "the child has ended")
