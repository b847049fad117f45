"""What a reply has to carry: cookies, surplus ones removed, and lines that keep it out of caches."""

import re
from collections.abc import Callable

import pytest

from sessiontable import Cookie, MemoryStore, Session, SessionError, SessionGone, SessionTable
from tests.plain import SID

from .conftest import Browser

KEPT_APART = [("Cache-Control", "no-store"), ("Vary", "Cookie")]
HTTP_ONLY = "HttpOnly; SameSite=Lax"


def test_a_reply_that_does_not_depend_on_the_session_says_nothing(table: SessionTable, browser: Browser) -> None:
    first = table.open([])
    first.write("x", 1)
    assert table.open([]).headers() == []
    assert table.open([browser(first)]).headers() == []
    assert table.open([browser(first)]).label  # for a log, not for the reader


@pytest.mark.parametrize(
    "asks",
    [
        lambda session: session.known,
        lambda session: session.user,
        lambda session: session.read("x"),
        lambda session: session.names(),
        lambda session: session.write("x", 2),
        lambda session: session.update("x", lambda _: 2),
        lambda session: session.write("none", None),
        lambda session: session.update("none", lambda _: None),
        lambda session: session.write_many({}),
    ],
)
def test_a_reply_that_depends_on_it_is_kept_out_of_caches(
    table: SessionTable, browser: Browser, asks: Callable[[Session], object]
) -> None:
    """Also for who is not known yet: the page that says so must not be shown to those who are."""
    first = table.open([])
    first.write("x", 1)
    session = table.open([browser(first)])
    asks(session)
    assert session.headers() == KEPT_APART
    stranger = table.open([])
    asks(stranger)
    assert stranger.headers()[-2:] == KEPT_APART


def test_a_reply_that_a_session_was_gone_for_is_kept_out_of_caches(table: SessionTable, browser: Browser) -> None:
    first = table.open([])
    first.write("x", 1)
    late = table.open([browser(first)])
    table.open([browser(first)]).revoke()
    with pytest.raises(SessionGone):
        late.write("x", 2)
    assert late.headers() == KEPT_APART


def test_who_has_logged_in_may_be_asked_after_the_reply_has_begun(table: SessionTable, browser: Browser) -> None:
    """Its login has said that the reply depends on it."""
    first = table.open([])
    first.rotate("alice")
    session = table.session([browser(first)])
    session.rotate("bob")
    session.sent = True
    assert session.user == "bob"


def test_a_session_that_begins_too_late_is_an_error(table: SessionTable, store: MemoryStore) -> None:
    session = table.open([])
    session.sent = True
    message = (
        "a new session cookie is needed after the reply had begun, too late to send it: "
        "call rotate, or the first write, before"
    )
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        session.write("x", 1)
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        session.rotate("alice")
    assert (len(store), session.set_cookies) == (0, ())


def test_a_cookie_that_the_browser_would_drop_is_an_error(store: MemoryStore) -> None:
    session = SessionTable(store).open([])
    session.plain_http = True
    message = (
        "the session cookie is Secure and this request came over plain http: the browser would drop it, and nobody would "
        "be logged in. Behind a proxy that does TLS, let the server believe its X-Forwarded-Proto (uvicorn "
        "--proxy-headers, werkzeug's ProxyFix); for http, as while developing: Cookie(secure=False)"
    )
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        session.rotate("alice")
    assert (len(store), session.set_cookies) == (0, ())


def test_a_reply_that_sets_a_cookie_is_kept_out_of_caches(table: SessionTable, browser: Browser) -> None:
    """Login and logout; a shared cache would hand the id to the next one who asks."""
    session = table.open([])
    session.rotate("alice")
    assert session.headers() == [("Set-Cookie", *session.set_cookies), *KEPT_APART]
    after = table.open([browser(session)])
    after.revoke()
    assert after.headers() == [("Set-Cookie", table.cookie.delete()), *KEPT_APART]


@pytest.mark.parametrize("own", ["no-store", "private, max-age=60", "Private", "max-age=0,no-store"])
def test_a_reply_may_be_private_in_its_own_way(table: SessionTable, own: str) -> None:
    session = table.open([])
    assert not session.known
    assert session.headers(cache_control=own) == [("Vary", "Cookie")]


@pytest.mark.parametrize("own", ["public, max-age=60", "max-age=60", "no-cache", "s-maxage=1", ""])
def test_a_reply_that_shared_caches_may_keep_is_overruled(table: SessionTable, own: str) -> None:
    session = table.open([])
    assert not session.known
    assert session.headers(cache_control=own) == KEPT_APART


def test_surplus_cookies_are_removed(table: SessionTable, browser: Browser) -> None:
    """1. two are alive, so one was planted 2. those of other places are removed 3. ours is left as it is.

    A reply that gave it again would overtake a login: the browser would hold the id from before, which is dead.
    """
    first, second = table.open([]), table.open([])
    first.rotate("alice")
    second.rotate("mallory")
    session = table.open([f"{browser(second)}; {browser(first)}"], host="www.shop.test:8000", path="/note/1?x=/y")
    assert session.user is None
    places = [line.removeprefix("sid=; Max-Age=0; ").removesuffix(f"; {HTTP_ONLY}") for line in session.set_cookies]
    paths, domains = ["/note", "/note/", "/note/1"], ["www.shop.test", "shop.test"]
    assert places == [
        *(f"Path={path}" for path in paths),
        *(f"Path=/; Domain={domain}" for domain in domains),
        *(f"Path={path}; Domain={domain}" for domain in domains for path in paths),
    ]


