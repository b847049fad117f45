"""Each handler with one mistake makes just that one: told directly, without a lab, and the small table makes none of them."""

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from server.handlers import SLIDE, default_port, find, mistakes, small_table
from server.handlers.small_table import SmallTable
from server.handlers.table import Table
from tests.labs import ROOT
from tests.unit.server.running import Browser, Reply, Running


class Town:
    """A server, and people who come to it."""

    def __init__(self, servers: Running, server: int | str) -> None:
        self.servers, self.port = servers, server if isinstance(server, int) else servers.handler(server)

    def somebody(self, **headers: str) -> Browser:
        return self.servers.browser(self.port, **headers)

    def two_tabs(self) -> tuple[Browser, Browser]:
        """Alice, logged in, twice with the same cookie."""
        alice, tab = self.somebody(), self.somebody()
        alice.log_in("alice")
        tab.cookie = alice.cookie
        return alice, tab

    def who(self, cookie: str, **headers: str) -> str | None:
        """Whom a fresh browser with exactly this Cookie header is taken for."""
        user = self.somebody().send("GET", "/whoami", None, Cookie=cookie, **headers).json["user"]
        return None if user is None else str(user)


def no_regeneration(town: Town) -> bool:
    alice = town.somebody()
    planted = alice.send("GET", "/").cookie
    alice.log_in("alice")
    return town.who(str(planted)) == "alice"


def signed_cookie(town: Town) -> bool:
    alice = town.somebody()
    copied = alice.log_in("alice").cookie
    alice.send("POST", "/logout")
    return town.who(str(copied)) == "alice"


def keeps_data(town: Town) -> bool:
    alice = town.somebody()
    alice.log_in("alice")
    alice.send("PUT", "/note", {"note": "alice's"})
    alice.log_in("bob")
    return bool(alice.send("GET", "/note").json["note"] == "alice's")


def beside(before: str, after: str = "") -> Callable[[Town], bool]:
    def lost(town: Town) -> bool:
        cookie = town.somebody().log_in("alice").cookie
        return town.who(f"{before}{cookie}{after}") is None

    return lost


def second_line(town: Town) -> bool:
    alice = town.somebody()
    cookie = str(alice.log_in("alice").cookie)
    connection = town.somebody().connection
    connection.putrequest("GET", "/whoami")
    for line in ("other=1", cookie):
        connection.putheader("Cookie", line)
    connection.endheaders()
    return b'"user": null' in connection.getresponse().read()


def forwarded(town: Town) -> bool:
    alice = town.somebody(**{"X-Forwarded-For": "203.0.113.9"})
    alice.log_in("alice")
    return town.who("none=1", **{"X-Forwarded-For": "203.0.113.9"}) == "alice" and town.who("none=1") is None


def pinned(town: Town) -> bool:
    """From one machine only the header can change the address: the pin is opened and closed by it."""
    cookie = str(town.somebody(**{"X-Forwarded-For": "203.0.113.9"}).log_in("alice").cookie)
    town.somebody().send("GET", "/whoami", None, Cookie=cookie, **{"X-Forwarded-For": "203.0.113.9"})
    return town.who(cookie) is None and town.who(cookie, **{"X-Forwarded-For": "203.0.113.9"}) == "alice"


def counter(town: Town) -> bool:
    first, second = (str(town.somebody().send("GET", "/").cookie).partition("=")[2] for _ in range(2))
    return first.isdecimal() and second.isdecimal() and int(second) == int(first) + 1


def other_device_stays(town: Town) -> bool:
    laptop, tablet = town.somebody(), town.somebody()
    for device in (laptop, tablet):
        device.log_in("alice")
    assert laptop.send("POST", "/password", {"password": "new"}).status == 200
    return bool(tablet.send("GET", "/whoami").json["user"] == "alice")


def lost_update(town: Town) -> bool:
    """The page's request begins before the note is saved and ends after it."""
    alice, tab = town.two_tabs()
    with town.servers.held("identified", tab, "GET", "/"):
        alice.send("PUT", "/note", {"note": "saved"})
    return bool(alice.send("GET", "/note").json["note"] != "saved")


def comes_back(town: Town) -> bool:
    """A request that was under way during the logout: its session is there again, under the id of before."""
    alice, tab = town.two_tabs()
    copied = str(alice.cookie)
    with town.servers.held("answered", tab, "GET", "/whoami"):
        alice.send("POST", "/logout")
    return town.who(copied) == "alice"


