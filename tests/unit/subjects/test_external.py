"""Logins that are no requests of ours: what is provided, what is run, and what its output may be."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from cookielab.errors import UsageError
from cookielab.subjects.exchange import External, Provision
from cookielab.subjects.external import needed, parse_external, provision
from cookielab.subjects.profile import Profile
from cookielab.subjects.reading import load
from tests.unit.subjects.script import page, play


def read(tmp_path: Path, text: str) -> Profile:
    path = tmp_path / "cookielab.yaml"
    path.write_text("users: {alice: {password: p w, id: 7}, bob: {password: q, id: 8}}\n" + text)
    return load(path, {})


def test_headers_and_basic_are_sent_from_the_start(tmp_path: Path) -> None:
    profile = read(tmp_path, "login: {headers: {X-User: '{username}', X-Id: '{id}'}}\n")
    assert needed(profile)
    assert provision(profile, "bob") == Provision(headers=(("X-User", "bob"), ("X-Id", "8")))
    basic = read(tmp_path, "login: {basic: yes}\n")
    assert provision(basic, "alice") == Provision(headers=(("Authorization", "Basic YWxpY2U6cCB3"),))
    assert provision(read(tmp_path, "login: {basic: ['{id}', x]}\n"), "alice") == Provision(
        headers=(("Authorization", "Basic Nzp4"),)
    )


def test_a_stored_state_gives_its_cookies(tmp_path: Path) -> None:
    profile = read(tmp_path, "login: {state: 'state/{name}.json'}\n")
    with pytest.raises(UsageError) as failed:
        provision(profile, "alice")
    assert str(failed.value).startswith(f"{tmp_path}/state/alice.json: the stored state cannot be read: ")
    assert str(failed.value).endswith("; change login.state")
    (tmp_path / "state").mkdir()
    state = {
        "cookies": [{"name": "sid", "value": "x", "domain": "localhost", "path": "/"}],
        "origins": [{"origin": "http://localhost", "localStorage": [{"name": "a", "value": "b"}]}],
    }
    (tmp_path / "state" / "alice.json").write_text(json.dumps(state))
    assert provision(profile, "alice") == Provision(
        cookies={"sid": "x"}, note="localStorage of the state is left out: the lab's people have cookies alone"
    )
    (tmp_path / "state" / "alice.json").write_text("{")
    with pytest.raises(UsageError, match=r"alice\.json: the login's output begins like JSON and is none"):
        provision(profile, "alice")


def test_a_command_is_split_before_its_variables_are_filled_in(tmp_path: Path) -> None:
    """A password with a blank, or with a shell's characters, stays one word."""
    profile = read(tmp_path, "login: {command: './login.sh --as {username} {password}'}\n")
    found = provision(profile, "alice", "http://127.0.0.1:8000")
    assert isinstance(found, External)
    assert (found.kind, found.argv, found.folder) == ("command", ("./login.sh", "--as", "alice", "p w"), str(tmp_path))
    assert (found.environment["COOKIELAB_ID"], found.environment["COOKIELAB_URL"]) == ("7", "http://127.0.0.1:8000")
    assert all(name.startswith("COOKIELAB_") for name in found.environment)
    browser = provision(read(tmp_path, "login: {browser: login.py}\n"), "bob")
    assert isinstance(browser, External)
    assert (browser.kind, browser.argv[1:]) == ("browser", ("login.py",))


