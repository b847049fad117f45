"""Each handler with one mistake makes just that one: told directly, without a lab, and the small table makes none of them."""

from collections.abc import Callable

import pytest

from server.handlers import default_port, find, mistakes
from server.handlers.small_table import SmallTable
from tests.unit.server.running import Browser, Reply, Running


class Town:
    """A server, and people who come to it."""

    def __init__(self, servers: Running, server: int | str) -> None:
        self.servers, self.port = servers, server if isinstance(server, int) else servers.handler(server)

    def somebody(self, **headers: str) -> Browser:
        return self.servers.browser(self.port, **headers)

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
    from threading import Thread

    alice = town.somebody()
    alice.log_in("alice")
    tab = town.somebody()
    tab.cookie = alice.cookie
    for number in range(30):
        page = Thread(target=tab.send, args=("GET", "/"))
        page.start()
        alice.send("PUT", "/note", {"note": str(number)})
        page.join()
        if alice.send("GET", "/note").json["note"] != str(number):
            return True
    return False


def locked_out(town: Town) -> bool:
    for _ in range(6):
        town.somebody().send("POST", "/login", {"user": "bob", "password": "wrong"})
    return town.somebody().send("POST", "/login", {"user": "alice", "password": "pw-alice"}).status == 429


def on_the_same_connection(town: Town) -> bool:
    """As a proxy does it: the next request on the connection is somebody else's."""
    somebody = town.somebody()
    somebody.log_in("alice")
    somebody.cookie = None
    return bool(somebody.send("GET", "/whoami").json["user"] == "alice")


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
    "limits_by_address": locked_out,
    "by_connection": on_the_same_connection,
    "cacheable_login": page_with_cookie,
    "silent_cache_headers": silent,
    "no_vary": for_a_minute,
    "cacheable_redirect": moved_for_good,
    "new_id_each_reply": lost_with_a_reply,
}
"""What shows each mistake: true where it is made."""
NEEDS_MORE = {"speaks_http", "pinned_table", "per_replica_table", "cached_table"}
"""TLS, two addresses, or two processes: tests/scenarios shows these."""


def test_each_mistake_is_in_the_table() -> None:
    assert {entry.name for entry in mistakes()} == {*MAKES, *NEEDS_MORE}
    assert len({default_port(entry) for entry in mistakes()}) == len(mistakes())


@pytest.mark.parametrize("name", MAKES)
def test_a_mistake(servers: Running, name: str) -> None:
    entry = find(name)
    assert entry
    assert MAKES[name](Town(servers, name))


@pytest.mark.parametrize("name", MAKES)
def test_the_small_table_does_not_make_it(servers: Running, name: str) -> None:
    assert not MAKES[name](Town(servers, servers.own(SmallTable())))


@pytest.mark.parametrize("name", MAKES)
def test_the_session_table_does_not_make_it(servers: Running, name: str) -> None:
    assert not MAKES[name](Town(servers, "session_table"))


def test_a_password_that_is_given_must_be_right(servers: Running) -> None:
    """Without one people are let in, as the article's readers are; a changed one counts from then on."""
    alice = servers.browser("session_table")
    assert alice.send("POST", "/login", {"user": "alice", "password": "pw-bob"}).status == 401
    assert alice.send("POST", "/login", {"user": "alice", "password": "pw-alice"}).status == 200
    assert alice.send("POST", "/password", {"password": "new"}).status == 200
    assert alice.send("POST", "/login", {"user": "alice", "password": "pw-alice"}).status == 401
    assert alice.send("POST", "/login", {"user": "alice", "password": "new"}).status == 200
    assert servers.browser("session_table").send("POST", "/password", {"password": "x"}).status == 401
