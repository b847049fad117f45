"""A server that sends on to its login with the address that was asked for, as most do."""

import sys
from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from cookielab.stage.agents import Agents
from cookielab.subjects import reading
from cookielab.subjects.kinds import Brought
from scenarios import fixation
from tests.subjects import small

PROFILE = """
run: {python} app.py {{port}}
users: {{alice: {{password: pw-a}}, bob: {{password: pw-b}}}}
login: {{json: {{post: /login, body: {{user: "{{username}}", password: "{{password}}"}}}}}}
me: {{get: /me, json: user}}
"""
SERVER = """
import http.server, json, secrets, sys, urllib.parse
users, sessions = {"alice": "pw-a", "bob": "pw-b"}, {}
class App(http.server.BaseHTTPRequestHandler):
    def reply(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def do_GET(self):
        user = sessions.get(self.headers.get("Cookie", "").partition("=")[2])
        if self.path.startswith("/me") and not user:
            return self.reply(302, {}, Location="/login?next=" + urllib.parse.quote(self.path))
        self.reply(200, {"user": user})
    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if users.get(sent["user"]) != sent["password"]:
            return self.reply(401, {"error": "no"})
        sid = secrets.token_urlsafe(24)
        sessions[sid] = sent["user"]
        self.reply(200, {}, Set_Cookie="sid=" + sid)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), App).serve_forever()
"""


@pytest.mark.netns
def test_an_echo_of_the_query_shows_nobody_anything(netns_lab: Engine, agents: Agents, tmp_path: Path) -> None:
    """Mallory, who knows bob's id, puts it into a link: that it comes back in the redirect is no leak."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "app.py").write_text(SERVER)
    (folder / "cookielab.yaml").write_text(PROFILE.format(python=sys.executable))
    subject = Brought("app", reading.load(folder / "cookielab.yaml", {}), folder)
    outcome = small.check(netns_lab, agents, subject, tmp_path / "check", [fixation.SCENARIO])
    assert (outcome.verdict, outcome.by) == ("holds", ()), outcome.told()
    history = (tmp_path / "check" / "fixation" / "subject" / "history.jsonl").read_text()
    assert "/me?sid=" in history  # what was asked for is told with its query