def test_a_neighbour_s_cookie_of_the_same_name_is_left_alone(table: SessionTable, browser: Browser) -> None:
    """What is not in our table is not provably ours: another app on the same host may need it."""
    first = table.open([])
    first.rotate("alice")
    for foreign in ("sid=" + "A" * 43, "sid=s%3A0f1d", "sid="):
        session = table.open([f"{foreign}; {browser(first)}"], host="www.shop.test", path="/note")
        assert (session.user, session.set_cookies) == ("alice", ())


def test_of_two_living_ones_ours_is_left_alone(table: SessionTable, browser: Browser) -> None:
    """Nobody knows which is whose; without the ones of other places the next request is clear again."""
    alice, mallory = table.open([]), table.open([])
    alice.rotate("alice")
    mallory.rotate("mallory")
    session = table.open([f"{browser(mallory)}; {browser(alice)}"], host="shop.test", path="/")
    assert not session.known
    assert list(session.set_cookies) == [f"sid=; Max-Age=0; Path=/; Domain=shop.test; {HTTP_ONLY}"]
    assert table.open([browser(alice)]).user == "alice"


def test_after_a_login_among_surplus_cookies_the_new_one_is_last(table: SessionTable, browser: Browser) -> None:
    """And both of those that were there before are dead: one is the planter's, and one the browser's own first one."""
    first, second = table.open([]), table.open([])
    first.write("x", 1)
    second.rotate("mallory")
    session = table.open([f"{browser(first)}; {browser(second)}"], host="shop.test", path="/x")
    session.rotate("alice")
    assert [line.startswith("sid=;") for line in session.set_cookies] == [True] * 3 + [False]
    assert [table.open([browser(each)]).known for each in (first, second)] == [False, False]


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("", ""),
        ("198.51.100.80:8006", "/"),
        ("[2001:db8::1]:80", "/"),
        ("localhost", "/"),
        ("a" * 300, "/"),
        ("evil\r\nSet-Cookie: x", "/;Domain=x"),
        ("shöp.test", "/\r\nx"),
        (".", "/"),
        ("..", "/"),
    ],
)
def test_a_place_that_is_none_names_none(host: str, path: str) -> None:
    """Addresses have no parent domain, and what the client wrote there never gets into a header unchecked."""
    assert Cookie("sid", secure=False).delete_elsewhere(host, path) == []


def test_deep_places_are_bounded() -> None:
    """However deep path and host are, the lines take at most 1,000 octets of header; all places have their turn."""
    cookie = Cookie("sid", secure=False)
    for path, most in (("/1/2/3/4/5/6/7", 44), ("/f/" + "y" * 900, 19), ("/" + "/".join(["a" * 240] * 4), 34)):
        turns = [cookie.delete_elsewhere(".".join("abcdefgh"), path, turn) for turn in range(44)]
        for lines in turns:
            assert 0 < sum(len(f"Set-Cookie: {line}\r\n") for line in lines) <= 1000
        assert len({line for lines in turns for line in lines}) == most, path
        assert cookie.delete_elsewhere(".".join("abcdefgh"), path) == turns[0]
    first = cookie.delete_elsewhere("shop.test", "/cart")
    assert len(first) == 3
    assert cookie.delete_elsewhere("shop.test", "/cart", 1) == first


def test_places_that_browsers_know_are_named_as_they_know_them() -> None:
    """Empty steps of a path are steps (RFC 6265bis 5.1.4); a host may end with a dot and a port, in any case."""
    ends = f"; {HTTP_ONLY}"
    cookie = Cookie("sid", secure=False)
    assert [line.removesuffix(ends) for line in cookie.delete_elsewhere("", "//a//b?c/d")] == [
        f"sid=; Max-Age=0; Path={path}" for path in ("//", "//a", "//a/", "//a//", "//a//b")
    ]
    assert [line.removesuffix(ends) for line in cookie.delete_elsewhere("Shop.X.:80", "/")] == [
        "sid=; Max-Age=0; Path=/; Domain=shop.x"
    ]


@pytest.mark.parametrize(("more", "lines"), [(0, 1), (1, 0)])
def test_a_line_may_take_the_thousand_octets_for_itself(more: int, lines: int) -> None:
    path = "/" + "a" * (999 - len(f"Set-Cookie: sid=; Max-Age=0; Path=; {HTTP_ONLY}\r\n") + more)
    found = Cookie("sid", secure=False).delete_elsewhere("", path)
    assert [len(f"Set-Cookie: {line}\r\n") for line in found] == [1000] * lines


def test_a_host_cookie_has_no_duplicates() -> None:
    """With `__Host-` no other path or domain can hold a second one (RFC 6265bis 4.1.3.2)."""
    assert Cookie("sid", secure=True).delete_elsewhere("www.shop.test", "/note") == []


def test_more_candidates_than_any_browser_sends_are_no_look_ups() -> None:
    """A header full of ids that might be ours costs no reading of the store."""

    class Unread(MemoryStore):
        def read(self, key: bytes, now: float) -> None:
            raise AssertionError("looked up")

    many = "; ".join(f"sid={number:043}" for number in range(1500))
    session = SessionTable(Unread(), cookie=SID).open([many], host="shop.test")
    assert not session.known
