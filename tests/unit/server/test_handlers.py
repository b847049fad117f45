"""What each handler takes its visitors for: the mistakes as promised, and the fix."""

import re

import pytest

from server.handlers import CATALOGUE, default_port, find
from server.handlers.session_table import issuing
from sessiontable import MemoryStore
from tests.unit.server.running import Browser, Running

ANSWERING = [entry.name for entry in CATALOGUE if entry.name != "as_published"]


def test_the_catalogue() -> None:
    """Names and ports are fixed by the article and the design."""
    assert [(entry.name, default_port(entry)) for entry in CATALOGUE] == [
        ("as_published", 8001),
        ("constant_cookie", 8002),
        ("by_address", 8003),
        ("by_endpoint", 8004),
        ("client_chosen", 8005),
        ("session_table", 8006),
    ]
    assert find("by_adress") is None


def people(servers: Running, handler: str) -> tuple[Browser, Browser]:
    """Alice and Bob, each with a connection and a cookie jar of their own, at one address."""
    port = servers.handler(handler)
    return servers.browser(port), servers.browser(port)


@pytest.mark.parametrize("handler", ["constant_cookie", "by_address"])
def test_two_people_are_one(servers: Running, handler: str) -> None:
    """Alice reads Bob's note: he logged in last."""
    alice, bob = people(servers, handler)
    for person, name in ((alice, "alice"), (bob, "bob")):
        person.send("GET", "/")
        assert person.log_in(name).json["user"] == name
        assert person.send("PUT", "/note", {"note": f"canary of {name}"}).status == 200
    leak = alice.send("GET", "/note").json
    assert (leak["user"], leak["note"], leak["known"]) == ("bob", "canary of bob", True)


@pytest.mark.parametrize("handler", ["by_endpoint", "client_chosen", "session_table"])
def test_two_people_are_two(servers: Running, handler: str) -> None:
    """As long as connections stay open even by_endpoint keeps them apart."""
    alice, bob = people(servers, handler)
    for person, name in ((alice, "alice"), (bob, "bob")):
        person.send("GET", "/")
        assert person.log_in(name).json["user"] == name
        assert person.send("PUT", "/note", {"note": f"canary of {name}"}).status == 200
    for person, name in ((alice, "alice"), (bob, "bob")):
        assert person.send("GET", "/note").json["note"] == f"canary of {name}"


def test_constant_cookie_takes_any_cookie_for_its_own(servers: Running) -> None:
    """Whoever brings another application's cookie is "already set": known at first sight, and never given ours."""
    browser = servers.browser("constant_cookie")
    first = browser.send("GET", "/")
    assert (first.json["known"], first.header("Set-Cookie")) == (False, "mycookie=213a238d8; Max-Age=50000")
    stranger = browser.send("GET", "/", Cookie="pma_lang=en")
    assert (stranger.json["known"], stranger.json["identity"]) == (True, "213a238d8")
    assert stranger.header("Set-Cookie") is None


def test_by_address_ignores_the_cookie(servers: Running) -> None:
    browser = servers.browser("by_address")
    assert [browser.send("GET", "/", Cookie="sid=x").json["known"] for _ in range(2)] == [False, True]
    assert browser.send("GET", "/").json["identity"] == "127.0.0.1"


def test_by_endpoint_forgets_who_reconnects(servers: Running) -> None:
    """The same person on a new connection is a stranger; the identity is the ip:port that the server sees."""
    alice = servers.browser("by_endpoint")
    alice.log_in("alice")
    before = alice.send("GET", "/whoami").json
    assert (before["known"], before["user"], before["identity"]) == (True, "alice", before["seen_from"])
    alice.connection.close()
    after = alice.send("GET", "/whoami").json
    assert (after["known"], after["user"]) == (False, None)
    assert alice.send("GET", "/note").status == 401


def test_client_chosen_adopts_what_it_is_told(servers: Running) -> None:
    """Session fixation: Bob plants an id in Alice's browser, she logs in, he is she."""
    alice, bob = people(servers, "client_chosen")
    alice.cookie = bob.cookie = "sid=planted"
    first = alice.send("GET", "/")
    assert (first.json["known"], first.json["identity"], first.header("Set-Cookie")) == (False, "planted", None)
    assert alice.log_in("alice").json["known"]
    assert bob.send("GET", "/whoami").json["user"] == "alice"


def test_client_chosen_survives_long_ids(servers: Running) -> None:
    browser = servers.browser("client_chosen")
    reply = browser.send("GET", "/", Cookie="sid=" + "A" * 10_000).json
    assert (reply["known"], len(reply["identity"])) == (False, 81)
    assert browser.send("GET", "/", Cookie="sid=" + "A" * 10_000).json["known"]
    assert not browser.send("GET", "/", Cookie="sid=" + "A" * 9_999).json["known"]


def test_session_table_is_not_open_to_fixation(servers: Running) -> None:
    """Neither an invented id nor one that Bob fetched from the server himself leads to what Alice does with it."""
    alice, bob = people(servers, "session_table")
    alice.cookie = "sid=" + "A" * 43
    first = alice.send("GET", "/")
    assert (first.json["known"], alice.cookie != "sid=" + "A" * 43) == (False, True)
    bob.send("GET", "/")
    planted = alice.cookie = bob.cookie
    login = alice.log_in("alice")
    assert (login.json["known"], login.json["user"], alice.cookie != planted) == (True, "alice", True)
    assert bob.send("GET", "/whoami").json["known"] is False
    assert alice.send("GET", "/whoami").json["user"] == "alice"