def late_cookie(town: Town) -> bool:
    alice, tab = town.two_tabs()
    with town.servers.held("answered", tab, "GET", "/"):
        alice.send("POST", "/logout")
    return town.who(str(tab.cookie)) == "alice"


def reader_writes(town: Town) -> bool:
    alice, tab = town.two_tabs()
    with town.servers.held("answered", tab, "GET", "/whoami"):
        alice.send("PUT", "/note", {"note": "saved"})
    return bool(alice.send("GET", "/note").json["note"] != "saved")


def no_end(seconds: int, times: int) -> Callable[[Town], bool]:
    """Alice comes back after so many seconds, again and again; in the end her session should be over."""

    def shows(town: Town) -> bool:
        alice = town.somebody()
        alice.log_in("alice")
        for _ in range(times - 1):
            town.servers.order(do="clock", seconds=seconds)
            assert alice.send("GET", "/whoami").json["user"] == "alice"
        town.servers.order(do="clock", seconds=seconds)
        return bool(alice.send("GET", "/whoami").json["user"] == "alice")

    return shows


def swept(town: Town) -> bool:
    alice, bob = town.somebody(), town.somebody()
    alice.log_in("alice")
    town.servers.order(do="clock", seconds=7000)
    bob.log_in("bob")
    with town.servers.held("identified", bob, "GET", "/"):
        assert alice.send("GET", "/whoami").json["user"] == "alice"
        town.servers.order(do="clock", seconds=400)
    return alice.send("GET", "/whoami").json["user"] is None


def busy_one_stays(town: Town) -> bool:
    laptop, tablet = town.somebody(), town.somebody()
    for device in (laptop, tablet):
        device.log_in("alice")
    with town.servers.held("answered", tablet, "GET", "/whoami"):
        laptop.send("POST", "/password", {"password": "new"})
    return bool(tablet.send("GET", "/whoami").json["user"] == "alice")


def thrown_out(town: Town) -> bool:
    alice, tab = town.two_tabs()
    with town.servers.held("identified", tab, "GET", "/"):
        return alice.send("GET", "/whoami").json["user"] is None


def locked_out(town: Town) -> bool:
    for _ in range(6):
        town.somebody().send("POST", "/login", {"user": "bob", "password": "wrong"})
    return town.somebody().send("POST", "/login", {"user": "alice", "password": "pw-alice"}).status == 429


def both(town: Town) -> tuple[Browser, Browser]:
    """Alice and Bob, logged in, each with a note of their name."""
    people = (town.somebody(), town.somebody())
    for person, name in zip(people, ("alice", "bob"), strict=True):
        person.log_in(name)
        person.send("PUT", "/note", {"note": name})
    return people


def in_between(town: Town) -> bool:
    alice, bob = both(town)
    with town.servers.held("identified", alice, "GET", "/note") as replies:
        bob.send("GET", "/whoami")
    return bool(replies[0].json["note"] == "bob")


def given_up(town: Town) -> bool:
    """Alice's request is given up; who is next gets her reply."""
    alice, bob = both(town)
    with town.servers.held("identified", alice, "GET", "/whoami", gone=True):
        pass
    return bool(bob.send("GET", "/whoami").json["user"] == "alice")


def one_drawer(town: Town) -> bool:
    alice, _ = both(town)
    return bool(alice.send("GET", "/note").json["note"] == "bob")


def moved_up(town: Town) -> bool:
    """A stranger, Alice and Bob are looked up together."""
    alice, bob = both(town)
    held = town.servers.held
    with (
        held("identified", town.somebody(), "GET", "/whoami") as stranger,
        held("identified", alice, "GET", "/note") as replies,
    ):
        bob.send("GET", "/whoami")
    return bool((stranger[0].json["user"], replies[0].json["note"]) == ("alice", "bob"))


def same_number(town: Town) -> bool:
    alice, bob = both(town)
    with town.servers.held("identified", alice, "GET", "/note", headers={"X-Request-Id": "1"}) as replies:
        held = town.servers.held("identified", bob, "GET", "/note", headers={"X-Request-Id": "1"})
        held.__enter__()
    held.__exit__(None, None, None)
    return bool(replies[0].json["note"] == "bob")


def left_over(town: Town) -> bool:
    both(town)
    return town.somebody().send("GET", "/whoami").json["user"] is not None


def same_make(town: Town) -> bool:
    """Two laptops of one make behind one address, and a third of another."""
    town.somebody(**{"User-Agent": "same"}).log_in("alice")
    other = town.somebody(**{"User-Agent": "another"}).send("GET", "/whoami").json["user"]
    return town.somebody(**{"User-Agent": "same"}).send("GET", "/whoami").json["user"] == "alice" and other is None


