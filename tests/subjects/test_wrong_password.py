"""Servers that answer a wrong password as they answer a right one: what `me` shows afterwards decides."""

import sys
from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from cookielab.judging.events import Request
from cookielab.judging.history import read
from cookielab.stage.agents import Agents
from cookielab.subjects.kinds import Brought
from cookielab.subjects.reading import load
from scenarios import SCENARIOS
from tests.subjects import small

PROGRAM = """
import secrets, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

PASSWORDS, PEOPLE, FAILURES = {"alice": "pw-a", "bob": "pw-b"}, {}, [0]
FORM = '<form method=post action=/login><input name=user><input name=password type=password><button>Go</button></form>'

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/login":
            return self.reply(200, FORM)
        sid = self.headers.get("Cookie", "").partition("sid=")[2]
        self.reply(200, f"<p id=me>{PEOPLE.get(sid, 'nobody')}</p>")

    def do_POST(self):
        given = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
        user, password = given["user"][0], given["password"][0]
        right = PASSWORDS.get(user) == password
        if MODE == "lets-all-in" or (right and not (MODE == "locks" and FAILURES[0] > 5)):
            sid = secrets.token_urlsafe(32)
            PEOPLE[sid] = user
            return self.reply(302, "", ("Set-Cookie", f"sid={sid}; Path=/"), ("Location", "/"))
        FAILURES[0] += 1
        self.reply(302, "", ("Location", "/"))

    def reply(self, status, body, *headers):
        self.send_response(status)
        for name, value in (*headers, ("Content-Type", "text/html"), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass

MODE = sys.argv[2]
ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
"""
PROFILE = """run: {python} program.py {{port}} {mode}
users: {{alice: {{password: pw-a}}, bob: {{password: pw-b}}}}
login: {{form: /login{expect}}}
me: {{get: /, css: "#me"}}
"""


def checked(lab: Engine, folder: Path, mode: str, expect: str = "") -> small.Outcome:
    (folder / "program.py").write_text(PROGRAM)
    path = folder / "cookielab.yaml"
    path.write_text(PROFILE.format(python=sys.executable, mode=mode, expect=expect))
    chosen = [scenario for scenario in SCENARIOS if scenario.id in ("nat", "neighbour-lockout")]
    with Agents(lab) as agents:
        return small.check(lab, agents, Brought("mine", load(path, {}), folder), folder / "check", chosen)


def row(outcome: small.Outcome) -> tuple[bool | None, str]:
    return next((row.ok, row.saw) for row in outcome.flight.rows if row.what == "wrong password refused")


def test_me_decides_where_the_reply_does_not(netns_lab: Engine, tmp_path: Path) -> None:
    """1. The preflight says so. 2. Nobody is accused of having lost a session that a wrong password never gave."""
    outcome = checked(netns_lab, tmp_path, "refuses")
    assert row(outcome) == (
        True, "the reply (200) looks like success, but / shows nobody: from now on `me` tells"
    )  # fmt: skip
    assert [(checked.scenario.id, checked.state) for checked in outcome.rows] == [
        ("nat", "holds"), ("neighbour-lockout", "holds"),
    ], outcome.told()  # fmt: skip
    events = read(tmp_path / "check/neighbour-lockout/subject/history.jsonl")
    logins = [event for event in events if isinstance(event, Request) and event.action == "login"]
    assert {(event.forged is None, event.succeeded) for event in logins} == {(True, True), (False, False)}


def test_a_server_that_lets_anybody_in_is_told(netns_lab: Engine, tmp_path: Path) -> None:
    outcome = checked(netns_lab, tmp_path, "lets-all-in")
    assert row(outcome) == (None, "any password is accepted here: / then says alice")
    assert "any password is accepted" in outcome.flight.observations


def test_who_is_locked_out_by_a_neighbour_is_seen_to_be(netns_lab: Engine, tmp_path: Path) -> None:
    """The right password is answered as ever, and nobody is logged in."""
    outcome = checked(netns_lab, tmp_path, "locks")
    lockout = outcome.rows[-1]
    assert (lockout.state, lockout.findings[0].invariant) == ("broken", "steadiness"), outcome.told()


@pytest.mark.parametrize("expect", [", expect: 200"])
def test_an_expectation_that_fits_both_is_refused(netns_lab: Engine, tmp_path: Path, expect: str) -> None:
    """Who says what success is must say it so that failure is none."""
    outcome = checked(netns_lab, tmp_path, "refuses", expect)
    assert row(outcome) == (
        False, "the reply (200) looks like success, but nobody is logged in: say what success is"
    )  # fmt: skip
