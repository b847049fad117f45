"""One person reads and writes at the same time at a real server: a register is never accused, and a stale one is."""

from pathlib import Path

import pytest

from cookielab.judging.judge import judge
from cookielab.judging.verdict import Verdict
from cookielab.stage import Scenario, Stage
from cookielab.stage.agents import Agents
from cookielab.stage.play import play
from cookielab.subjects.exchange import Learnt
from tests.subjects import tiny

PROGRAM = """
import random, sys, time
from handler import Handler, serve

MODE, NOTES = sys.argv[2], {}

class App(Handler):
    def do_GET(self):
        time.sleep(random.random() / 50)
        note = NOTES.get(self.user(), [""])[-1 if MODE == "register" else 0]
        time.sleep(random.random() / 50)
        self.reply(200, f"<p id=me>{self.user()}</p><p id=note>{note}</p>")

    def do_POST(self):
        form = self.form()
        if self.path == "/login":
            return self.reply(302, "", self.session(form["user"]), ("Location", "/"))
        time.sleep(random.random() / 50)
        NOTES.setdefault(self.user(), []).append(form["note"])
        time.sleep(random.random() / 50)
        self.reply(303, "", ("Location", "/"))

serve(App)
"""
PROFILE = """run: {python} app.py {{port}} {mode}
users: {{alice: {{password: a}}, bob: {{password: b}}}}
login: [{{post: /login, fields: {{user: "{{username}}"}}}}]
me: {{get: /, css: "#me"}}
note: {{write: {{post: /note, fields: {{note: "{{canary}}"}}}}, read: {{get: /, css: "#note"}}}}
"""


def story(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    alice.login()
    alice.write()
    for _ in range(12):
        alice.at_once("read", "read", "write", "read", "read")
        alice.read()


@pytest.mark.parametrize(("mode", "verdict"), [("register", Verdict.HOLDS), ("stale", Verdict.BROKEN)])
def test_reads_beside_a_write(agents: Agents, tmp_path: Path, mode: str, verdict: Verdict) -> None:
    subject = tiny.brought(tmp_path, PROGRAM, PROFILE, mode=mode)
    subject.learnt = Learnt(session_cookies=("sid",))
    exercises = ("continuity", "durability", "isolation", "steadiness")
    scenario = Scenario("at-once", "", "", exercises, (), "", story)
    try:
        history = play(
            scenario, subject, engine=agents.engine, agents=agents, run="r", capture="off", folder=tmp_path / "play"
        )
    finally:
        subject.close()
    verdicts = {finding.invariant: finding.verdict for finding in judge(history.events)}
    assert verdicts["continuity"] is verdicts["durability"] is verdict, judge(history.events)
    assert verdicts["isolation"] is not Verdict.BROKEN
    assert verdicts["steadiness"] is not Verdict.BROKEN
