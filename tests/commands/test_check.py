"""`cookielab check` and `cookielab login` as a user meets them: a folder, a server in it, a profile or options."""

import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import Desk, checkout
from tests.labs import ROOT, need, variables

pytestmark = [pytest.mark.netns, pytest.mark.timeout(240)]

PROFILE = """run: {python} servers.py {name} {{port}}
host: server.lab.test:{{port}}
users: {{alice: {{}}, bob: {{}}}}
login: {{json: {{post: /login, body: {{user: "{{username}}"}}}}}}
me: {{get: /whoami, json: {me}}}
note: {{write: {{put: /note, json: {{note: "{{canary}}"}}}}, read: {{get: /note, json: note}}}}
logout: {{post: /logout, json: {{}}}}
"""
QUICK = ("nat", "fixation")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Somebody's folder with a server in it."""
    place = tmp_path / "project"
    place.mkdir()
    (place / "servers.py").write_text((ROOT / "tests/subjects/servers.py").read_text())
    return place


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    need("netns")
    desk = Desk(checkout(tmp_path / "checkout"), "netns", variables(5))
    yield desk
    assert desk.left() == []


def profile(folder: Path, name: str, me: str = "user") -> str:
    path = folder / "cookielab.yaml"
    path.write_text(PROFILE.format(python=sys.executable, name=name, me=me))
    return str(path)


def test_a_correct_server(desk: Desk, folder: Path) -> None:
    """1. exit code 0, one row a scenario; 2. the folder is as it was."""
    before = sorted(folder.rglob("*"))
    done = desk.run("check", profile(folder, "x_ok_plain"), *QUICK)
    assert done.code == 0, done.out + done.err
    rows = [line.split()[:2] for line in done.out.splitlines() if line.startswith(QUICK)]
    assert rows == [["nat", "holds"], ["fixation", "holds"]]
    assert sorted(path for path in folder.rglob("*") if path.name != "cookielab.yaml") == before


def test_a_wrong_server(desk: Desk, folder: Path) -> None:
    """Exit code 1; who got whose what from where; what it behaves like; what to do; the same as JSON."""
    path = profile(folder, "x_bad_fixation")
    done = desk.run("check", path, "fixation")
    assert done.code == 1, done.out + done.err
    assert "fixation                 broken" in done.out
    assert "(request " in done.out
    assert "behaves like no_regeneration" in done.out
    assert "issue a new id at every login" in done.out
    machine = json.loads(desk.run("check", path, "fixation", "--json").out)
    assert [(row["scenario"], row["verdict"]) for row in machine["scenarios"]] == [("fixation", "broken")]
    assert machine["scenarios"][0]["power"] == "no_regeneration"


def test_without_a_file(desk: Desk, folder: Path) -> None:
    """A form login needs four options."""
    (folder / "app.py").write_text(FORMS)
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(folder / 'app.py'))} {{port}}"
    options = ("--login", "/login", "--me", "/", "--user", "alice:pw-a", "--user", "bob:pw-b", "--logout", "/logout")
    done = desk.run("check", "--run", command, *options, *QUICK)
    assert done.code == 0, done.out + done.err


def test_the_preflight_alone(desk: Desk, folder: Path) -> None:
    done = desk.run("login", profile(folder, "x_ok_plain"))
    assert done.code == 0, done.out + done.err
    assert "session cookies" in done.out
    assert "sid of 1 cookies" in done.out


def test_a_profile_that_reads_the_wrong_place(desk: Desk, folder: Path) -> None:
    """One row is wrong: nothing is judged, exit code 3, and the line to change is named."""
    done = desk.run("check", profile(folder, "x_ok_plain", me="handler"))
    assert done.code == 3, done.out + done.err
    assert "the profile's line: me: where another value names people; login: … expect:" in done.out, done.out
    assert "nothing is judged" in done.out


def test_a_hostile_server_moves_no_cursor(desk: Desk, folder: Path) -> None:
    """What it sends is shown, spelt out, and obeyed by nobody."""
    done = desk.run("check", profile(folder, "x_evil_ansi"))
    assert done.code == 3, done.out + done.err
    assert "\x1b" not in done.out + done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("check",), "nothing in this folder shows how a server is started, and there is no cookielab.yaml. Say it, or where "
         "one runs, and who can log in:\n  cookielab check --run 'flask --app app run -p {port}' --user alice:pw --user bob:pw\n"),
        (("check", "a.yaml", "b.yaml"), "two profiles are named, a.yaml and b.yaml; check one at a time"),
        (("check", "http://127.0.0.1:1", "--url", "http://127.0.0.1:2"),
         "http://127.0.0.1:1 and 'http://127.0.0.1:2' are two servers; check one at a time\n"),
        (("login", "nat", "--run", "x"), "login takes a profile or a URL alone, and 'nat' is neither: a profile ends with .yaml\n"),
        (("test", "http://127.0.0.1:1"), "unknown command 'test'. Did you mean 'check'?"),
        (("check", "--run", "x", "fixtion"), "unknown scenario 'fixtion'. Did you mean 'fixation'?"),
    ],
)  # fmt: skip
def test_a_mistake(desk: Desk, words: tuple[str, ...], message: str) -> None:
    done = desk.run(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"cookielab: {message}"), done.err


