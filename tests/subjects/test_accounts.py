"""A server without users of its own: the preflight makes the accounts as the profile says."""

import sys
from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from cookielab.stage.agents import Agents
from cookielab.stage.checking import Check
from cookielab.stage.rows import Row
from cookielab.subjects import reading
from cookielab.subjects.kinds import Brought
from scenarios.expected import EXPECTED

PROFILE = """
run: {python} app.py {{port}} {there}
users: {{alice: {{password: pw-a}}, bob: {{password: pw-b}}}}
create: {{post: /signup, json: {{user: "{{username}}", password: "{{password}}", shown: "{{name}}"}}}}
login: {{json: {{post: /login, body: {{user: "{{username}}", password: "{{password}}"}}}}}}
me: {{get: /me, json: user}}
"""
SERVER = """
import http.server, json, secrets, sys
users, sessions = {}, {}
for name in sys.argv[2:]:
    users[name] = "pw-" + name[0]
class App(http.server.BaseHTTPRequestHandler):
    def reply(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def do_GET(self):
        self.reply(200, {"user": sessions.get(self.headers.get("Cookie", "").partition("=")[2])})
    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        user = sent["user"]
        if self.path == "/signup" and (user in users or sent["shown"] != user):
            return self.reply(409, {"error": "taken"})
        if self.path == "/signup":
            users[user] = sent["password"]
        if users.get(user) != sent["password"]:
            return self.reply(401, {"error": "no"})
        sid = secrets.token_urlsafe(16)  # who has just signed up is logged in, as at many sites
        sessions[sid] = user
        self.reply(200, {}, Set_Cookie="sid=" + sid)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), App).serve_forever()
"""


@pytest.mark.netns
@pytest.mark.parametrize("there", ["", "bob"])
def test_the_accounts_are_made(netns_lab: Engine, agents: Agents, tmp_path: Path, there: str) -> None:
    """Each by a browser of its own; who is there already is refused, which is told and no mistake."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "app.py").write_text(SERVER)
    (folder / "cookielab.yaml").write_text(PROFILE.format(python=sys.executable, there=there))
    subject = Brought("app", reading.load(folder / "cookielab.yaml", {}), folder, log=tmp_path / "server.log")
    try:
        flight = Check(netns_lab, agents, subject, tmp_path / "check", EXPECTED).preflight()
    finally:
        subject.close()
    assert flight.failed is None, flight.rows
    refused = 'refused, it may be there already: POST http://localhost:9800/signup answered 409: {"error": "taken"}'
    assert [row for row in flight.rows if row.what.startswith("account")] == [
        Row("account made (alice)", True, "POST /signup: 200"),
        Row("account made (bob)", None, refused) if there else Row("account made (bob)", True, "POST /signup: 200"),
    ]
