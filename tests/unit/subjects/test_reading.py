"""Profiles from files: what is read, and that every mistake is told with its line and its remedy."""

import os
from pathlib import Path

import pytest

from cookielab.errors import UsageError
from cookielab.subjects import reading
from cookielab.subjects.abilities import VERBS, abilities, missing
from cookielab.subjects.profile import Extract, Login, Look, Profile, Step
from tests.subjects import beginnings, documented

WAYS = "form, json, basic, headers, state, browser, command, python, wfc"
MISTAKES = {
    "login:\n  form: {pgae: /login}\n": ":2: login.form.pgae: there is no such key; did you mean 'page'?",
    "usres: {}\n": ":1: usres: there is no such key; did you mean 'users'?",
    "login:\n  post: /x\n  jsn: {}\n": ":3: login[0].jsn: there is no such key; did you mean 'json'?",
    "says: {usr: {json: a}}\n": ":1: says.usr: there is no such key; did you mean 'user'?",
    "me:\n  get: /\n  regex: 'user=\\w+'\n": ":3: me.regex: has no group; put brackets round the part that is meant, "
    "and (?:…) round others: 'user=\\\\w+'",
    "me: {get: /, regex: '(a)(b)'}\n": ":1: me.regex: has 2 groups; put brackets round the part that is meant, "
    "and (?:…) round others: '(a)(b)'",
    "me: {get: /, regex: 'a('}\n": ":1: me.regex: is no regular expression: missing ) at position 2",
    "me: {get: /, css: 'p['}\n": ":1: me.css: is no CSS selector: 'p['",
    "me: {get: /, json: a..b}\n": ":1: me.json: must be a path like user.emails[0], is 'a..b'",
    "me: {get: /, css: p, field: x}\n": ":1: me.field: a value is read from one place; 'css' stands here too, "
    "keep one of them",
    "me: profile\n": ":1: me: must be a path that begins with /, is 'profile'",
    "run: a\nrun: b\n": ":2: run: stands here twice, first in line 1; keep one of them",
    "run: a\nurl: http://x\n": ":2: url: the subject is one of run, url, compose, image; 'run' stands here too, "
    "keep one of them",
    "login:\n\tform: /x\n": ":2: is no valid YAML: a tab cannot start a value or a line; use spaces",
    "me: {get: /x?y=1}\n": ":1: is no valid YAML: expected ',' or '}', but got '?'; "
    "put a value with ? or : in it in quotes",
    "a: &a\n  b: *a\n": ":1: a.b.b: is nested more than 50 deep; a profile is flat",
    "run: !!python/object:os.system x\n": ":1: run: the tag tag:yaml.org,2002:python/object:os.system means nothing "
    "here; remove it",
    "run: " + "[" * 3000: ": is nested more than 50 deep; a profile is flat",
    "run: 'a\x01'\n": ":1: holds a character that YAML forbids; write it as an escape in quotes",
    "? [a]\n: b\n": ":1: ?: a key must be a word",
    "- a\n": ":1: a profile is a mapping of keys, this is a list",
    "users: [a]\n": ":1: users: must be a mapping, such as alice: {password: …}, is a list",
    "users: alice:pw-a,bob:pw-b\n": ":1: users: must be a mapping, such as alice: {password: …}, is 'alice:pw-a,bob:pw-b'",
    "users: nobody\n": ":1: users: 'nobody' means nothing here; there are: any",
    "users: {alice: }\n": ":1: users.alice: must be a mapping, or the password alone, is nothing",
    "users: {alice: [pw-a]}\n": ":1: users.alice: must be a mapping, or the password alone, is a list",
    "users:\n  alice: '${NO_SUCH}'\n": ":2: users.alice: the environment has no 'NO_SUCH'; set it, or write $$ for a dollar",
    "command: flask run\n": ":1: command: there is no such key; did you mean 'run'?",
    "login: {post: /l, body: {}}\n": ":1: login[0].body: there is no such key; did you mean 'json' or 'fields'?",
    "me: {get: /, selector: p}\n": ":1: me.selector: there is no such key; did you mean 'css'?",
    "tls: 5\n": ":1: tls: must be yes or no, is 5",
    "reach: 5\n": ":1: reach: must be a list, is 5",
    "client: chrome\n": ":1: client: 'chrome' means nothing here; there are: h11, requests",
    "limits: {login_attempts: many}\n": ":1: limits.login_attempts: must be a whole number, is 'many'",
    "limits: {reply_seconds: .nan}\n": ":1: limits.reply_seconds: must be more than 0 and at most 1000000000000, is nan",
    f"limits: {{reply_bytes: {'9' * 400}}}\n": ":1: limits.reply_bytes: must be more than 0 and at most 1000000000000, "
    f"is {'9' * 60}…",
    "preset: djnago\n": ":1: preset: there is no preset 'djnago'; did you mean 'django'?",
    "login: {form: /l, basic: yes}\n": f":1: login.basic: a login is one of {WAYS}; 'form' and 'basic' are two",
    "login: {expect: 200}\n": f":1: login: a login is one of {WAYS}; there is none",
    "login: {json: {post: /x}}\n": ":1: login.json: lacks the key 'body'",
    "login:\n  - {get: /a, post: /b}\n": ":2: login[0].post: a step is one of form, get, post, put, patch, delete; "
    "'get' and 'post' are two",
    "logout: {get: /x, json: {a: b}}\n": ":1: logout.json: a GET has no body; write post, put or patch",
    "logout: {post: /x, json: {}, fields: {}}\n": ":1: logout.fields: a request has one body; 'json' stands here too, "
    "keep one of them",
    "logout: {post: /x, csrf: {cookie: x}}\n": ":1: logout.csrf: says not what carries the value back: header or field",
    "login: {json: {post: /l, body: {u: '{usernme}'}}}\n": ":1: login.json.body.u: there is no variable {usernme}; "
    "did you mean 'username'?",
    "users:\n  a: {id: 1}\n  b: {n: 2}\nme: '/u/{id}'\n": ":3: users.b: lacks 'id', which me uses",
    "users: {a: {}}\nlogin: /login\n": ":1: users.a: lacks 'password', which login uses",
    "users:\n  a: {marker: X}\n  b: {marker: X}\n": ":3: users.b: has the same marker as a, 'X'; "
    "give each one of their own",
    "users: {a: {password: '${NO_SUCH}'}}\n": ":1: users.a.password: the environment has no 'NO_SUCH'; set it, "
    "or write $$ for a dollar",
    "survives: [restrat]\n": ":1: survives[0]: 'restrat' means nothing here; did you mean 'restart'?",
    "logout: {post: 'http://127.0.0.1/'}\n": ":1: logout.post: must be a path that begins with /, is 'http://127.0.0.1/'",
    "base: app\n": ":1: base: must be a path that begins with /, is 'app'",
    "url: http://127.0.0.1:1\nready: /up\n": ":2: ready: is for a server that the lab starts (`run:`); one at `url:` runs "
    "already, drop it",
    "url: http://127.0.0.1:1\nreach: ['127.0.0.1:2']\n": ":2: reach: is for a server that the lab starts (`run:`); one at "
    "`url:` runs already, drop it",
    "url: https://127.0.0.1:1\ntls: yes\n": ":2: tls: puts a certificate before a server that speaks http, and "
    "https://127.0.0.1:1 does not; drop it",
    "run: a\nverify: no\n": ":2: verify: is for a server that has a certificate itself, at `url: https://…`; drop it",
    "url: http://127.0.0.1:1\nca: ca.pem\n": ":2: ca: is for a server that has a certificate itself, at "
    "`url: https://…`; drop it",
    "run: a\nclient: requests\n": ":2: client: 'requests' is for the lab's own handlers; drop it",
    "run: a\nsession_cookies: [sid]\n": ":2: session_cookies: they are found by dropping one at a time, and not by name; "
    "drop it",
    "url: localhost\n": ":1: url: must be like http://127.0.0.1:8000, is 'localhost'",
    "url: http://127.0.0.1:99999\n": ":1: url: must be like http://127.0.0.1:8000, is 'http://127.0.0.1:99999'",
    "url: 'http://[::1:80'\n": ":1: url: must be like http://127.0.0.1:8000, is 'http://[::1:80'",
    "compose: {service: web, port: 80}\ntls: true\n": ":2: tls: is for a server at `run:` or `url:`; one at `compose:` stands "
    "on the lab's network itself, drop it",
    "image: a\nreach: ['127.0.0.1:5432']\n": ":2: reach: is for a server at `run:` or `url:`; one at `image:` stands on the "
    "lab's network itself, drop it",
    "compose: {service: web, port: 80}\nimage: a\n": ":2: image: the subject is one of run, url, compose, image; 'compose' "
    "stands here too, keep one of them",
    "host: 'a b'\n": ":1: host: must be like server.example:{port}, is 'a b'",
    'headers: {X-A: "a\\r\\nCookie: x"}\n': ":1: headers: 'X-A: a\\r\\nCookie: x' is no header: a name, and a value on one line",
    "url: http://127.0.0.1:5000/app/\n": ":1: url: says more than where the server is; write `base: /app` for the path",
    "url: 'http://127.0.0.1:5000/?a=b'\n": ":1: url: says more than where the server is; drop what stands behind the ? "
    "or the #",
    "url: http://a:b@127.0.0.1:5000\n": ":1: url: holds a name or a password; write them into `users:` and "
    "`login: {basic: yes}`",
    "host: localhost:99999\n": ":1: host: must be like server.example:{port}, is 'localhost:99999'",
    "base: /a?b\n": ":1: base: must be a path that begins with /, is '/a?b'",
    "run: a\nready: http://x/\n": ":2: ready: must be a path that begins with /, is 'http://x/'",
    "me: []\n": ":1: me: is a list without a step; write one, or drop the key",
    "note: {write: [], read: /n}\n": ":1: note.write: is a list without a step; write one, or drop the key",
    "login: {basic: [a]}\n": ":1: login.basic: must be yes, or a name and a password",
    "me: {get: /, json: 3}\n": ":1: me.json: beside `get` it is the path of what to read, such as user.name; a body goes "
    "with post, put or patch",
    "note: {write: {post: /n, fields: {note: hello}}, read: /n}\n": ":1: note.write: never sends {canary}, which is the "
    "value to store; put it where that goes",
    "change_password: {form: {page: /p, fields: {new: '{password}'}}}\n": ":1: change_password: never sends "
    "{new_password}, which is the password from then on; put it where that goes",
    "headers: {Host: a.test}\n": ":1: headers: Host: the client sends it itself; write `host:`, which says what it is",
    "logout: {post: /x, headers: {content-length: '3'}}\n": ":1: logout.headers: content-length: the client sends it "
    "itself, as long as the body is; drop it",
    "headers: {Connection: close}\n": ":1: headers: Connection: the client sends it itself; drop it",
    "login: {wfc: auth.yaml}\n": ":1: login.wfc: there is no file auth.yaml beside the profile",
    "logout: {get: /x, headers: {'a b': c}}\n": ":1: logout.headers: 'a b: c' is no header: a name, and a value on one line",
}