def test_a_url_is_a_server(desk: Desk) -> None:
    """Without `--url` in front of it, as a new user would write it: nothing listens there, and that is the answer."""
    done = desk.run("check", "http://127.0.0.1:1", "--login", "/l", "--me", "/", "--user", "a:b", "--user", "c:d")
    assert (done.code, done.err.replace("finding out how people use the server\n", "")) == (3, "cookielab: nothing accepts connections at 127.0.0.1:1 (Connection refused); start the server first\n")  # fmt: skip


def test_a_scenario_to_skip_that_is_none(desk: Desk, folder: Path) -> None:
    path = profile(folder, "x_ok_plain")
    Path(path).write_text(Path(path).read_text() + "skip: {natt: slow}\n")
    done = desk.run("login", path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"cookielab: unknown scenario to skip in {path}: 'natt'. Did you mean 'nat'? ")


def test_words_of_a_profile_move_no_cursor(desk: Desk, folder: Path) -> None:
    """A key that is an escape sequence is shown, spelt out."""
    path = folder / "cookielab.yaml"
    path.write_text('"\\e[31mrun": x\n')
    done = desk.run("login", str(path))
    assert (done.code, done.err) == (
        2,
        f"cookielab: {path}:1: \\x1b[31mrun: there is no such key; did you mean 'run'?\n",
    )


def test_ctrl_c_in_the_preflight(desk: Desk, folder: Path) -> None:
    """Exit code 130, no traceback, and nothing is left."""
    command = desk.start("check", profile(folder, "x_evil_drip"))
    assert command.stdout
    assert command.stdout.readline()  # it has begun
    time.sleep(1)  # somewhere in the ten seconds that the server drips
    os.killpg(command.pid, signal.SIGINT)
    done = desk.end(command)
    assert done.code == 130, done.err
    assert "Traceback" not in done.err


def test_who_reads_one_line_alone(desk: Desk, folder: Path) -> None:
    """`| head -1` ends the printing, not with an error of Python's."""
    command = desk.start("check", profile(folder, "x_ok_plain"), "old-id-alive")
    assert command.stdout
    command.stdout.readline()
    command.stdout.close()
    command.stdout = None
    done = desk.end(command)
    assert done.code in {0, 3}, done.err
    assert "Traceback" not in done.err


def test_a_terminal_that_is_not_utf_8(desk: Desk, folder: Path) -> None:
    """No verdict is lost over a letter that it cannot show."""
    done = desk.run("check", profile(folder, "x_ok_plain"), "old-id-alive", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.code == 0, done.out + done.err
    assert "old-id-alive             holds" in done.out


FORMS = """
import html, http.server, secrets, sys, urllib.parse
PASSWORDS, sessions = {"alice": "pw-a", "bob": "pw-b"}, {}
FORM = "<form method=post><input type=hidden name=csrf value=1><input name=u><input name=p type=password></form>"
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def user(self):
        for part in self.headers.get("Cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == "sid" and value in sessions:
                return sessions[value]
    def reply(self, status, text="", **headers):
        body = text.encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "text/html", "Content-Length": str(len(body))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        if self.path == "/login":
            return self.reply(200, FORM)
        if self.path == "/logout":
            for part in self.headers.get("Cookie", "").split(";"):
                sessions.pop(part.strip().partition("=")[2], None)
            return self.reply(302, Location="/login")
        if not self.user():
            return self.reply(302, Location="/login")
        self.reply(200, f"<p>Hello, {html.escape(self.user())}!</p>")
    def do_POST(self):
        sent = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        if sent.get("csrf") != "1" or PASSWORDS.get(sent.get("u")) != sent.get("p"):
            return self.reply(200, "<p class=error>No.</p>" + FORM)
        sid = secrets.token_urlsafe(32)
        sessions[sid] = sent["u"]
        self.reply(302, Location="/", Set_Cookie=f"sid={sid}; Path=/; HttpOnly")
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""
