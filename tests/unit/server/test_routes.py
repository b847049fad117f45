"""The routes: the same for every handler, JSON to programs and pages to browsers."""

from html import escape

import pytest

from server.message import Request
from server.visitor import NaiveHandler, Visitor
from tests.unit.server.running import Running

WHO = {"handler", "identity", "known", "user", "seen_from"}


@pytest.mark.parametrize("handler", ["constant_cookie", "by_address", "by_endpoint", "client_chosen", "session_table"])
def test_the_cycle(servers: Running, handler: str) -> None:
    """One person on one connection finds everything as promised, at every handler; all bodies name who is who."""
    browser = servers.browser(handler)
    first = browser.send("GET", "/").json
    assert (first["known"], first["visits"], first["user"], first["handler"]) == (False, 1, None, handler)
    assert browser.send("GET", "/note").status == 401
    assert browser.send("PUT", "/note", {"note": "x"}).status == 401
    assert browser.log_in("alice").json["user"] == "alice"
    assert browser.send("GET", "/note").json["note"] is None
    assert browser.send("PUT", "/note", {"note": "milk"}).json["note"] == "milk"
    assert browser.send("GET", "/note").json["note"] == "milk"
    second = browser.send("GET", "/").json
    assert (second["known"], second["visits"], second["user"]) == (True, 2, "alice")
    whoami = browser.send("GET", "/whoami")
    assert set(whoami.json) == WHO
    assert whoami.header("Content-Type") == "application/json"
    assert whoami.header("Cache-Control") == "no-store"
    assert browser.send("POST", "/logout").json["user"] is None
    assert browser.send("GET", "/note").status == 401


def test_seen_from_is_the_address_of_the_connection(servers: Running) -> None:
    browser = servers.browser("by_address")
    seen_from = browser.send("GET", "/whoami").json["seen_from"]
    host, port = browser.connection.sock.getsockname()
    assert seen_from == f"{host}:{port}"


def test_a_note_belongs_to_its_user(servers: Running) -> None:
    """It is there again after logout and login."""
    browser = servers.browser("session_table")
    browser.log_in("alice")
    browser.send("PUT", "/note", {"note": "milk"})
    browser.send("POST", "/logout")
    browser.log_in("alice")
    assert browser.send("GET", "/note").json["note"] == "milk"


def test_health_needs_no_identity(servers: Running) -> None:
    browser = servers.browser("session_table")
    reply = browser.send("GET", "/healthz")
    assert (reply.status, reply.json, reply.header("Set-Cookie")) == (200, {"status": "ok"}, None)


def test_unknown_path(servers: Running) -> None:
    reply = servers.browser("by_address").send("GET", "/nowhere")
    assert reply.status == 404
    assert (
        reply.json["error"]
        == "no such path: /nowhere; there are /, /whoami, /login, /logout, /password, /note and /healthz"
    )
    assert set(reply.json) == WHO | {"error"}


def test_wrong_method(servers: Running) -> None:
    reply = servers.browser("by_address").send("DELETE", "/note")
    assert (reply.status, reply.header("Allow")) == (405, "GET, PUT, POST")
    assert reply.json["error"] == "/note does not take DELETE, only GET, PUT, POST"


def test_query_and_absolute_form(servers: Running) -> None:
    """RFC 9112 3.2.2: the whole address in the request line is understood as well."""
    browser = servers.browser("by_address")
    assert browser.send("GET", "/whoami?x=1").status == 200
    assert browser.send("GET", "http://server.lab.test:8003/whoami").status == 200


@pytest.mark.parametrize(
    ("kind", "body", "error"),
    [
        ("application/json", "", "the body is no JSON: Expecting value: line 1 column 1 (char 0)"),
        ("application/json", "{", "the body is no JSON: "),
        ("application/json", b"\xff\xff", "the body is no JSON: "),
        ("application/json", '{"user": "\\ud800"}', "the body is no JSON: "),
        ("application/json", "[" * 60_000, "the body is no JSON: "),
        ("application/json", "[]", "the body is a JSON list: an object is expected"),
        (
            "application/json",
            '{"user": 7}',
            'the body has no text \'user\': send JSON like {"user": "…"} or a form with it',
        ),
        ("application/json", '{"user": " "}', "the body has no text 'user': "),
        (
            "application/json",
            '{"user": "a\\u0000b"}',
            "user 'a\\x00b' holds control characters: use letters and digits",
        ),
        ("application/json", '{"user": "' + "a" * 65 + '"}', "'user' has 65 characters: 64 are allowed"),
        ("application/x-www-form-urlencoded", "use=alice", "the body has no text 'user': "),
        ("application/x-www-form-urlencoded", "user=%ff", "the body is no form in UTF-8: "),
    ],
)
def test_bad_bodies(servers: Running, kind: str, body: str | bytes, error: str) -> None:
    """Each is a 400 whose error says what is expected, and nobody is logged in."""
    browser = servers.browser("by_address")
    browser.connection.request("POST", "/login", body, {"Content-Type": kind})
    answer = browser.connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 400
    assert browser.send("GET", "/whoami").json["user"] is None
    assert error in text.replace('\\"', '"').replace("\\\\", "\\")


