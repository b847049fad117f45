"""A logout that works and answers with an error: the preflight names the line with which it can be judged."""

from pathlib import Path

import pytest

from cookielab.stage.agents import Agents
from scenarios import SCENARIOS
from tests.subjects import small, tiny

PROGRAM = """
from handler import PEOPLE, Handler, serve

class App(Handler):
    def do_GET(self):
        self.reply(200, self.user(), kind="text/plain")

    def do_POST(self):
        if self.path == "/logout":
            PEOPLE.pop(self.sid(), None)
            return self.reply(500, "the template of the page that says goodbye is missing", kind="text/plain")
        self.reply(200, "welcome", self.session(self.form()["user"]), kind="text/plain")

serve(App)
"""
PROFILE = """run: {python} app.py {{port}}
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
def test_an_error_that_logs_out(agents: Agents, tmp_path: Path, more: str, state: str, told: list[str]) -> None:
    subject = tiny.brought(tmp_path, PROGRAM, PROFILE, more=more)
    chosen = [scenario for scenario in SCENARIOS if scenario.id == "replay-after-logout"]
    outcome = small.check(agents, subject, tmp_path / "check", chosen)
    assert [row.state for row in outcome.rows] == [state], outcome.told()
    assert outcome.flight.observations == told
