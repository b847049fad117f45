"""`cookielab init` and a check without a file, as a user meets them: a folder with a server in it, and nothing else."""

import json
import os
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab import extras
from cookielab.subjects import reading
from tests.desk import Desk, checkout
from tests.labs import need, variables

pytestmark = [pytest.mark.netns, pytest.mark.timeout(300)]

APP = '''
import secrets
from flask import Flask, g, redirect, request

app = Flask(__name__)
USERS = {"alice": "pw-a", "bob": "pw-b"}
SESSIONS, NOTES, CACHE = {}, {}, {}


@app.before_request
def who():
    user = SESSIONS.get(request.cookies.get("sid"))
    if @CACHED@:
        g.user = CACHE.get(request.remote_addr) or user
        CACHE[request.remote_addr] = g.user
    else:
        g.user = user


@app.get("/")
def front():
    if not g.user:
        return '<h1>Notes</h1><a href="/login">Log in</a>'
    note = NOTES.get(g.user, "")
    return f"""<h1>Notes of <b>{g.user}</b></h1><a href="/logout">Log out</a>
        <form method="post" action="/note"><textarea name="note">{note}</textarea><button>Save</button></form>"""


@app.route("/login", methods=["GET", "POST"])
def login():
    name = request.form.get("username")
    if request.method == "POST" and USERS.get(name) == request.form["password"]:
        reply, sid = redirect("/"), secrets.token_urlsafe(24)
        SESSIONS[sid], CACHE[request.remote_addr] = name, None
        reply.set_cookie("sid", sid, httponly=True, samesite="Lax")
        return reply
    return '<form method="post"><input name="username"><input name="password" type="password"><button>Log in</button></form>'


@app.post("/note")
def note():
    if g.user:
        NOTES[g.user] = request.form["note"]
    return redirect("/")


@app.get("/logout")
def logout():
    SESSIONS.pop(request.cookies.get("sid"), None)
    CACHE[request.remote_addr] = None
    reply = redirect("/")
    reply.delete_cookie("sid")
    return reply
'''
SIGN_UP = """

@app.route("/register", methods=["GET", "POST"])
def register():
    if request.method == "POST" and request.form["username"] not in USERS:
        USERS[request.form["username"]] = request.form["password"]
        return redirect("/login")
    return '<form method="post"><input name="username"><input name="password" type="password"><button>Sign up</button></form>'
"""
RUN = f"{shlex.quote(sys.executable)} -m flask --app app run -p {{port}}"
USERS = ("--user", "alice:pw-a", "--user", "bob:pw-b")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A folder of somebody's, from which the commands are run."""
    need("netns")
    desk = Desk(checkout(tmp_path / "checkout"), "netns", variables(5))
    yield desk
    assert desk.left() == []


def app(desk: Desk, *, cached: bool) -> None:
    (desk.place / "app.py").write_text(APP.replace("@CACHED@", str(cached)))


@pytest.mark.parametrize("cached", [True, False])
def test_two_commands_and_an_answer(desk: Desk, cached: bool) -> None:
    """The current user cached by address is caught, its mended version holds: in less than two minutes, without a profile."""
    app(desk, cached=cached)
    began = time.monotonic()
    init = desk.run("init", "--run", RUN, *USERS)
    assert init.code == 0, init.out + init.err
    assert "next: cookielab check" in init.out
    written = reading.load(desk.place / "cookielab.yaml", {})
    assert written.note is not None
    assert written.logout is not None
    check = desk.end(desk.start("check", "--json"), seconds=150)
    states = {row["scenario"]: row["verdict"] for row in json.loads(check.out)["scenarios"]}
    assert check.code == (1 if cached else 0), check.out + check.err
    assert states["nat"] == ("broken" if cached else "holds")
    assert cached or "broken" not in states.values()
    assert time.monotonic() - began < 120


def test_a_check_without_a_file(desk: Desk) -> None:
    """The same in memory: what is found out is told, one line each, and no file is written."""
    app(desk, cached=False)
    done = desk.run("check", "--run", RUN, *USERS, "nat")
    assert done.code == 0, done.out + done.err
    found = [line.partition("   #")[0] for line in done.out.splitlines() if line.startswith("found out: ")]
    assert [line.split(": ")[1] for line in found] == ["login", "me", "note", "logout"]
    assert not (desk.place / "cookielab.yaml").exists()


