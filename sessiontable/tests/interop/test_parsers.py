"""Other parsers read our cookies as we do: the standard library's, Werkzeug's, Starlette's and Django's."""

from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest
from django.http.cookie import parse_cookie as django_parse
from starlette.requests import cookie_parser as starlette_parse
from werkzeug.http import parse_cookie as werkzeug_parse
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from sessiontable import Cookie, MemoryStore, SessionTable

COOKIES = [
    Cookie("sid", secure=False),
    Cookie("__my.sid-2", max_age=1, secure=False),
    Cookie("sid", max_age=400 * 24 * 3600, same_site="Strict", secure=False),
    Cookie("sid", secure=True),
    Cookie("!#$%&'*+-.^_`|~", secure=True, max_age=10_000),
]
PARSERS: dict[str, Callable[[str], dict[str, str]]] = {
    "http.cookies": lambda line: {name: morsel.value for name, morsel in SimpleCookie(line).items()},
    "werkzeug": lambda line: werkzeug_parse(line).to_dict(),
    "starlette": starlette_parse,
    "django": django_parse,
}
NEIGHBOURS = ["{}", "theme=dark; {}", "{}; theme=dark", 'a="b c"; {}; d=%20', "a=1; b=2; {}; c=3; sid2=x"]


@pytest.fixture(params=COOKIES, ids=lambda cookie: cookie.wire_name)
def cookie(request: pytest.FixtureRequest) -> Cookie:
    found: Cookie = request.param
    return found


def issued(cookie: Cookie) -> str:
    """The Set-Cookie value of a login."""
    session = SessionTable(MemoryStore(), cookie=cookie).open([])
    session.rotate("alice")
    (line,) = session.set_cookies
    return line


@pytest.mark.parametrize("neighbours", NEIGHBOURS)
@pytest.mark.parametrize("parser", PARSERS)
def test_the_cookie_that_comes_back(parser: str, neighbours: str, cookie: Cookie) -> None:
    """Everyone finds the same value under our name among neighbours of good manners."""
    pair = issued(cookie).partition(";")[0]
    line = neighbours.format(pair)
    assert [f"{cookie.wire_name}={value}" for value in cookie.candidates([line])] == [pair]
    assert PARSERS[parser](line)[cookie.wire_name] == pair.partition("=")[2]


def test_set_cookie_in_the_standard_library(cookie: Cookie) -> None:
    line = issued(cookie)
    (morsel,) = SimpleCookie(line).values()
    assert f"{morsel.key}={morsel.value}" == line.partition(";")[0]
    assert (morsel["max-age"] or None, morsel["path"], morsel["domain"]) == (_text(cookie.max_age), "/", "")
    assert (morsel["httponly"], morsel["samesite"], bool(morsel["secure"])) == (True, cookie.same_site, cookie.secure)


def test_set_cookie_in_werkzeug(cookie: Cookie) -> None:
    """Its test client keeps cookies as a browser does: it takes ours, and our deletion removes it."""
    line = issued(cookie)
    replies = {"/login": line, "/logout": cookie.delete()}

    @Request.application
    def app(request: Request) -> Response:
        return Response(headers=[("Set-Cookie", replies[request.path])])

    client = Client(app)
    client.get("/login")
    kept = client.get_cookie(cookie.wire_name)
    assert kept
    assert f"{kept.key}={kept.value}" == line.partition(";")[0]
    assert (kept.max_age, kept.path, kept.http_only, kept.same_site) == (cookie.max_age, "/", True, cookie.same_site)
    assert (kept.secure, kept.origin_only) == (cookie.secure, True)
    client.get("/logout")
    assert client.get_cookie(cookie.wire_name) is None


def test_deletions_of_duplicates_in_the_standard_library() -> None:
    """Each line names one place and ends the cookie there at once."""
    lines = Cookie("sid", secure=False).delete_elsewhere("app.example.test:8443", "/a/b")
    assert len(lines) == len(set(lines)) > 1
    for line in lines:
        (morsel,) = SimpleCookie(line).values()
        assert (morsel.key, morsel.value, morsel["max-age"]) == ("sid", "", "0")
        assert (morsel["path"], morsel["domain"]) in {
            (path, domain)
            for path in ("/", "/a", "/a/", "/a/b", "/a/b/")
            for domain in ("", "app.example.test", "example.test")
        }


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
