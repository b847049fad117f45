"""One person reads and writes at the same time at a real server: a register is never accused, and a stale one is."""

import sys
from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from cookielab.judging.judge import judge
from cookielab.judging.verdict import Verdict
from cookielab.stage.agents import Agents
from cookielab.stage.play import play
from cookielab.stage.stage import Scenario, Stage
from cookielab.subjects.exchange import Learnt
from cookielab.subjects.kinds import Brought
from cookielab.subjects.reading import load

PROGRAM = """
import random, secrets, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

PEOPLE, NOTES = {}, {}

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        user = PEOPLE.get(self.headers.get("Cookie", "").partition("sid=")[2])
        time.sleep(random.random() / 50)
        note = NOTES.get(user, [""])[-1 if MODE == "register" else 0]
        time.sleep(random.random() / 50)
        self.reply(200, f"<p id=me>{user or 'nobody'}</p><p id=note>{note}</p>")

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if self.path == "/login":
            sid = secrets.token_urlsafe(32)
            PEOPLE[sid] = form["user"][0]
            return self.reply(302, "", ("Set-Cookie", f"sid={sid}; Path=/"), ("Location", "/"))
        user = PEOPLE[self.headers["Cookie"].partition("sid=")[2]]
        time.sleep(random.random() / 50)
        NOTES.setdefault(user, []).append(form["note"][0])
        time.sleep(random.random() / 50)
        self.reply(303, "", ("Location", "/"))

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
def test_reads_beside_a_write(netns_lab: Engine, tmp_path: Path, mode: str, verdict: Verdict) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    path = tmp_path / "cookielab.yaml"
    path.write_text(PROFILE.format(python=sys.executable, mode=mode))
    subject = Brought("mine", load(path, {}), tmp_path, log=tmp_path / "log", learnt=Learnt(session_cookies=("sid",)))
    exercises = ("continuity", "durability", "isolation", "steadiness")
    scenario = Scenario("at-once", "", "", exercises, (), "", story)
    try:
        with Agents(netns_lab) as agents:
            history = play(
                scenario, subject, engine=netns_lab, agents=agents, run="r", capture="off", folder=tmp_path / "play"
            )
    finally:
        subject.close()
    verdicts = {finding.invariant: finding.verdict for finding in judge(history.events)}
    assert verdicts["continuity"] is verdicts["durability"] is verdict, judge(history.events)
    assert verdicts["isolation"] is not Verdict.BROKEN
    assert verdicts["steadiness"] is not Verdict.BROKEN
