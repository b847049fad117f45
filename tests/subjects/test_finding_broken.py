"""What `init` makes of servers that take one for another while it looks about, and of logins that scripts and lists show."""

import sys
from pathlib import Path

import pytest

from cookielab.stage.agents import Agents
from cookielab.stage.checking import Check
from cookielab.stage.rows import Preflight
from cookielab.subjects import reading
from cookielab.subjects.kinds import Brought
from scenarios.expected import EXPECTED
from tests.subjects.test_finding import SERVER, USERS, made

AT_HOME = """
        global LAST
        here = self.client_address[0]
        if path == "/enter" and method == "POST" and USERS.get(fields.get("n")) == fields.get("p"):
            BY[here] = LAST = fields["n"]
            self.let_in(fields["n"], headers)
            headers.append(("Location", "/"))
            return 302, ""
        if path == "/enter":
            return 200 if method == "GET" else 401, FORM
        user = @WHO@
        if path == "/note" and method == "POST" and user:
            NOTES[user] = fields["note"]
            return 200, "kept"
        if path == "/logout":
            @OUT@
            headers += [("Location", "/"), ("Set-Cookie", "sid=; Max-Age=0; Path=/")]
            return 302, ""
        if path == "/" and user:
            note = NOTES.get(user, "")
            form = f'<form method=post action=/note><textarea name=note>{note}</textarea><button>Save</button></form>'
            return 200, f'<p>Hello <b>{user}</b></p>{form}<a href=/logout>Log out</a>'
        if path == "/":
            return 200, @FRONT@
"""
BEGIN = """
FORM = '<form method=post action=/enter><input name=n><input type=password name=p><button>Log in</button></form>'
BY, LAST, TURN = {}, None, [0]
def turn():
    TURN[0] += 1
    return TURN[0] % 2
"""


OUT = """
    def out(self):
        SESSIONS.pop(SimpleCookie(self.headers.get("Cookie", ""))["sid"].value, None)

    def let_in"""


def answer(who: str, out: str = "BY.pop(here, None)", front: str = "FORM") -> str:
    return AT_HOME.replace("@WHO@", who).replace("@OUT@", out).replace("@FRONT@", front)


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server knows the names that the pages here use."""
    begun = SERVER.replace("DONE = []", BEGIN).replace("    def let_in", OUT)
    monkeypatch.setattr("tests.subjects.test_finding.SERVER", begun)


def test_who_is_remembered_by_address_meets_no_form_again(agents: Agents, tmp_path: Path) -> None:
    """The form is for strangers alone, and one who comes anew from the same address is none: note and logout are found."""
    outcome = made(agents, tmp_path, answer("BY.get(here)"))
    assert outcome.lets_in, outcome.told()
    assert set(outcome.verbs) == {"login", "me", "note", "logout"}, outcome.told()


def test_a_user_whom_all_share(agents: Agents, tmp_path: Path) -> None:
    """A stranger elsewhere is shown the user who has logged in, and may log out: the place is taken, and the preflight says
    what it means."""
    outcome = made(agents, tmp_path, answer("LAST", "LAST = None", "'<a href=/enter>Log in</a>'"))
    assert outcome.flight is not None, outcome.told()
    assert [each.sentence for each in outcome.flight.breaks] == [
        "bob, who has not logged in, is shown 'alice' at /, from an address of their own"
    ], outcome.told()


def test_a_reply_that_is_kept_for_all(agents: Agents, tmp_path: Path) -> None:
    """A script's request that a stranger was refused, and is given with the user's name once the user has asked for it."""
    outcome = made(
        agents, tmp_path,
        """
        global LAST
        if path == "/":
            return 200, '<script>f("/api/login"); f("/api/profile")</script>'
        if path == "/api/login" and method == "POST":
            said = json.loads(body)
            if USERS.get(said.get("username")) != said.get("password") or not said:
                return 401, "no"
            self.let_in(said["username"], headers)
            return 200, "{}"
        if path == "/api/profile":
            LAST = LAST or (user and json.dumps({"login": user}))
            return (200, LAST) if LAST else (401, "{}")