def test_a_python_function_is_called_in_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "def enter(user, url):\n    print('hello')\n    return {'sid': user['id'] + url}\n"
        "def full(user, url):\n    return {'cookies': {}, 'headers': {'X': user['name']}}\n"
    )
    for function, expected in (
        ("own:enter", Provision(cookies={"sid": "7http://x"})),
        ("own:full", Provision(headers=(("X", "alice"),))),
    ):
        found = provision(read(tmp_path, f"login: {{python: '{function}'}}\n"), "alice", "http://x")
        assert isinstance(found, External)
        done = subprocess.run(
            found.argv, env=os.environ | found.environment, cwd=found.folder, capture_output=True, text=True, check=True
        )
        assert parse_external(done.stdout) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sid=a=b\nSet-Cookie: lang=de; Path=/; HttpOnly\n\n", Provision(cookies={"sid": "a=b", "lang": "de"})),
        ("Cookie: a=1; b=2\nX-Token: t:u\n", Provision(cookies={"a": "1", "b": "2"}, headers=(("X-Token", "t:u"),))),
        (' {"cookies": {"n": 7}}', Provision(cookies={"n": "7"})),
        ('{"headers": {"X": "y"}}', Provision(headers=(("X", "y"),))),
    ],
)
def test_what_a_program_may_print(text: str, expected: Provision) -> None:
    assert parse_external(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the login's output has neither a cookie nor a header"),
        ("{}", "the login's output has neither a cookie nor a header"),
        ("[1]", "the login's output must be a JSON object with cookies, headers or both"),
        ("logged in", "line 1 of the login's output is no cookie and no header: 'logged in'"),
        ('{"cookies": 5}', "the login's output has 'cookies' that are neither a mapping nor Playwright's list"),
        ('{"headers": 5}', "the login's output has 'headers' that are no mapping"),
        ('{"headers": {"X": "a\\r\\nb"}}', "the login's output has a line break inside 'a\\r\\nb'"),
        ("{" * 9, "the login's output begins like JSON and is none: Expecting property name enclosed in double quotes: "
         "line 1 column 2 (char 1)"),
    ],
)  # fmt: skip
def test_what_is_none_of_it_is_told(text: str, message: str) -> None:
    with pytest.raises(UsageError) as failed:
        parse_external(text)
    assert str(failed.value) == message


def test_a_login_by_requests_is_no_provision(tmp_path: Path) -> None:
    profile = read(tmp_path, "login: /in\n")
    assert not needed(profile)
    with pytest.raises(UsageError) as failed:
        provision(profile, "alice")
    assert str(failed.value) == "this login sends requests; play the verb login"


WFC = """
auth:
  - name: alice
    loginEndpointAuth:
      payloadUserPwd: {username: al, password: 0123}
  - name: bob
    loginEndpointAuth:
      payloadUserPwd: {username: bo, password: y}
authTemplate:
  loginEndpointAuth:
    endpoint: /api/login
    verb: POST
    contentType: application/json
    payloadUserPwd: {usernameField: user, passwordField: pass}
    token: {extractFrom: body, extractSelector: /data/token, sendIn: header, sendName: X-T, sendTemplate: "T {token}"}
"""


def test_a_web_fuzzing_commons_file_gives_users_and_login(tmp_path: Path) -> None:
    (tmp_path / "auth.yaml").write_text(WFC)
    (tmp_path / "p.yaml").write_text("login: {wfc: auth.yaml}\nusers: {alice: {marker: Al}}\n")
    profile = load(tmp_path / "p.yaml", {})
    assert dict(profile.user("alice")) == {"name": "alice", "username": "al", "password": "0123", "marker": "Al"}
    outcome, sent = play(profile, "login", page('{"data": {"token": "x"}}'))
    assert (sent[0].target, sent[0].json) == ("/api/login", {"user": "al", "pass": "0123"})
    assert outcome.headers == (("X-T", "T x"),)


def test_other_logins_of_a_web_fuzzing_commons_file(tmp_path: Path) -> None:
    def login(entries: str) -> Profile:
        (tmp_path / "auth.yaml").write_text(f"auth:\n{entries}")
        (tmp_path / "p.yaml").write_text("login: {wfc: auth.yaml}\n")
        return load(tmp_path / "p.yaml", {})

    fixed = login(
        "  - {name: a, fixedHeaders: [{name: X, value: 1}]}\n  - {name: b, fixedHeaders: [{name: X, value: 2}]}\n"
    )
    assert provision(fixed, "b") == Provision(headers=(("X", "2"),))
    raw = login(
        "  - {name: a, loginEndpointAuth: {endpoint: /l, verb: POST, contentType: text/plain, payloadRaw: 'u={a}', "
        "token: {extractFrom: header, extractSelector: X-T, sendName: Y, sendTemplate: '{token}'}}}\n"
    )
    outcome, sent = play(raw, "login", page("", X_T="t"), name="a")
    assert (sent[0].text, dict(sent[0].headers)["Content-Type"]) == ("u={a}", "text/plain")
    assert outcome.headers == (("Y", "t"),)
    for entries, message in (
        ("  - {name: a}\n", "a: has neither fixedHeaders nor loginEndpointAuth"),
        ("  - {name: a, loginEndpointAuth: {endpoint: 'http://x/'}}\n", "a: loginEndpointAuth needs an endpoint that "
         "begins with / ; an external one is not the subject"),
    ):  # fmt: skip
        with pytest.raises(UsageError) as failed:
            login(entries)
        assert str(failed.value) == f"{tmp_path}/auth.yaml: {message}"