def load(tmp_path: Path, text: str, **environ: str) -> Profile:
    path = tmp_path / "cookielab.yaml"
    path.write_text(text, encoding="utf-8")
    return reading.load(path, environ)


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_its_remedy(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as failed:
        load(tmp_path, text)
    assert str(failed.value) == f"{tmp_path}/cookielab.yaml{MISTAKES[text]}"


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    with pytest.raises(UsageError) as failed:
        reading.load(path)
    assert str(failed.value) == f"{path}: cannot be read: No such file or directory; name the profile's file"
    path.write_bytes(b"run: \xff")
    with pytest.raises(UsageError) as failed:
        reading.load(path)
    assert str(failed.value) == f"{path}: is not UTF-8 (byte 5); save it as UTF-8"


def test_what_is_no_ordinary_file_is_not_read(tmp_path: Path) -> None:
    """A pipe that nobody writes to and a device without an end: the answer comes at once."""
    path = tmp_path / "p.yaml"
    os.mkfifo(path)
    for place in (path, Path("/dev/zero")):
        with pytest.raises(UsageError) as failed:
            reading.load(place)
        assert str(failed.value) == f"{place}: is no ordinary file; name one"


def test_a_file_that_is_too_long_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(UsageError) as failed:
        reading.load(path)
    assert str(failed.value) == f"{path}: has more than 1000000 bytes; what is meant is shorter"


@pytest.mark.parametrize(("held", "said"), [
    (None, "ca.pem cannot be read: No such file or directory"),
    ("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n", "ca.pem holds no certificate in PEM form; name the CA's own file"),
    ("é", "ca.pem holds no certificate in PEM form; name the CA's own file"),
])  # fmt: skip
def test_a_ca_that_is_none(tmp_path: Path, held: str | None, said: str) -> None:
    """It is found when the profile is read, and a secret in its place is not quoted."""
    if held is not None:
        (tmp_path / "ca.pem").write_text(held)
    with pytest.raises(UsageError) as failed:
        load(tmp_path, "url: https://localhost\nca: ca.pem\n")
    assert str(failed.value) == f"{tmp_path}/cookielab.yaml:2: ca: {said}"


def test_aliases_cannot_make_a_small_file_large(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(UsageError, match="aliases make more than 20000 values of this file; write out what is meant"):
        load(tmp_path, "\n".join(lines))


def test_values_keep_their_spelling_and_data_may_be_anything(tmp_path: Path) -> None:
    """A password 0123 is not 83, yes is not true, and half a character is a value like any other."""
    profile = load(
        tmp_path,
        "users:\n  a: {password: 0123, id: 7, on: yes, born: 2026-01-01, half: \"\\ud800\", none: '$$x', env: 'a${V}b'}\n"
        "me: {get: /, json: user}\nlogout: {post: /x, json: {n: 7, yes: true, s: '7'}}\n",
        V="1",
    )
    a = profile.user("a")
    assert dict(a) == {
        "name": "a", "username": "a", "marker": "a", "password": "0123", "id": "7", "on": "yes", "born": "2026-01-01",
        "half": "\ud800", "none": "$x", "env": "a1b",
    }  # fmt: skip
    assert isinstance(profile.logout, Step)
    assert profile.logout.json == {"n": 7, "yes": True, "s": "7"}


def test_short_forms_and_long_ones(tmp_path: Path) -> None:
    profile = load(
        tmp_path, "login: {form: /in}\nme: /me\nlogout: /out\nusers: {a: {password: p, username: u, marker: m}}\n"
    )
    assert profile.login == Login(form="/in")
    assert abilities(profile) == {"visit", "login", "whoami", "logout"}
    assert dict(profile.user("a")) == {"name": "a", "username": "u", "password": "p", "marker": "m"}
    short = load(tmp_path, "users: {a: p, b: 0123, c: {password: q}}\nlogin: /in\n")
    assert [short.user(name)["password"] for name in short.names] == ["p", "0123", "q"]
    assert Look(get="/", json="a.b").extractor == Extract(json="a.b")
    assert Look(post="/", json={"q": 1}, see=Extract(css="p")).extractor == Extract(css="p")
    assert Look(get="/").extractor is None


def test_a_preset_lies_below_the_files_own_keys(tmp_path: Path) -> None:
    profile = load(tmp_path, "preset: django\nusers: {a: {password: p}}\nme: /who\nheaders: {X-A: b}\n")
    assert profile.login == Login(form="/accounts/login/")
    assert profile.me == "/who"
    assert profile.headers == {"X-A": "b"}
    for name in reading.presets():
        assert reading.from_options(preset=name, users=("a:b",)).login, name
    assert reading.presets() == (
        "django", "express-passport", "flask-login", "laravel", "php", "rails-devise", "spring", "wordpress",
    )  # fmt: skip


def test_options_make_a_profile_and_lie_over_one() -> None:
    made = reading.from_options(url="http://127.0.0.1:5000", login="/in", me="/me", users=("alice:a:b", "bob:c"))
    assert (made.url, made.login, made.user("alice")["password"]) == ("http://127.0.0.1:5000", "/in", "a:b")
    over = reading.from_options(run="x {port}", over=made)
    assert (over.run, over.url, over.login, over.names) == ("x {port}", None, "/in", ("alice", "bob"))
    with pytest.raises(UsageError) as failed:
        reading.from_options(users=("alice",))
    assert str(failed.value) == "--user 'alice': write NAME:PASSWORD"
    with pytest.raises(UsageError) as failed:
        reading.from_options(login="in", users=("a:b",))
    assert str(failed.value) == "command line: login: must be a path that begins with /, is 'in'"


def test_what_is_said_of_one_server_is_not_said_of_another(tmp_path: Path) -> None:
    """An option names another kind: what the file says of how to start its own does not go with it. The same kind: it does."""
    path = tmp_path / "cookielab.yaml"
    path.write_text("run: x {port}\nready: /up\nreach: ['127.0.0.1:5432']\ntls: yes\nme: /me\n")
    over = reading.load(path, {})
    moved = reading.from_options(url="https://127.0.0.1:5000", over=over)
    assert (moved.ready, moved.reach, moved.tls, moved.me) == (None, [], False, "/me")
    other = reading.from_options(run="y {port}", over=over)
    assert (other.run, other.ready, other.tls) == ("y {port}", "/up", True)


def test_a_preset_of_the_options_lies_below_the_file(tmp_path: Path) -> None:
    over = load(tmp_path, "run: x\nusers: {a: {password: p}}\nme: /who\n")
    both = reading.from_options(preset="django", over=over)
    assert (both.login, both.me, both.run, both.names) == (Login(form="/accounts/login/"), "/who", "x", ("a",))


def test_a_missing_verb_is_told_with_the_line_to_add(tmp_path: Path) -> None:
    profile = load(tmp_path, "run: x\n")
    assert abilities(profile) == {"visit"}
    for verb in VERBS:
        assert "add to cookielab.yaml a line like `" in missing(profile, verb)
    assert missing(profile, "logout") == (
        "the profile does not say how to log out: add to cookielab.yaml a line like `logout: {form: /logout}`"
    )
    for verb in ("login", "whoami", "logout", "write", "read", "change_password"):
        line = missing(profile, verb).split("`")[1]
        assert verb in abilities(load(tmp_path, line)), "the line that is offered is one that works"


@pytest.mark.parametrize("name", beginnings.NAMES)
def test_a_profile_of_the_documents_is_read(name: str, tmp_path: Path) -> None:
    """Each framework's, as it stands in docs/frameworks.md: with all that a check needs."""
    read = documented.profile(name, tmp_path)
    assert read.run
    assert None not in (read.users, read.login, read.me, read.logout)