""",
    )  # fmt: skip
    assert outcome.flight is not None, outcome.told()
    assert [each.sentence for each in outcome.flight.breaks] == [
        "bob, who has not logged in, is shown 'alice' at /api/profile, from an address of their own"
    ], outcome.told()


def test_a_name_that_everybody_is_shown_is_no_user_whom_all_share(agents: Agents, tmp_path: Path) -> None:
    """The newest member stands on the front page, to strangers too: it is not said who one is by it, nor is anybody accused."""
    front = "f'<p>Newest member: <b>{LAST}</b></p>' + FORM"
    outcome = made(agents, tmp_path, answer("None", front=front))
    assert outcome.flight is None, outcome.told()
    assert "takes it for somebody" not in outcome.found.text


def test_whom_nothing_forgets(agents: Agents, tmp_path: Path) -> None:
    """An address that stays somebody's, and a login page that sends on whoever is known: what is in the way is said."""
    sent_on = """
        if path == "/enter" and method == "GET" and BY.get(here):
            headers.append(("Location", "/"))
            return 302, ""
"""
    known = answer("BY.get(here)", "pass", "'<a href=/enter>Log in</a>'")
    shown_nowhere = known.replace("<p>Hello <b>{user}</b></p>", "<p>Hello</p>")
    begun, _, rest = shown_nowhere.partition("here = self.client_address[0]\n")
    outcome = made(agents, tmp_path, f"{begun}here = self.client_address[0]{sent_on}{rest}")
    assert "me" not in outcome.verbs, outcome.told()
    assert "a mistake of its own" in " ".join(outcome.found.guesses), outcome.found.guesses


def test_paths_that_a_script_puts_together(agents: Agents, tmp_path: Path) -> None:
    """fetch('/api/v1' + path): login, `me` and logout are found."""
    outcome = made(
        agents, tmp_path,
        """
        if path == "/":
            return 200, '<div></div><script>const c = (p) => fetch("/api/v1" + p); c("/profile"); c("/login"); c("/logout")</script>'
        if path == "/api/v1/login" and method == "POST":
            said = json.loads(body)
            if USERS.get(said.get("login")) != said.get("password") or not said:
                return 401, "no"
            self.let_in(said["login"], headers)
            return 200, "{}"
        if path == "/api/v1/profile":
            return (200, json.dumps({"login": user})) if user else (401, "{}")
        if path == "/api/v1/logout" and method == "POST":
            self.out()
            return 200, "{}"
""",
    )  # fmt: skip
    assert outcome.lets_in, outcome.told()
    assert set(outcome.verbs) == {"login", "me", "logout"}, outcome.told()


def test_paths_that_a_framework_lists(agents: Agents, tmp_path: Path) -> None:
    """Django's page of what is not there names them; the token is sent as the refusal wants it."""
    outcome = made(
        agents, tmp_path,
        """
        sent = self.headers.get("Authorization", "")
        user = SESSIONS.get(sent.removeprefix("Token ")) if sent.startswith("Token ") else None
        if path == "/obtain-auth-token/" and method == "POST":
            said = json.loads(body)
            if USERS.get(said.get("username")) != said.get("password") or not said:
                return 400, '{"detail": "no"}'
            token = secrets.token_hex(20)
            SESSIONS[token] = said["username"]
            return 200, json.dumps({"token": token})
        if path == "/shop/me/":
            headers += [] if user else [("WWW-Authenticate", "Token")]
            if "json" not in self.headers.get("Accept", "") and user:
                return 200, f"<li class=user>{user}</li><pre>what a program is told</pre>"
            return (200, json.dumps({"name": user})) if user else (401, "{}")
        if path not in ("/obtain-auth-token/", "/shop/me/"):
            listed = "<li><code>obtain-auth-token/</code></li><li><code>shop/</code> <code>me/</code></li><li>item/&lt;int:pk&gt;/</li>"
            return 404, "<p>Using the URLconf defined in <code>shop.urls</code></p><ol>" + listed + "</ol>"
""",
    )  # fmt: skip
    assert outcome.lets_in, outcome.told()
    assert outcome.found.profile.headers == {"Accept": "application/json"}


