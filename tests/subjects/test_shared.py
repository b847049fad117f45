"""A page that shows everybody's posts to everybody: a leak or a purpose, which the profile alone can say."""

from pathlib import Path

import pytest

from cookielab.stage.agents import Agents
from scenarios import SCENARIOS
from tests.subjects import small, tiny

PROGRAM = """
import html, sys
from handler import PEOPLE, Handler, serve

MODE, POSTS, LAST = sys.argv[2], [], ["nobody"]

class App(Handler):
    def user(self):
        user = super().user()
        return LAST[0] if MODE == "mixes-up" and user != "nobody" else user

    def do_GET(self):
        user = self.user()
        seen = POSTS if MODE != "private" else [post for post in POSTS if post[0] == user]
        posts = "".join(f"<li>{text}</li>" for _, text in seen)
        self.reply(200, f"<p id=me>{user}</p><ul>{posts}</ul>")

    def do_POST(self):
        form = self.form()
        if self.path == "/login":
            LAST[0] = form["user"]
            return self.reply(302, "", self.session(form["user"]), ("Location", "/"))
        if self.path == "/logout":
            PEOPLE.pop(self.sid(), None)
        elif self.user() != "nobody":
            POSTS.append((self.user(), html.escape(form["post"])))
        self.reply(303, "", ("Location", "/"))

serve(App)
"""
PROFILE = """run: {python} app.py {{port}} {mode}
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


def checked(agents: Agents, folder: Path, mode: str, more: str = "") -> small.Outcome:
    subject = tiny.brought(folder, PROGRAM, PROFILE, mode=mode, more=more)
    chosen = [scenario for scenario in SCENARIOS if scenario.id in ("nat", "two-tabs", "replay-after-logout")]
    return small.check(agents, subject, folder / "check", chosen)


@pytest.mark.parametrize(
    ("mode", "more", "by"),
    [
        ("public", "", ("finality", "isolation")),
        ("public", ", shared: true", ()),
        ("private", "", ()),
        ("private", ", shared: true", ()),
    ],
)
def test_posts(agents: Agents, tmp_path: Path, mode: str, more: str, by: tuple[str, ...]) -> None:
    """Where the profile does not say, others' posts are a leak; the preflight names the line that decides it."""
    outcome = checked(agents, tmp_path, mode, more)
    assert outcome.flight.observations == ([TOLD] if by else [])
    assert outcome.verdict == ("broken" if by else "holds"), outcome.told()
    assert outcome.by == by, outcome.told()


def test_people_who_are_mixed_up_are_told_although_posts_are_shared(agents: Agents, tmp_path: Path) -> None:
    outcome = checked(agents, tmp_path, "mixes-up", ", shared: true")
    assert outcome.by == ("isolation",), outcome.told()
