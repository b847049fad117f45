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


@pytest.mark.parametrize("line", ["x=1; sid=A=B=C", "sid=A=B=C"])
def test_a_value_begins_at_the_first_equals_sign(line: str) -> None:
    assert Cookie("sid", secure=False).candidates([line]) == ["A=B=C"]


@pytest.mark.parametrize("blank", ["\x0b", "\x0c", "\x1f", "\x85", "\xa0"])
def test_only_blanks_of_http_are_blanks(blank: str) -> None:
    """What Python takes for a blank belongs to the name or the value of a cookie (RFC 9110 5.6.3)."""
    cookie = Cookie("sid", secure=False)
    assert cookie.candidates([f"{blank}sid=evil; sid{blank}=evil; sid=A{blank}"]) == [f"A{blank}"]
    assert cookie.candidates([f"sid={blank}A \t\r\n"]) == [f"{blank}A"]


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


def test_a_path_or_domain_of_its_own_costs_the_prefix() -> None:
    """`__Host-` is for a cookie of one host and all its paths alone; browsers refuse it otherwise (RFC 6265bis 4.1.3.2)."""
    end = "HttpOnly; SameSite=Lax"
    assert Cookie("sid", path="/app").issue("A") == f"__Secure-sid=A; Path=/app; {end}; Secure"
    assert Cookie("sid", domain="shop.test").issue("A") == f"__Secure-sid=A; Path=/; Domain=shop.test; {end}; Secure"
    assert Cookie("sid", domain="a.b", path="/x", secure=False).delete() == (
        f"sid=; Max-Age=0; Path=/x; Domain=a.b; {end}"
    )


def test_same_site_none_is_for_secure_cookies() -> None:
    assert Cookie("sid", same_site="None").issue("A") == "__Host-sid=A; Path=/; HttpOnly; SameSite=None; Secure"
    assert Cookie("sid", secure=False).wire_name == "sid"


def test_whether_a_cookie_lasts() -> None:
    """As it was issued: a login may ask for another Max-Age than the cookie's own, and 0 is none."""
    for own, asked, lasts in [(None, None, False), (None, 9, True), (9, None, True), (9, 0, False), (9, 5, True)]:
        cookie = Cookie("sid", max_age=own, secure=False)
        assert cookie.lasts(asked) is lasts
        assert ("Max-Age" in cookie.issue("A", asked)) is lasts


def test_others_parse_what_we_write() -> None:
    morsel = SimpleCookie(Cookie("sid", max_age=9, secure=False).issue("A-_9"))["sid"]
    assert (morsel.value, morsel["max-age"], morsel["httponly"], morsel["path"]) == ("A-_9", "9", True, "/")


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a=b", "sïd", "a\r\nb", "a\x00"])
def test_a_name_that_is_no_token_is_refused(name: str) -> None:
    message = f"cookie name {name!r} is no token (RFC 9110 5.6.2): use letters, digits, '-', '_'"
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        Cookie(name, secure=False)


@pytest.mark.parametrize("name", ["__Host-sid", "__Secure-sid", "__http-sid", "__Host-Http-sid", "__HostHttp-sid"])
def test_a_prefix_in_the_name_is_refused(name: str) -> None:
    message = f"cookie name {name!r} has a prefix: leave it out, secure=True adds __Host-"
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        Cookie(name, secure=False)


def test_a_name_that_leaves_no_room_for_the_id_is_refused() -> None:
    """Browsers take 4,096 octets of name and value (RFC 6265bis 5.6), of which the id has 43."""
    assert Cookie("n" * 4053, secure=False).wire_name == "n" * 4053
    message = f"cookie name '{'n' * 20}'… has 4054 octets: with the id, browsers take no more than 4096 in all"
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        Cookie("n" * 4054, secure=False)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"secure": 1}, "cookie secure is 1: give True or False"),
        ({"same_site": "none"}, "cookie same_site is 'none': use 'Lax', 'Strict' or 'None'"),
        (
            {"same_site": "None", "secure": False},
            "cookie same_site is 'None' without secure=True: browsers refuse such a cookie",
        ),
        *(
            ({"path": path}, f"cookie path is {path!r}: begin it with /, as /app, without ; and blanks")
            for path in ("app", "", "/a;b", "/a b", "/\r\n", "/" + "a" * 1024, None, b"/")
        ),
        *(
            ({"domain": domain}, f"cookie domain is {domain!r}: give a host name, as example.com, or None")
            for domain in ("", ".shop.test", "a;b", "a.", "shop.test\n", "a" * 254, 7, b"a.b")
        ),
    ],
)
def test_settings_that_no_browser_would_take_are_refused(settings: Any, message: str) -> None:
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        Cookie("sid", **settings)


@pytest.mark.parametrize("max_age", [0, -1, 3.5, 43200.0, True, "60", timedelta(hours=12), float("nan")])
def test_a_max_age_that_no_browser_would_read_is_refused(max_age: Any) -> None:
    message = (
        f"cookie max_age is {max_age!r}: give a whole number of seconds, 1 or more, as in max_age=1800 "
        "(an int, as int(delta.total_seconds()) makes it of a timedelta)"
    )
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        Cookie("sid", max_age=max_age, secure=False)