PROFILE = {"users": USERS, "login": {"form": "/enter"}, "me": {"get": "/", "css": "b"}}


def flown(agents: Agents, folder: Path, text: str) -> Preflight:
    place = folder / "app"
    place.mkdir()
    (place / "app.py").write_text(SERVER.replace("DONE = []", BEGIN).replace("@ANSWER@", text))
    given = reading.made({"run": f"{sys.executable} app.py {{port}}"} | PROFILE, place / "cookielab.yaml")
    subject = Brought("app", given, place, log=folder / "server.log")
    try:
        return Check(agents.engine, agents, subject, folder, EXPECTED).preflight()
    finally:
        subject.close()


def test_who_was_remembered_before(agents: Agents, tmp_path: Path) -> None:
    """A server that knows people by their address from an earlier day: two strangers are two people, which no page does that
    always shows a name."""
    flight = flown(
        agents,
        tmp_path,
        answer("{'198.51.100.2': 'alice'}.get(here.rpartition('.')[2] in ('2', '11') and '198.51.100.2')"),
    )
    assert [each.invariant for each in flight.breaks] == ["isolation"], [row.saw for row in flight.rows]
    assert "people are remembered by their address" in flight.breaks[0].sentence


def test_what_always_stands_there(agents: Agents, tmp_path: Path) -> None:
    """The profile's mistake, and nobody's else."""
    flight = flown(agents, tmp_path, answer("'alice'"))
    assert (flight.failed is not None, flight.breaks) == (True, []), [row.saw for row in flight.rows]


def test_now_this_one_now_that(agents: Agents, tmp_path: Path) -> None:
    """Who has logged in is shown another's name at every other request, as where it is kept with a thread."""
    who = "None if not self.user() else 'alice' if self.user() == 'alice' or turn() else 'bob'"
    flight = flown(agents, tmp_path, answer(who))
    assert [each.invariant for each in flight.breaks] == ["isolation"], [row.saw for row in flight.rows]
    assert "is shown 'alice' at /, and in " in flight.breaks[0].sentence


@pytest.mark.parametrize("looks", [True, False])
def test_a_token_whose_signature_nobody_looks_at(agents: Agents, tmp_path: Path, looks: bool) -> None:
    """What it says is believed: whoever writes one is whom it names. One that looks is accused of nothing."""
    answer = """
        import base64, hashlib
        def b64(data): return base64.urlsafe_b64encode(data).decode().rstrip("=")
        sent, user = self.headers.get("Authorization", "").removeprefix("Bearer "), None
        head, _, rest = sent.partition(".")
        said, _, signature = rest.partition(".")
        if said and (not @LOOKS@ or signature == hashlib.sha256(b"secret" + said.encode()).hexdigest()):
            user = json.loads(base64.urlsafe_b64decode(said + "==="))["sub"]
        if path == "/login" and method == "POST":
            name = json.loads(body).get("username")
            if not name or USERS.get(name) != json.loads(body).get("password"):
                return 401, "no"
            said = b64(json.dumps({"sub": name, "jti": secrets.token_hex()}).encode())
            signature = hashlib.sha256(b"secret" + said.encode()).hexdigest()
            return 200, json.dumps({"token": f'{b64(b"{}{}{}")}.{said}.{signature}'.replace("e30", "eyJ")})
        if path == "/me":
            return (200, json.dumps({"name": user})) if user else (401, "{}")
"""
    outcome = made(agents, tmp_path, answer.replace("@LOOKS@", str(looks)).replace('b"{}{}{}"', 'b"{\\"a\\":1}"'))
    assert outcome.flight is not None, outcome.told()
    assert [
        "with another signature is taken for 'alice' at /me" in each.sentence for each in outcome.flight.breaks
    ] == ([] if looks else [True]), outcome.told()