def usual_name(town: Town) -> bool:
    return str(town.somebody().log_in("alice").cookie).startswith("session=")


def as_the_one_before(town: Town) -> bool:
    alice, bob = (str(town.somebody().log_in(name).cookie) for name in ("alice", "bob"))
    return town.who(bob) == "bob" and town.who(f"x={'x' * 9000}; {alice}") == "bob"


def also_as(form: str) -> Callable[[Town], bool]:
    def known(town: Town) -> bool:
        name, _, value = str(town.somebody().log_in("alice").cookie).partition("=")
        return town.who(form.format(name=name, NAME=name.upper(), value=value)) == "alice"

    return known


def near(town: Town) -> bool:
    first, second = (str(town.somebody().send("GET", "/").cookie).partition("=")[2] for _ in range(2))
    return first.isdecimal() and second.isdecimal() and 0 < int(second) - int(first) < 1000


def always_lasting(town: Town) -> bool:
    """The lifetime that a brief login and one that is to last give to the cookie."""
    brief, lasting = (
        str(town.somebody().send("POST", "/login", {"user": "alice", "remember": word}).header("Set-Cookie"))
        for word in ("no", "yes")
    )
    return "Max-Age" in lasting and "Max-Age" in brief


def on_the_same_connection(town: Town) -> bool:
    """As a proxy does it: the next request on the connection is somebody else's."""
    somebody = town.somebody()
    somebody.log_in("alice")
    somebody.cookie = None
    return bool(somebody.send("GET", "/whoami").json["user"] == "alice")


