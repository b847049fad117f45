"""A logout that works and answers with an error: the preflight names the line with which it can be judged."""

import sys
from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from cookielab.stage.agents import Agents
from cookielab.subjects.kinds import Brought
from cookielab.subjects.reading import load
from scenarios import SCENARIOS
from tests.subjects import small

PROGRAM = """
import secrets, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PEOPLE = {}

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.reply(200, PEOPLE.get(self.sid(), "nobody"))

    def sid(self):
        return self.headers.get("Cookie", "").partition("sid=")[2]

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/logout":
            PEOPLE.pop(self.sid(), None)
            return self.reply(500, "the template of the page that says goodbye is missing")
        sid = secrets.token_urlsafe(32)
        PEOPLE[sid] = body.partition("user=")[2]
        self.reply(200, "welcome", ("Set-Cookie", f"sid={sid}; Path=/"))

    def reply(self, status, body, *headers):
        self.send_response(status)
        for name, value in (*headers, ("Content-Type", "text/plain"), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
"""
PROFILE = """run: {python} program.py {{port}}
users: {{alice: {{}}, bob: {{}}}}
login: [{{post: /login, fields: {{user: "{{username}}"}}}}]
me: {{get: /, regex: '^(.*)$'}}
logout: {{post: /logout{more}}}
"""
TOLD = (
    "after the logout nobody is logged in, but its reply (500) is no success, so what it ends cannot be judged; "
    "if that is how it answers say so in `logout:`, with `expect: 500`"
)


@pytest.mark.parametrize(("more", "state", "told"), [("", "unknown", [TOLD]), (", expect: 500", "holds", [])])
def test_an_error_that_logs_out(netns_lab: Engine, tmp_path: Path, more: str, state: str, told: list[str]) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    path = tmp_path / "cookielab.yaml"
    path.write_text(PROFILE.format(python=sys.executable, more=more))
    chosen = [scenario for scenario in SCENARIOS if scenario.id == "replay-after-logout"]
    with Agents(netns_lab) as agents:
        subject = Brought("mine", load(path, {}), tmp_path)
        outcome = small.check(netns_lab, agents, subject, tmp_path / "check", chosen)
    assert [row.state for row in outcome.rows] == [state], outcome.told()
    assert outcome.flight.observations == told
