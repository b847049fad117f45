"""What `init` finds out by itself of small applications as the frameworks' guides have them, and of servers that mean harm."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cookielab.stage.agents import Agents
from cookielab.subjects import reading
from cookielab.subjects.finding.draft import given_by
from tests import tools
from tests.labs import until
from tests.subjects import applications, beginnings, documented, found, small

EXPECTED = {
    "django": {"create", "login", "me", "logout", "change_password"},
    "flask-login": {"login", "me", "logout"},
    "fastapi": {"login", "me", "logout"},
    "php": {"create", "login", "me", "logout"},
}
"""What there is to be found. `create` where nobody is given who has an account."""


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH as it is where the environment of the tests is active."""
    monkeypatch.setenv("PATH", f"{applications.PYTHON.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize("name", beginnings.LIGHT)
@pytest.mark.timeout(180)
def test_an_application_as_its_guide_has_it(agents: Agents, tmp_path: Path, name: str) -> None:
    """1. started as its folder shows; 2. both get in and are told apart, without a word on how; 3. within the bounds;
    4. the file says what it rests on; 5. and what docs/frameworks.md shows: so that is what the preflight was played by."""
    tools.need(*beginnings.NEEDS.get(name, ()))
    place = beginnings.place(name, tmp_path)
    shown, given = beginnings.shown(place), beginnings.given(place / "cookielab.yaml")
    assert shown
    outcome = found.tried(agents, name, place, given | shown, tmp_path / "check")
    assert outcome.lets_in, outcome.told()
    assert set(outcome.verbs) == EXPECTED[name], outcome.told()
    assert outcome.found.requests <= 200
    assert "(sure)" in outcome.found.text
    assert documented.words(outcome.found.profile) == documented.words(documented.profile(name, tmp_path))


@pytest.mark.apps
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [name for name in beginnings.NAMES if name not in beginnings.LIGHT])
def test_one_that_is_installed_first(agents: Agents, tmp_path: Path, name: str) -> None:
    if lacks := beginnings.missing(name):
        pytest.skip(f"this machine lacks {lacks}")
    place = beginnings.place(name, tmp_path)
    given = beginnings.given(place / "cookielab.yaml") | beginnings.shown(place)
    outcome = found.tried(agents, name, place, given, tmp_path / "check")
    assert outcome.lets_in, outcome.told()
    assert documented.words(outcome.found.profile) == documented.words(documented.profile(name, tmp_path))


SERVER = """
import json, secrets, sys
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

USERS, SESSIONS, NOTES = {"alice": "pw-a", "bob": "pw-b"}, {}, {}
DONE = []

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def user(self):
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("sid")
        return SESSIONS.get(cookie.value) if cookie else None

    def do(self, method):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        path, headers = self.path, []
        status, text = self.answer(method, path, body, headers)
        data = text.encode()
        self.send_response(status)
        for name, value in [("Content-Type", "text/html"), ("Content-Length", str(len(data))), *headers]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self): self.do("GET")
    def do_POST(self): self.do("POST")
    def do_DELETE(self): self.do("DELETE")
    def log_message(self, *_): pass

    def answer(self, method, path, body, headers):
        user, fields = self.user(), {name: value[0] for name, value in parse_qs(body, keep_blank_values=True).items()}
@ANSWER@
        return 404, "nothing here"

    def let_in(self, name, headers):
        sid = secrets.token_urlsafe(24)
        SESSIONS[sid] = name
        headers.append(("Set-Cookie", f"sid={sid}; Path=/"))

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
USERS = {"alice": {"password": "pw-a"}, "bob": {"password": "pw-b"}}
PAGES = """
        if path == "/":
            if user:
                return 200, f'<p id=who>{user}</p>@INSIDE@<a href=/logout>Log out</a>'
            return 200, '<a href="/enter">Log in</a>'
        if path == "/enter" and method == "GET":
            return 200, '<form method=post><input name=n><input type=password name=p><button>Log in</button></form>'
        if path == "/enter":
            if USERS.get(fields.get("n")) != fields.get("p"):
                return 200, '<p>No.</p><form method=post><input name=n><input type=password name=p></form>'
            self.let_in(fields["n"], headers)
            headers.append(("Location", "/"))
            return 302, ""
        if path == "/logout":
            headers += [("Location", "/"), ("Set-Cookie", "sid=; Max-Age=0; Path=/")]
            SESSIONS.pop(SimpleCookie(self.headers.get("Cookie", "")).get("sid").value, None) if user else None
            return 302, ""
"""


def made(agents: Agents, folder: Path, answer: str, **more: object) -> found.Tried:
    """What is found out of a server of which this is what it answers. `more`: what is given beside its users."""
    place = folder / "app"
    place.mkdir()
    (place / "app.py").write_text(SERVER.replace("@ANSWER@", answer))
    given = {"run": f"{sys.executable} app.py {{port}}", "users": USERS} | more
    return found.tried(agents, "app", place, given, folder / "check")


SETTINGS = """
        if path == "/security" and user:
            if method == "POST" and fields["now_old"] == USERS[user] and fields["n1"] == fields["n2"]:
                @CHANGES@
                headers.append(("Location", "/"))
                return 302, "changed"
            return 200, (
                '<form method=post action=/search><input name=q></form><form method=post><input type=password name=now_old>'
                '<input type=password name=n1><input type=password name=n2></form>'
            )
