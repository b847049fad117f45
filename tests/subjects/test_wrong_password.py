"""Servers that answer a wrong password as they answer a right one: what `me` shows afterwards decides."""

from pathlib import Path

from cookielab.judging.events import Request
from cookielab.judging.history import read
from cookielab.stage.agents import Agents
from scenarios import SCENARIOS
from tests.subjects import small, tiny

PROGRAM = """
import sys
from handler import Handler, serve

MODE, PASSWORDS, FAILURES = sys.argv[2], {"alice": "pw-a", "bob": "pw-b"}, [0]
FORM = '<form method=post action=/login><input name=user><input name=password type=password><button>Go</button></form>'

class App(Handler):
    def do_GET(self):
        self.reply(200, FORM if self.path == "/login" else f"<p id=me>{self.user()}</p>")

    def do_POST(self):
        given = self.form()
        right = PASSWORDS.get(given["user"]) == given["password"]
        if MODE == "lets-all-in" or (right and not (MODE == "locks" and FAILURES[0] > 5)):
            return self.reply(302, "", self.session(given["user"]), ("Location", "/"))
        FAILURES[0] += 1
        self.reply(302, "", ("Location", "/"))

serve(App)
"""
PROFILE = """run: {python} app.py {{port}} {mode}
users: {{alice: {{password: pw-a}}, bob: {{password: pw-b}}}}
login: {{form: /login{expect}}}
me: {{get: /, css: "#me"}}
"""


def checked(agents: Agents, folder: Path, mode: str, expect: str = "") -> small.Outcome:
    subject = tiny.brought(folder, PROGRAM, PROFILE, mode=mode, expect=expect)
    chosen = [scenario for scenario in SCENARIOS if scenario.id in ("nat", "neighbour-lockout")]
    return small.check(agents, subject, folder / "check", chosen)


def row(outcome: small.Outcome) -> tuple[bool | None, str]:
    return next((row.ok, row.saw) for row in outcome.flight.rows if row.what == "wrong password refused")


def test_me_decides_where_the_reply_does_not(agents: Agents, tmp_path: Path) -> None:
    """1. The preflight says so. 2. Nobody is accused of having lost a session that a wrong password never gave."""
    outcome = checked(agents, tmp_path, "refuses")
    assert row(outcome) == (
        True, "the reply (200) looks like success, but / shows nobody: from now on `me` tells"
    )  # fmt: skip
    assert [(checked.scenario.id, checked.state) for checked in outcome.rows] == [
        ("nat", "holds"), ("neighbour-lockout", "holds"),
    ], outcome.told()  # fmt: skip
    events = read(tmp_path / "check/neighbour-lockout/subject/history.jsonl")
    logins = [event for event in events if isinstance(event, Request) and event.action == "login"]
    assert {(event.forged is None, event.succeeded) for event in logins} == {(True, True), (False, False)}


def test_a_server_that_lets_anybody_in_is_told(agents: Agents, tmp_path: Path) -> None:
    outcome = checked(agents, tmp_path, "lets-all-in")
    assert row(outcome) == (None, "any password is accepted here: / then says alice")
    assert "any password is accepted" in outcome.flight.observations


def test_who_is_locked_out_by_a_neighbour_is_seen_to_be(agents: Agents, tmp_path: Path) -> None:
    """The right password is answered as ever, and nobody is logged in."""
    outcome = checked(agents, tmp_path, "locks")
    lockout = outcome.rows[-1]
    assert (lockout.state, lockout.findings[0].invariant) == ("broken", "steadiness"), outcome.told()


def test_an_expectation_that_fits_both_is_refused(agents: Agents, tmp_path: Path) -> None:
    """Who says what success is must say it so that failure is none."""
    outcome = checked(agents, tmp_path, "refuses", ", expect: 200")
    assert row(outcome) == (
        False, "the reply (200) looks like success, but nobody is logged in: say what success is"
    )  # fmt: skip