def test_login_by_form(servers: Running) -> None:
    """As curl -d user=alice sends it."""
    browser = servers.browser("by_address")
    browser.connection.request("POST", "/login", "user=al%20ice", {"Content-Type": "application/x-www-form-urlencoded"})
    assert b'"user": "al ice"' in browser.connection.getresponse().read()


HTML = "text/html,application/xhtml+xml"
NASTY = "<script>alert('&\"')</script>"


@pytest.mark.parametrize("handler", ["constant_cookie", "by_address", "by_endpoint", "client_chosen", "session_table"])
def test_a_browser_gets_pages(servers: Running, handler: str) -> None:
    """Whoever logs in by the form is sent back to the page, which greets them and shows their note, all of it escaped."""
    browser = servers.browser(handler, Accept=HTML)
    first = browser.send("GET", "/")
    assert first.header("Content-Type") == "text/html; charset=utf-8"
    for text in (
        "You are not logged in",
        "You are new to me",
        "This is visit 1",
        '<form method="post" action="/login">',
    ):
        assert text in first.body.decode()
    for path, field, value in (("/login", "user", NASTY), ("/note", "note", NASTY + " 2")):
        reply = browser.send("POST", path, {field: value})
        assert (reply.status, reply.header("Location"), reply.body) == (303, "/", b"")
    page = browser.send("GET", "/").body.decode()
    assert f"You are <b>{escape(NASTY)}</b>" in page
    assert f"Your note: <b>{escape(NASTY + ' 2')}</b>" in page
    assert "I know you" in page
    assert "<script" not in page


def test_a_page_shows_what_was_refused(servers: Running) -> None:
    """Also an address that a browser made up is escaped; a script could not run in any case."""
    reply = servers.browser("by_address", Accept=HTML).send("GET", "/<script>")
    assert (reply.status, reply.header("Content-Type")) == (404, "text/html; charset=utf-8")
    assert b'<p class="error">no such path: /&lt;script&gt;;' in reply.body
    assert (reply.header("Content-Security-Policy") or "").startswith("default-src 'none';")


def test_a_claimed_id_is_escaped(servers: Running) -> None:
    reply = servers.browser("client_chosen", Accept=HTML).send("GET", "/", Cookie=f"sid={NASTY}")
    assert escape(NASTY).encode() in reply.body
    assert b"<script" not in reply.body


class Faulty(NaiveHandler):
    """Fails."""

    def identify(self, request: Request) -> Visitor:
        raise RuntimeError("the table is on fire")


def test_a_fault_is_a_500_that_tells_nothing_and_the_server_goes_on(
    servers: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    """The client learns that it failed, stderr learns why, the log has the line."""
    port = servers.own(Faulty())
    reply = servers.browser(port).send("GET", "/")
    assert (reply.status, reply.json["error"]) == (500, "the server failed; its stderr says why")
    assert "RuntimeError: the table is on fire" in capfd.readouterr().err
    assert servers.log[-1]["status"] == 500
    assert servers.browser(port).send("GET", "/healthz").status == 200


def test_the_index_lists_all_handlers(servers: Running) -> None:
    """The links keep the distance from the index's port, wherever the ports were moved to on the way."""
    ports = servers.all()
    browser = servers.browser(ports["index"])
    rows = browser.send("GET", "/").json["handlers"]
    assert {row["name"]: row["url"] for row in rows} == {
        name: f"http://127.0.0.1:{port}/" for name, port in ports.items() if name != "index"
    }
    moved = browser.send("GET", "/", Host="[::1]:9000").json["handlers"]
    assert moved[-1]["url"] == f"http://[::1]:{9000 + ports['session_table'] - ports['index']}/"
    assert browser.send("GET", "/healthz").json == {"status": "ok"}
    assert [browser.send(*request).status for request in (("GET", "/x"), ("POST", "/"))] == [404, 405]
    assert servers.log[-1]["handler"] == "index"


@pytest.mark.parametrize("host", ['"><script>', "x:99999999", "[::1", "x:y", ""])
def test_the_index_survives_a_hostile_host(servers: Running, host: str) -> None:
    reply = servers.browser(servers.all()["index"], Accept=HTML).send("GET", "/", Host=host)
    assert reply.status == 200
    assert b"<script" not in reply.body
    assert reply.body.count(b'<a href="http://') == 6
