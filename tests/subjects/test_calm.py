"""What the calm twin says of a server whose mistake outlives a play: it remembers who was where last."""

from pathlib import Path

import pytest

from cookielab.judging.verdict import Verdict
from cookielab.stage.agents import Agents
from scenarios import SCENARIOS
from tests.subjects import small, tiny

pytestmark = pytest.mark.netns

PROFILE = """
run: {python} app.py {{port}}
users: {{alice: {{password: pw-a}}, bob: {{password: pw-b}}}}
login: {{form: /login}}
me: {{get: /, css: "#me"}}
logout: {{post: /out}}
"""
PROGRAM = """
from handler import PEOPLE, Handler, serve

LAST, USERS = {}, {"alice": "pw-a", "bob": "pw-b"}
FORM = "<form method=post><input name=user><input type=password name=pass></form>"

class App(Handler):
    def do_GET(self):
        if self.sid() in PEOPLE:
            LAST[self.client_address[0]] = self.sid()
        user = PEOPLE.get(self.sid() if self.sid() in PEOPLE else LAST.get(self.client_address[0]), "")
        self.reply(200, FORM if self.path == "/login" else f"<b id=me>{user}</b>")

    def do_POST(self):
        sent = self.form()
        if self.path == "/out":
            PEOPLE.pop(self.sid(), None)
            return self.reply(200, "bye", ("Set-Cookie", "sid=; Max-Age=0; Path=/"))
        if USERS.get(sent["user"]) != sent["pass"]:
            return self.reply(200, FORM)
        self.reply(302, "", self.session(sent["user"]), ("Location", "/"))

serve(App)
"""


def test_what_a_server_remembers_of_earlier_plays_is_no_plain_bug(agents: Agents, tmp_path: Path) -> None:
    """It believes the address of whoever brings no session. In calm nobody shares one, and it has seen nobody there."""
    played = ("port-reuse", "roam", "forwarded-header")
    subject = tiny.brought(tmp_path, PROGRAM, PROFILE)
    outcome = small.check(agents, subject, tmp_path / "check", [each for each in SCENARIOS if each.id in played])
    told = {row.scenario.id: (row.state, row.calm) for row in outcome.rows}
    assert told == {
        "port-reuse": ("broken", Verdict.HOLDS),
        "roam": ("broken", Verdict.HOLDS),
        "forwarded-header": ("holds", None),
    }, outcome.told()
