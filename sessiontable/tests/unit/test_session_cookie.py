"""The cookie of the session table: found among hostile neighbours, written strictly."""

import re
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest

from sessiontable import Cookie, SessionError

NEIGHBOURS = [
    'x={"a":1}',
    "theme=dark",
    "nameless",
    "=__Host-sid=evil",
    "=sid=evil",
    'quoted="a b"',
    'open="never closed',
    "utf8=\xc3\xa4\xc2\x85",
    "expires=Thu, 01 Jan 1970 00:00:00 GMT",
    "path=/",
    "notsid=evil",
    "sid2=evil",
    "SID=evil",
    "a=b=c=sid",
    "",
    " ",
    "nul=\x00",
    "esc=\x1b[31m",
    "x" * 8000 + "=1",
]


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
@pytest.mark.parametrize("shape", ["{};sid=A", "sid=A; {}", "{}; sid=A; {}", " {} ;\tsid = A "])
def test_neighbours_neither_hide_nor_fake_our_cookie(neighbour: str, shape: str) -> None:
    """Whatever stands beside it, the one value found is the one that belongs to our name."""
    assert Cookie("sid", secure=False).candidates([shape.format(neighbour, neighbour)]) == ["A"]


def test_all_header_lines_and_all_duplicates_are_considered() -> None:
    """RFC 6265bis 4.2.1 allows several Cookie header lines; equal values count once."""
    assert Cookie("sid", secure=False).candidates(["sid=A; x=1", "y=2", "sid=B; sid=A; sid="]) == ["A", "B", "A", ""]
    assert Cookie("sid", secure=False).candidates([]) == []


def test_folded_header() -> None:
    assert Cookie("sid", secure=False).candidates(["x=1;\r\n sid=A"]) == ["A"]


def test_many_cookies_take_linear_time() -> None:
    assert Cookie("sid", secure=False).candidates(["; ".join(f"c{i}={i}" for i in range(100_000)) + "; sid=A"]) == ["A"]


def test_issue_and_delete() -> None:
    """The attributes are the strict ones; the order is fixed."""
    cookie = Cookie("sid", max_age=50_000, secure=False)
    assert cookie.issue("A") == "sid=A; Max-Age=50000; Path=/; HttpOnly; SameSite=Lax"
    assert cookie.delete() == "sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"


def test_session_cookie_has_no_max_age() -> None:
    assert Cookie("sid", same_site="Strict", secure=False).issue("A") == "sid=A; Path=/; HttpOnly; SameSite=Strict"


def test_secure_adds_the_attribute_and_the_prefix() -> None:
    """Over TLS the cookie is bound to this host, and a plain `sid` is somebody else's."""
    cookie = Cookie("sid", secure=True)
    assert cookie.issue("A") == "__Host-sid=A; Path=/; HttpOnly; SameSite=Lax; Secure"
    assert cookie.candidates(["sid=evil; __Host-sid=A"]) == ["A"]


def test_others_parse_what_we_write() -> None:
    morsel = SimpleCookie(Cookie("sid", max_age=9, secure=False).issue("A-_9"))["sid"]
    assert (morsel.value, morsel["max-age"], morsel["httponly"], morsel["path"]) == ("A-_9", "9", True, "/")


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a=b", "sïd", "a\r\nb", "a\x00"])
def test_a_name_that_is_no_token_is_refused(name: str) -> None:
    message = f"cookie name {name!r} is no token (RFC 9110 5.6.2): use letters, digits, '-', '_'"
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        Cookie(name, secure=False)


def test_a_prefix_in_the_name_is_refused() -> None:
    message = "cookie name '__Host-sid' has a prefix: leave it out, secure=True adds __Host-"
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        Cookie("__Host-sid", secure=False)


@pytest.mark.parametrize("max_age", [0, -1, 3.5, 43200.0, True, "60", timedelta(hours=12), float("nan")])
def test_a_max_age_that_no_browser_would_read_is_refused(max_age: Any) -> None:
    message = f"cookie max_age is {max_age!r}: give a whole number of seconds, 1 or more"
    with pytest.raises(SessionError, match=f"^{re.escape(message)}"):
        Cookie("sid", max_age=max_age, secure=False)