"""
CHANGING = PAGES.replace("@INSIDE@", "<a href=/security>Change password</a>") + SETTINGS


@pytest.mark.parametrize("changes", [True, False])
def test_a_form_for_a_new_password(agents: Agents, tmp_path: Path, changes: bool) -> None:
    """1. it counts where the new one lets in and the old one does not, whatever it says; 2. the preflight comes to a server
    on which nothing was changed."""
    outcome = made(agents, tmp_path, CHANGING.replace("@CHANGES@", 'USERS[user] = fields["n1"]' if changes else "pass"))
    assert outcome.lets_in, outcome.told()
    assert ("change_password" in outcome.verbs) is changes, outcome.told()
    change = outcome.found.profile.change_password
    assert not changes or given_by(outcome.found.profile)["change_password"] == {
        "form": {
            "page": "/security",
            "css": '[name="now_old"]',
            "fields": {"now_old": "{password}", "n1": "{new_password}", "n2": "{new_password}"},
        }
    }, change


def accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.mark.parametrize("place", ["url", "reach"])
def test_where_a_password_stays_changed_it_is_left_alone(agents: Agents, tmp_path: Path, place: str) -> None:
    """A server that goes on after the lab, or one that reaches something that does."""
    answer = CHANGING.replace("@CHANGES@", 'USERS[user] = fields["n1"]; open("changed", "w")')
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    if place == "reach":
        outcome = made(agents, tmp_path, answer, reach=[f"127.0.0.1:{port}"])
    else:
        (tmp_path / "app.py").write_text(SERVER.replace("@ANSWER@", answer))
        with subprocess.Popen((sys.executable, "app.py", str(port)), cwd=tmp_path) as server:
            given = {"url": f"http://127.0.0.1:{port}", "users": USERS}
            try:
                until(lambda: accepts(port), f"the server accepts connections at port {port}")
                outcome = found.tried(agents, "app", tmp_path, given, tmp_path / "check")
            finally:
                server.kill()
    assert outcome.lets_in, outcome.told()
    assert "change_password" not in outcome.verbs, outcome.told()
    assert not (tmp_path / "changed").exists()


def test_what_destroys_is_never_pressed(agents: Agents, tmp_path: Path) -> None:
    """Links and forms that delete, reset or deactivate, in a page's every corner: none is asked for, and all else is found."""
    traps = (
        "<a href=/account/delete>Delete my account</a><a href=/trap>Deactivate</a>"
        "<form method=post action=/wipe><input name=why><button>Remove everything</button></form>"
        "<form method=post action=/x><input type=hidden name=_method value=delete><input name=about><button>Go</button></form>"
        "<form method=post action=/bio><textarea name=bio>' + NOTES.get(user, \"\") + '</textarea><button>Save</button></form>"
    )
    answer = (
        PAGES.replace("@INSIDE@", "' + f'" + traps.replace("\\'", "'") + "' + f'")
        + """
        if path == "/bio" and method == "POST" and user:
            NOTES[user] = fields["bio"]
            headers.append(("Location", "/"))
            return 302, ""
        if path in ("/account/delete", "/trap", "/wipe", "/x"):
            USERS.clear()
            SESSIONS.clear()
            return 200, "gone"
"""
    )
    outcome = made(agents, tmp_path, answer)
    assert outcome.lets_in, outcome.told()
    assert {"login", "me", "logout", "note"} == set(outcome.verbs), outcome.told()
    assert outcome.found.profile.note is not None


def test_who_shows_a_name_that_nobody_logs_in_by(agents: Agents, tmp_path: Path) -> None:
    """Pages that greet people by another name: the marker is found by what differs, and written down."""
    answer = PAGES.replace(
        "<p id=who>{user}</p>", "<p id=who>Welcome, { {'alice': 'Mrs Liddell', 'bob': 'Mr Builder'}[user] }</p>"
    )
    outcome = made(agents, tmp_path, answer.replace("@INSIDE@", ""))
    assert outcome.lets_in, outcome.told()
    users = outcome.found.profile.users
    assert isinstance(users, dict)
    assert {name: user.get("marker") for name, user in users.items()} == {"alice": "Mrs Liddell", "bob": "Mr Builder"}


def test_a_server_that_wants_no_more_is_left_alone(agents: Agents, tmp_path: Path) -> None:
    """429 without an end: it is told, and nothing is asked after it."""
    outcome = made(agents, tmp_path, '        headers.append(("Retry-After", "60"))\n        return 429, "slow down"')
    assert outcome.found.requests <= 2
    assert "the server limits the rate (429 for GET /" in outcome.found.text


def test_words_of_the_server_are_no_words_of_the_profile(agents: Agents, tmp_path: Path) -> None:
    """A path with ${HOME} and braces, an id with a quote: the file means what stands on the page, and nothing else."""
    answer = PAGES.replace("/enter", "/en${HOME}ter/{password}").replace("action=/x", "").replace("@INSIDE@", "")
    outcome = made(agents, tmp_path, answer)
    assert "/en$${{HOME}}ter/{{password}}" in outcome.found.text, outcome.told()
    assert outcome.lets_in, outcome.told()


HOSTILE = [name for name in small.names() if name.startswith("x_evil_") and name != "x_evil_gzip"]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_server_does_no_harm(agents: Agents, tmp_path: Path, name: str) -> None:
    """It ends within the bounds, and what is written can be read and moves no cursor."""
    given = {"run": f"{sys.executable} {small.SERVERS.name} {name} {{port}}", "users": USERS}
    began = time.monotonic()
    outcome = found.tried(agents, name, small.HERE, given, tmp_path / "check")
    assert outcome.found.requests <= 200
    assert outcome.found.seconds < 70, outcome.told()
    assert time.monotonic() - began < 150
    assert "\x1b" not in outcome.found.text
    (tmp_path / "again.yaml").write_text(outcome.found.text)
    reading.load(tmp_path / "again.yaml", {})