def proxied(town: Town) -> bool:
    """Two connections that begin with the same address, one of Alice's and one of somebody else's."""

    def announced(request: str) -> bytes:
        with socket.create_connection(("127.0.0.1", town.port), 10) as connection, connection.makefile("rb") as answer:
            connection.sendall(f"PROXY TCP4 203.0.113.9 203.0.113.1 4000 80\r\n{request}".encode())
            return answer.read()

    body = '{"user": "alice"}'
    login = (
        f"POST /login HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    assert b" 200 " in announced(f"{login}\r\n\r\n{body}")
    seen = announced("GET /whoami HTTP/1.1\r\nConnection: close\r\n\r\n")
    return b'"user": "alice"' in seen and town.who("none=1") is None


def may_be_shared(reply: Reply) -> bool:
    """Whether a shared cache may keep it and give it to whoever asks for the same address."""
    said = reply.header("Cache-Control") or ""
    return not ("no-store" in said or "private" in said or "Cookie" in (reply.header("Vary") or ""))


def page_with_cookie(town: Town) -> bool:
    alice = town.somebody()
    alice.log_in("alice")
    page = alice.send("GET", "/")
    return may_be_shared(page) and page.cookie is not None


def silent(town: Town) -> bool:
    alice = town.somebody()
    alice.log_in("alice")
    page = alice.send("GET", "/note")
    return may_be_shared(page) and page.header("Cache-Control") is None


def for_a_minute(town: Town) -> bool:
    alice = town.somebody()
    alice.log_in("alice")
    page = alice.send("GET", "/whoami")
    return may_be_shared(page) and page.header("Cache-Control") == "max-age=60"


def moved_for_good(town: Town) -> bool:
    page = town.somebody().send("GET", "/")
    return page.status == 301 and may_be_shared(page) and page.cookie is not None


def lost_with_a_reply(town: Town) -> bool:
    """Whoever comes once more with the cookie of before, as the reply to the last request never came."""
    alice = town.somebody()
    alice.log_in("alice")
    cookie = alice.cookie
    alice.send("GET", "/whoami")
    return town.who(str(cookie)) is None


MAKES: dict[str, Callable[[Town], bool]] = {
    "no_regeneration": no_regeneration,
    "keeps_old_id": no_regeneration,
    "keeps_data": keeps_data,
    "simplecookie_table": beside('x={"a":1}; '),
    "last_wins": beside("", "; sid=garbage"),
    "first_wins": beside("sid=garbage; "),
    "first_header_only": second_line,
    "trusts_forwarded": forwarded,
    "pin_by_header": pinned,
    "memory_counter": counter,
    "no_user_index": other_device_stays,
    "signed_cookie": signed_cookie,
    "whole_blob_writer": lost_update,
    "rolling_cookie": late_cookie,
    "refresh_writer": reader_writes,
    "client_expiry_only": no_end(8000, 1),
    "unchecked_sweeper": swept,
    "forgets_one": busy_one_stays,
    "single_use_refresh": thrown_out,
    "limits_by_address": locked_out,
    "by_fingerprint": same_make,
    "substring_match": beside("notsid=garbage; "),
    "shared_name": usual_name,
    "stale_header": as_the_one_before,
    "case_insensitive": also_as("{NAME}={value}"),
    "strips_equals": also_as("={name}={value}"),
    "sequential_ids": near,
    "one_lifetime": always_lasting,
    "open_grace": no_regeneration,
    "global_user": in_between,
    "desynced_store": given_up,
    "memoised": one_drawer,
    "zipped_batch": moved_up,
    "by_request_id": same_number,
    "module_state": left_over,
    "by_connection": on_the_same_connection,
    "trusts_proxy_header": proxied,
    "cacheable_login": page_with_cookie,
    "silent_cache_headers": silent,
    "no_vary": for_a_minute,
    "cacheable_redirect": moved_for_good,
    "new_id_each_reply": lost_with_a_reply,
}
"""What shows each mistake: true where it is made."""
NEEDS_MORE = {"speaks_http", "pinned_table", "per_replica_table", "cached_table", "forked_prng"}
"""TLS, two addresses, or several processes: tests/scenarios shows these, and one has a test of its own below."""


def test_each_mistake_is_in_the_table() -> None:
    assert {entry.name for entry in mistakes()} == {*MAKES, *NEEDS_MORE}
    assert len({default_port(entry) for entry in (*mistakes(), SLIDE)}) == len(mistakes()) + 1


@pytest.mark.parametrize("name", MAKES)
def test_a_mistake(servers: Running, name: str) -> None:
    entry = find(name)
    assert entry
    assert MAKES[name](Town(servers, name))


@pytest.mark.parametrize("table", [SmallTable, Table])
@pytest.mark.parametrize("name", MAKES)
def test_the_small_table_does_not_make_it(servers: Running, name: str, table: type[SmallTable | Table]) -> None:
    """Neither the one on the slide nor the one in steps, as long as nobody spoils it. The slide has no room for a clock."""
    made = table is SmallTable and name == "client_expiry_only"
    assert MAKES[name](Town(servers, servers.own(table()))) == made


def test_the_small_table_fits_on_a_slide() -> None:
    assert len(Path(small_table.__file__).read_text().splitlines()) <= 40


@pytest.mark.parametrize("name", MAKES)
def test_the_session_table_does_not_make_it(servers: Running, name: str) -> None:
    assert not MAKES[name](Town(servers, "session_table"))


SECOND = {"whole_blob_writer": comes_back, "client_expiry_only": no_end(5010, 10)}
"""What else shows a mistake: the logout that is undone; the session that is in use, and older than it may become."""


@pytest.mark.parametrize("name", SECOND)
def test_a_mistake_that_shows_twice(servers: Running, name: str) -> None:
    town = Town(servers, name)
    assert SECOND[name](town)
    assert not SECOND[name](Town(servers, servers.own(Table())))
    assert not SECOND[name](Town(servers, "session_table"))


def test_forked_workers_make_the_same_ids(servers: Running) -> None:
    """In a process of its own, since it forks: the second one to log in gets what the first one got, and so on in pairs."""
    argv = (
        sys.executable,
        "-m",
        "server",
        "--handler",
        "forked_prng",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--until-eof",
    )
    with Popen(argv, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as server:
        assert server.stdout
        assert server.stdin
        port = json.loads(server.stdout.readline())["port"]
        given = [servers.browser(port).log_in(f"user{number}").cookie for number in range(6)]
        server.stdin.close()
        assert server.wait(10) == 0
        assert server.stdout.read().count('"path": "/login"') == 6  # the workers have ended: nobody holds it open
    assert given[0::2] == given[1::2]
    assert len(set(given)) == 3


def test_a_password_that_is_given_must_be_right(servers: Running) -> None:
    """Without one people are let in, as the article's readers are; a changed one counts from then on."""
    alice = servers.browser("session_table")
    assert alice.send("POST", "/login", {"user": "alice", "password": "pw-bob"}).status == 401
    assert alice.send("POST", "/login", {"user": "alice", "password": "pw-alice"}).status == 200
    assert alice.send("POST", "/password", {"password": "new"}).status == 200
    assert alice.send("POST", "/login", {"user": "alice", "password": "pw-alice"}).status == 401
    assert alice.send("POST", "/login", {"user": "alice", "password": "new"}).status == 200
    assert servers.browser("session_table").send("POST", "/password", {"password": "x"}).status == 401
