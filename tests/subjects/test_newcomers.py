"""What a newcomer's first profile runs into: each row of the preflight that is wrong says what was seen and what to change."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab.stage.agents import Agents
from cookielab.stage.checking import Check
from cookielab.stage.rows import Row
from scenarios import SCENARIOS
from scenarios.expected import EXPECTED
from tests.subjects import tiny

pytestmark = pytest.mark.netns

PROFILE = """
run: {python} app.py {{port}} {mode}
users: {{alice: {{password: pw-a}}, bob: {{password: pw-b}}}}
login: {{form: /login}}
me: /
logout: /logout
"""
PROGRAM = """
import sys, time
from handler import PEOPLE, Handler, serve

MODE, USERS = sys.argv[2], {"alice": "pw-a", "bob": "pw-b"}
FORM = "<form method=post><input name=user><input type=password name=pass></form>"

class App(Handler):
    protocol_version = "HTTP/1.0"

    def do_GET(self):
        if self.path == "/logout":
            return self.reply(404, "no such page")
        self.reply(200, FORM if self.path == "/login" else f"<p>Hello, {PEOPLE.get(self.sid())}</p>")

    def do_POST(self):
        sent = self.form()
        if self.path == "/password":
            if self.sid() in PEOPLE and len(sent["new"]) > 8:
                USERS[self.user()] = sent["new"]
                return self.reply(200, "changed")
            return self.reply(422, "too short")
        if self.path == "/out":
            PEOPLE.pop(self.sid(), None)
            return self.reply(200, "bye")
        if MODE == "limited":
            return self.reply(429, "slow down", ("Retry-After", "900"))
        if MODE == "sso":
            return self.reply(302, "", ("Location", "https://sso.example/"))
        if MODE == "silent" or USERS.get(sent["user"]) != sent["pass"]:
            return self.reply(200, "No." if MODE == "silent" else FORM)
        if MODE == "slow":
            time.sleep(0.5)
        session = self.session(sent["user"])
        if MODE == "named":
            session = "Set-Cookie", f"s-{session[1][4:20]}sid={session[1][4:]}"
        self.reply(302, "", session, ("Location", "/"))

serve(App, "127.0.0.1")
"""
AT = "POST http://localhost:9800/login answered"
REFUSED = {
    "silent": Row(
        "alice is alice",
        False,
        f"200 for GET / looks as it does for nobody. The login ended with: {AT} 200: No.; cookies held: none. "
        "Was that a refusal, or one step of several?",
        "me: where another value names people; login: … expect: says what success is, a list of steps where it takes several",
    ),
    "limited": Row(
        "login accepted (alice)",
        False,
        f"the server limits logins (status 429, Retry-After: 900): {AT} 429: slow down",
        "limits: {login_attempts: …}; a limit that is stricter is to be switched off for the test",
    ),
    "sso": Row(
        "login accepted (alice)",
        False,
        "the reply sends alice to https://sso.example/, which is not the subject",
        "host: where that is the server's own name; login: {state: …} where another server logs people in",
    ),
    "link": Row(
        "logout works",
        False,
        "after it (404) / still says 'bob'",
        "logout: {post: PATH}, or {form: PAGE} where it is a button of a page",
    ),
}


@pytest.fixture
def check(agents: Agents, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Check]:
    """A check of the server in this mode, whose profile says this as well."""
    mode, profile = request.param
    subject = tiny.brought(tmp_path, PROGRAM, profile, mode=mode)
    yield Check(agents.engine, agents, subject, tmp_path / "check", EXPECTED)
    subject.close()


@pytest.mark.parametrize("check", [(mode, PROFILE) for mode in REFUSED], indirect=True, ids=REFUSED)
def test_the_row_that_is_wrong(check: Check, request: pytest.FixtureRequest) -> None:
    assert check.preflight().failed == REFUSED[request.node.callspec.id]


@pytest.mark.parametrize("check", [("named", PROFILE.replace("/logout", "{{post: /out}}"))], indirect=True)
def test_a_cookie_whose_name_is_the_secret(check: Check) -> None:
    """Who plants a cookie of a name that somebody has is that somebody, which is no mistake of this server."""
    row = check.preflight().failed
    assert row is not None
    assert row.what == "session cookies"
    assert re.fullmatch(
        r"known by s-\S{16}sid after the first login and by s-\S{16}sid after that of bob: "
        "sessions are followed by the names of their cookies, and here each login has a name of its own",
        row.saw,
    ), row.saw


WITHOUT_NOTE = (
    PROFILE.replace("/logout", "{{post: /out}}")
    + "change_password: {{post: /password, fields: {{new: '{{new_password}}'}}}}\n"
)


@pytest.mark.parametrize("check", [("plain", WITHOUT_NOTE)], indirect=True)
def test_without_a_note_a_port_that_comes_back_is_judged_by_names(check: Check) -> None:
    """Also where the server ends every connection, so that each request needs the port to be free."""
    assert check.preflight().failed is None
    (row,) = check.rows([each for each in SCENARIOS if each.id == "port-reuse"])
    assert (row.state, row.proof) == ("holds", "isolation: 2 answers, nobody was taken for another")


@pytest.mark.parametrize("check", [("plain", WITHOUT_NOTE)], indirect=True)
def test_a_password_that_cannot_be_changed_back_stays_known(check: Check) -> None:
    """The old one is too short for the server's rules: the plays that follow log in with the new one, and it is told."""
    assert check.preflight().failed is None
    catalogue = {each.id: each for each in SCENARIOS}
    changed, after = check.rows([catalogue["account-disabled"], catalogue["neighbour-lockout"]])
    password = check.subject.passwords["alice"]
    why = "POST http://localhost:9800/password answered 422: too short"
    assert changed.observations[-1] == f"alice's password could not be changed back ({why}): it is now {password}"
    assert (after.scenario.id, after.state) == ("neighbour-lockout", "holds"), after.proof


NO_LOGOUT = "".join(line for line in PROFILE.splitlines(keepends=True) if not line.startswith("logout"))


@pytest.mark.parametrize("check", [("plain", NO_LOGOUT)], indirect=True)
def test_what_would_decide_is_told(check: Check) -> None:
    """There is no cookie before the login and no logout in the profile: no id ends that could be tried."""
    assert check.preflight().failed is None
    (row,) = check.rows([each for each in SCENARIOS if each.id == "old-id-alive"])
    assert (row.state, row.proof) == (
        "unknown",
        "finality: there was no session before the login that could live on; a logout would give one: the profile does "
        "not say how to log out: add to cookielab.yaml a line like `logout: {form: /logout}`",
    )


@pytest.mark.parametrize("check", [("slow", WITHOUT_NOTE)], indirect=True)
def test_a_login_takes_as_long_as_its_slowest_hop(check: Check) -> None:
    """The password is hashed before the redirect, and the page behind it comes at once."""
    flight = check.preflight()
    assert flight.failed is None
    assert 0.5 <= flight.login_seconds < 10
