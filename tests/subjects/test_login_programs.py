"""Programs of the user's that log in to a server that runs inside the lab: they run at the person's host."""

import sys
from pathlib import Path

import pytest

from cookielab.errors import LabError
from cookielab.stage.agents import Agents
from cookielab.subjects import reading
from cookielab.subjects.kinds import Brought
from tests.subjects import small

PROFILE = """
run: {python} servers.py x_ok_plain {{port}}
{more}
users: {{alice: {{}}, bob: {{}}}}
login: {login}
me: {{get: /whoami, json: user}}
logout: {{post: /logout, json: {{}}}}
"""
LOGIN = """
import json, os, sys, urllib.request
body = json.dumps({"user": os.environ["COOKIELAB_USERNAME"]}).encode()
request = urllib.request.Request(os.environ["COOKIELAB_URL"] + "/login", body, {"Content-Type": "application/json"})
with urllib.request.urlopen(request, timeout=10) as reply:
    print("Set-Cookie:", reply.headers["Set-Cookie"])
    print(json.load(reply)["seen_from"], file=sys.stderr)
"""
FUNCTION = LOGIN.replace("\n", "\n    ").replace(
    'print("Set-Cookie:", reply.headers["Set-Cookie"])', 'got = reply.headers["Set-Cookie"]'
)

pytestmark = pytest.mark.netns


def brought(folder: Path, login: str, program: str, more: str = "") -> Brought:
    (folder / "signin.py").write_text(program)
    path = folder / "cookielab.yaml"
    path.write_text(PROFILE.format(python=sys.executable, login=login, more=more))
    return Brought("app", reading.load(path, {}), small.HERE, log=folder / "server.log")


@pytest.mark.parametrize("more", ["", "host: server.lab.test:{port}", "tls: true"])
def test_a_command_logs_in(agents: Agents, tmp_path: Path, more: str) -> None:
    """By the name that people use, localhost or the lab's; the cookies that it prints are the person's."""
    subject = brought(tmp_path, f"{{command: '{sys.executable} signin.py'}}", LOGIN, more)
    outcome = small.check(agents, subject, tmp_path / "check", [])
    assert outcome.flight.failed is None, outcome.told()
    assert {row.what: row.ok for row in outcome.flight.rows}["bob is bob"] is True


def test_a_function_logs_in(agents: Agents, tmp_path: Path) -> None:
    program = f"def login(user, url):{FUNCTION}\n    return dict([got.partition(';')[0].split('=', 1)])\n"
    outcome = small.check(agents, brought(tmp_path, "{python: 'signin:login'}", program), tmp_path / "check", [])
    assert outcome.flight.failed is None, outcome.told()


def test_what_it_says_when_it_fails(agents: Agents, tmp_path: Path) -> None:
    subject = brought(tmp_path, f"{{command: '{sys.executable} signin.py'}}", "import sys; sys.exit('\\033[31mno')")
    with pytest.raises(LabError) as caught:
        small.check(agents, subject, tmp_path / "check", [])
    line = f"{sys.executable} signin.py"
    assert str(caught.value) == f"the login program ended with exit code 1, on the host alice: {line}\n\\x1b[31mno"