def test_session_table_login_gives_a_new_identity_and_keeps_the_visits(servers: Running) -> None:
    """The login's reply carries the new identity, which the next request has as well."""
    alice = servers.browser("session_table")
    visit = alice.send("GET", "/").json
    assert (visit["known"], visit["visits"]) == (False, 1)
    login = alice.log_in("alice").json
    assert login["identity"] not in (None, visit["identity"])
    again = alice.send("GET", "/").json
    assert (again["identity"], again["known"], again["visits"]) == (login["identity"], True, 2)


def test_session_table_logout_is_final(servers: Running) -> None:
    """The cookie is deleted, and whoever kept it holds nothing."""
    alice = servers.browser("session_table")
    alice.log_in("alice")
    kept = alice.cookie
    logout = alice.send("POST", "/logout")
    assert (logout.json["known"], logout.json["user"], logout.json["identity"]) == (True, None, None)
    assert logout.header("Set-Cookie") == "sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
    after = alice.send("GET", "/whoami", Cookie=str(kept)).json
    assert (after["known"], after["user"], after["identity"]) == (False, None, None)


def test_session_table_gives_no_cookie_before_there_is_something_to_remember(servers: Running) -> None:
    reply = servers.browser("session_table").send("GET", "/whoami")
    assert (reply.header("Set-Cookie"), reply.json["identity"]) == (None, None)


def test_session_table_forgets_what_the_browser_is_told_to_forget(servers: Running) -> None:
    """A cookie with Max-Age=7 that is sent all the same after seven seconds by the server's clock is worth nothing."""
    now = [1000.0]
    alice = servers.browser(servers.table(issuing(MemoryStore(), 7, clock=lambda: now[0])))
    alice.log_in("alice")
    now[0] += 6.9
    assert alice.send("GET", "/whoami").json["user"] == "alice"
    now[0] += 0.1
    after = alice.send("GET", "/whoami").json
    assert (after["known"], after["user"]) == (False, None)


MALFORMED = [
    'x={"a":1}',
    "=__Host-sid=evil",
    "nameless",
    'open="',
    "notsid=1",
    "SID=1",
    "utf8=\xc3\xa4",
    "expires=Thu, 01",
]


@pytest.mark.parametrize("neighbour", MALFORMED)
def test_session_table_survives_malformed_neighbours(servers: Running, neighbour: str) -> None:
    """Before ours, after it, and in a header line of their own."""
    alice = servers.browser("session_table")
    alice.log_in("alice")
    for header in (f"{neighbour}; {alice.cookie}", f"{alice.cookie}; {neighbour}"):
        assert alice.send("GET", "/whoami", Cookie=header).json["user"] == "alice"


@pytest.mark.parametrize("first_line", ["x=1", "sid=" + "A" * 43, ""])
def test_session_table_reads_all_cookie_lines(servers: Running, first_line: str) -> None:
    alice = servers.browser("session_table")
    alice.log_in("alice")
    alice.connection.putrequest("GET", "/whoami")
    for line in (first_line, str(alice.cookie)):
        alice.connection.putheader("Cookie", line)
    alice.connection.endheaders()
    assert b'"user": "alice"' in alice.connection.getresponse().read()
    assert servers.log[-1]["cookies"] == [first_line, alice.cookie]


COOKIE = {
    "constant_cookie": r"mycookie=213a238d8{}",
    "client_chosen": r"sid=[\w-]{{43}}{}; Path=/; HttpOnly; SameSite=Lax",
    "session_table": r"sid=[\w-]{{43}}{}; Path=/; HttpOnly; SameSite=Lax",
}


@pytest.mark.parametrize(("max_age", "attribute"), [(50_000, "; Max-Age=50000"), (7, "; Max-Age=7"), (None, "")])
@pytest.mark.parametrize("handler", COOKIE)
def test_cookies_live_as_long_as_asked_for(servers: Running, handler: str, max_age: int | None, attribute: str) -> None:
    """With Max-Age, or without it as session cookies."""
    reply = servers.browser(servers.handler(handler, max_age=max_age)).send("GET", "/")
    assert re.fullmatch(COOKIE[handler].format(attribute), reply.header("Set-Cookie") or "")


@pytest.mark.parametrize("handler", ANSWERING)
def test_nothing_of_a_request_is_left_for_the_next_on_its_connection(servers: Running, handler: str) -> None:
    """Alice's request, then one without a cookie on the very same connection, as a proxy that pools connections sends it."""
    browser = servers.browser(handler)
    browser.send("GET", "/")
    browser.log_in("alice")
    browser.send("PUT", "/note", {"note": "canary"})
    local = browser.connection.sock.getsockname()
    browser.cookie = None
    stranger = browser.send("GET", "/whoami")
    assert browser.connection.sock.getsockname() == local
    if handler in ("client_chosen", "session_table"):
        assert (stranger.json["known"], stranger.json["user"]) == (False, None)
    refused = browser.send("POST", "/login")  # a request without a body gets none of an earlier one
    assert refused.status == 400
    assert b"canary" not in refused.body
    assert servers.log[-1]["cookies"] == ([stranger.cookie] if stranger.cookie else [])
