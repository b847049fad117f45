"""A page that shows everybody's posts to everybody: a leak or a purpose, which the profile alone can say."""

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
import html, secrets, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

PEOPLE, POSTS, LAST = {}, [], ["nobody"]

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def user(self):
        user = PEOPLE.get(self.headers.get("Cookie", "").partition("sid=")[2], "nobody")
        return LAST[0] if MODE == "mixes-up" and user != "nobody" else user

    def do_GET(self):
        user = self.user()
        seen = POSTS if MODE != "private" else [post for post in POSTS if post[0] == user]
        posts = "".join(f"<li>{text}</li>" for _, text in seen)
        self.reply(200, f"<p id=me>{user}</p><ul>{posts}</ul>")

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
        if self.path == "/login":
            sid = secrets.token_urlsafe(32)
            LAST[0] = PEOPLE[sid] = form["user"][0]
            return self.reply(302, "", ("Set-Cookie", f"sid={sid}; Path=/"), ("Location", "/"))
        if self.path == "/logout":
            PEOPLE.pop(self.headers.get("Cookie", "").partition("sid=")[2], None)
        elif self.user() != "nobody":
            POSTS.append((self.user(), html.escape(form["post"][0])))
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
users: {{alice: {{}}, bob: {{}}}}
login: [{{post: /login, fields: {{user: "{{username}}"}}}}]
me: {{get: /, css: "#me"}}
note: {{write: {{post: /, fields: {{post: "{{canary}}"}}}}, read: {{get: /}}{more}}}
logout: {{post: /logout}}
"""
TOLD = (
    "/ shows alice's note to somebody who is not logged in: that is a leak, unless everybody is meant to see it; "
    "then say so with `shared: true` in `note:`"
)


def checked(lab: Engine, folder: Path, mode: str, more: str = "") -> small.Outcome:
    (folder / "program.py").write_text(PROGRAM)
    path = folder / "cookielab.yaml"
    path.write_text(PROFILE.format(python=sys.executable, mode=mode, more=more))
    chosen = [scenario for scenario in SCENARIOS if scenario.id in ("nat", "two-tabs", "replay-after-logout")]
    with Agents(lab) as agents:
        return small.check(lab, agents, Brought("mine", load(path, {}), folder), folder / "check", chosen)


@pytest.mark.parametrize(
    ("mode", "more", "by"),
    [
        ("public", "", ("finality", "isolation")),
        ("public", ", shared: true", ()),
        ("private", "", ()),
        ("private", ", shared: true", ()),
    ],
)
def test_posts(netns_lab: Engine, tmp_path: Path, mode: str, more: str, by: tuple[str, ...]) -> None:
    """Where the profile does not say, others' posts are a leak; the preflight names the line that decides it."""
    outcome = checked(netns_lab, tmp_path, mode, more)
    assert outcome.flight.observations == ([TOLD] if by else [])
    assert outcome.verdict == ("broken" if by else "holds"), outcome.told()
    assert outcome.by == by, outcome.told()


def test_people_who_are_mixed_up_are_told_although_posts_are_shared(netns_lab: Engine, tmp_path: Path) -> None:
    outcome = checked(netns_lab, tmp_path, "mixes-up", ", shared: true")
    assert outcome.by == ("isolation",), outcome.told()