@pytest.fixture
def path() -> str:
    """PATH as it is where the environment with Flask is active."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def test_the_folder_shows_how_it_is_started(desk: Desk, path: str) -> None:
    """1. nothing is typed but who can log in; 2. the file says by what the command was guessed; 3. and `check` judges by it."""
    app(desk, cached=True)
    init = desk.run("init", *USERS, PATH=path)
    assert init.code == 0, init.out + init.err
    assert init.out.startswith('run: "flask --app app run -p {port}"   # app.py makes the Flask app (sure)\n')
    text = (desk.place / "cookielab.yaml").read_text()
    assert '# app.py makes the Flask app (sure)\nrun: "flask --app app run -p {port}"\n' in text
    check = desk.run("check", "nat", PATH=path)
    assert check.code == 1, check.out + check.err


def test_one_word_and_an_answer(desk: Desk, path: str) -> None:
    """Neither a file nor an option: the folder shows how it is started, and two people sign up."""
    (desk.place / "app.py").write_text(APP.replace("@CACHED@", "False") + SIGN_UP)
    done = desk.run("check", "nat", PATH=path)
    assert done.code == 0, done.out + done.err
    found = [line.split(": ")[1] for line in done.out.splitlines() if line.startswith("found out: ")]
    assert found == ["run", "create", "users", "login", "me", "note", "logout"]


def test_a_guess_that_does_not_start(desk: Desk, path: str) -> None:
    (desk.place / "app.py").write_text(APP.replace("@CACHED@", "False") + "\nraise SystemExit('no database')\n")
    done = desk.run("check", PATH=path)
    assert done.code == 3
    assert "no database" in done.err
    assert done.err.endswith(
        "how it is started was a guess (app.py makes the Flask app); --run says it, and --setup what is to be run before\n"
    )


def test_several_things_that_could_be_started(desk: Desk, path: str) -> None:
    """They are named, each with the line to type; what was typed stands in it."""
    app(desk, cached=False)
    (desk.place / "config.ru").write_text("run App\n")
    done = desk.run("init", "mine.yaml", "--user", "alice:pw a", PATH=path)
    words = "cookielab init mine.yaml --run '{}' --user 'alice:pw a'"
    flask, rack = words.format("flask --app app run -p {port}"), words.format("rackup -p {port}")
    assert (done.code, done.err) == (
        2,
        "cookielab: 2 things in this folder can be started; say which:\n"
        f"  {flask}   # app.py makes the Flask app\n"
        f"  {rack.ljust(len(flask))}   # config.ru is a Rack application\n",
    )


def test_what_options_say_is_not_found_out(desk: Desk) -> None:
    app(desk, cached=False)
    done = desk.run("login", "--run", RUN, *USERS, "--login", "/login", "--me", "/", "--logout", "/logout")
    assert done.code == 0, done.out + done.err
    found = [line.split(": ")[1] for line in done.out.splitlines() if line.startswith("found out: ")]
    assert found == ["note"]


def test_a_file_that_is_there_is_kept(desk: Desk) -> None:
    """1. nothing is written over it; 2. unless that is wanted, and then it is said."""
    app(desk, cached=False)
    path = desk.place / "cookielab.yaml"
    path.write_text("run: mine\n")
    done = desk.run("init", "--run", RUN, *USERS)
    assert (done.code, done.err) == (
        2,
        "cookielab: cookielab.yaml is there already: `cookielab login` tries it, `cookielab init --force` writes over it\n",
    )
    assert path.read_text() == "run: mine\n"
    forced = desk.run("init", "--force", "--run", RUN, *USERS)
    assert forced.code == 0, forced.out + forced.err
    assert "cookielab.yaml: written over what was there, after " in forced.out
    assert "login: {form: /login}\n" in path.read_text()


def test_nobody_who_could_log_in(desk: Desk) -> None:
    """What was found is written, what is missing is named with its line, and nothing is checked: exit code 3."""
    app(desk, cached=False)
    done = desk.run("init", "--run", RUN)
    assert done.code == 3, done.out + done.err
    assert "not found: users: none were given (--user NAME:PASSWORD, twice). No sign-up was found. Add:" in done.out
    assert "not found: me" not in done.out
    typed = shlex.join(
        ("cookielab", "init", "--force", "--run", RUN, "--user", "alice:HER-PASSWORD", "--user", "bob:HIS-PASSWORD")
    )
    assert done.out.endswith(f"two who have an account are needed, for example:\n  {typed}\n")
    text = (desk.place / "cookielab.yaml").read_text()
    assert "# users:\n#   alice: {password: HER-PASSWORD}\n" in text
    assert "login: {form: /login}\n" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("init",), "nothing in this folder shows how a server is started. Say it, or where one runs, and who can log in:\n"
         "  cookielab init --run 'flask --app app run -p {port}' --user alice:pw --user bob:pw\n"
         "  cookielab init --url http://127.0.0.1:8000 --user alice:pw --user bob:pw\n"
         "  cookielab init --compose compose.yaml --user alice:pw --user bob:pw\n"),
        (("init", "nat", "--run", "x"), "init takes the name of a file at the most, and 'nat' is none: a profile ends with .yaml\n"),
        (("record", "login"), "record takes the URL of a page, such as http://127.0.0.1:8000/login, and 'login' is none\n"),
    ],
)  # fmt: skip
def test_a_mistake(desk: Desk, words: tuple[str, ...], message: str) -> None:
    done = desk.run(*words)
    assert (done.code, done.out, done.err) == (2, "", f"cookielab: {message}")


def test_recording_without_a_browser(desk: Desk, tmp_path: Path) -> None:
    """It is said how to get what is missing, Playwright itself or its browser, and nothing is written."""
    done = desk.run("record", "http://127.0.0.1:1/login", PLAYWRIGHT_BROWSERS_PATH=str(tmp_path / "none"))
    assert (done.code, done.out) == (3, "")
    if extras.there("browser"):
        told = (
            "a browser opens: log in as a user would, then close it\ncookielab: codegen recorded nothing (exit code 1). "
            f"It needs a screen and a browser of its own: {sys.executable} -m playwright install chromium\n"
        )
        assert done.err.startswith(told), done.err
    else:
        assert done.err == f"cookielab: {extras.lacking('browser', 'a login is recorded with it')}\n"
    assert not (desk.place / "login.py").exists()
