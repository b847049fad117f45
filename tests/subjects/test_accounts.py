"""A server without users of its own: the preflight makes the accounts as the profile says."""

from pathlib import Path

import pytest

from cookielab.stage.agents import Agents
from cookielab.stage.checking import Check
from cookielab.stage.rows import Row
from scenarios import SCENARIOS
from scenarios.expected import EXPECTED
from tests.subjects import tiny

PROFILE = """
run: {python} app.py {{port}} {there}
users: {{alice: {{password: pw-a}}, bob: {{password: pw-b}}}}
create: {{post: /signup, json: {{user: "{{username}}", password: "{{password}}", shown: "{{name}}"}}}}
login: {{json: {{post: /login, body: {{user: "{{username}}", password: "{{password}}"}}}}}}
me: {{get: /me, json: user}}
"""
PROGRAM = """
import json, sys
from handler import PEOPLE, Handler, serve

USERS = {name: "pw-" + name[0] for name in sys.argv[2:]}

class App(Handler):
    def do_GET(self):
        self.say(200, {"user": PEOPLE.get(self.sid())})

    def do_POST(self):
        sent = json.loads(self.body())
        user = sent["user"]
        if self.path == "/signup" and (user in USERS or sent["shown"] != user):
            return self.say(409, {"error": "taken"})
        if self.path == "/signup":
            USERS[user] = sent["password"]
        if USERS.get(user) != sent["password"]:
            return self.say(401, {"error": "no"})
        self.say(200, {}, self.session(user))  # who has just signed up is logged in, as at many sites

    def say(self, status, value, *headers):
        self.reply(status, json.dumps(value), *headers, kind="application/json")

serve(App)
"""


@pytest.mark.netns
@pytest.mark.parametrize("there", ["", "bob"])
def test_the_accounts_are_made(agents: Agents, tmp_path: Path, there: str) -> None:
    """Each by a browser of its own; who is there already is refused, which is told and no mistake."""
    subject = tiny.brought(tmp_path, PROGRAM, PROFILE, there=there)
    try:
        flight = Check(agents.engine, agents, subject, tmp_path / "check", EXPECTED).preflight()
    finally:
        subject.close()
    assert flight.failed is None, flight.rows
    refused = 'refused, it may be there already: POST http://localhost:9800/signup answered 409: {"error": "taken"}'
    assert [row for row in flight.rows if row.what.startswith("account")] == [
        Row("account made (alice)", True, "POST /signup: 200"),
        Row("account made (bob)", None, refused) if there else Row("account made (bob)", True, "POST /signup: 200"),
    ]


@pytest.mark.netns
def test_accounts_that_end_with_the_process_are_made_anew(agents: Agents, tmp_path: Path) -> None:
    """They are kept in memory: after a restart people can log in still, in that scenario and in those behind it."""
    subject = tiny.brought(tmp_path, PROGRAM, PROFILE, there="")
    check = Check(agents.engine, agents, subject, tmp_path / "check", EXPECTED)
    try:
        assert check.preflight().failed is None
        rows = list(check.rows([each for each in SCENARIOS if each.id in ("restart", "user-switch")]))
    finally:
        subject.close()
    assert [(row.scenario.id, row.state) for row in rows] == [("restart", "holds"), ("user-switch", "holds")], rows
