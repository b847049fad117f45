"""A server that sends on to its login with the address that was asked for, as most do."""

from pathlib import Path

import pytest

from cookielab.stage.agents import Agents
from scenarios.d_login import fixation
from tests.subjects import small, tiny

PROFILE = """
run: {python} app.py {{port}}
users: {{alice: {{password: pw-a}}, bob: {{password: pw-b}}}}
login: {{json: {{post: /login, body: {{user: "{{username}}", password: "{{password}}"}}}}}}
me: {{get: /me, json: user}}
"""
PROGRAM = """
import json, urllib.parse
from handler import PEOPLE, Handler, serve

USERS = {"alice": "pw-a", "bob": "pw-b"}

class App(Handler):
    def do_GET(self):
        user = PEOPLE.get(self.sid())
        if self.path.startswith("/me") and not user:
            return self.say(302, {}, ("Location", "/login?next=" + urllib.parse.quote(self.path)))
        self.say(200, {"user": user})

    def do_POST(self):
        sent = json.loads(self.body())
        if USERS.get(sent["user"]) != sent["password"]:
            return self.say(401, {"error": "no"})
        self.say(200, {}, self.session(sent["user"]))

    def say(self, status, value, *headers):
        self.reply(status, json.dumps(value), *headers, kind="application/json")

serve(App)
"""


@pytest.mark.netns
def test_an_echo_of_the_query_shows_nobody_anything(agents: Agents, tmp_path: Path) -> None:
    """Mallory, who knows bob's id, puts it into a link: that it comes back in the redirect is no leak."""
    subject = tiny.brought(tmp_path, PROGRAM, PROFILE)
    outcome = small.check(agents, subject, tmp_path / "check", [fixation.SCENARIO])
    assert (outcome.verdict, outcome.by) == ("holds", ()), outcome.told()
    history = (tmp_path / "check" / "fixation" / "subject" / "history.jsonl").read_text()
    assert "/me?sid=" in history  # what was asked for is told with its query
