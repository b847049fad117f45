"""The WSGI middleware, under wsgiref's validator."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from sessiontable import Cookie, Session, SessionError, SessionGone, SessionTable, StoreUnavailable, User
from sessiontable.wsgi import SessionMiddleware

from .conftest import Failing, LogIn

type Headers = list[tuple[str, str]]
type Answer = tuple[str, Headers, bytes]

TEXT = ("Content-Type", "text/plain")
APART = [("Cache-Control", "no-store"), ("Vary", "Cookie")]


def ask(app: WSGIApplication, cookies: str = "", **environ: str) -> Answer:
    """Status, headers and body, as a server gets them that keeps to PEP 3333."""
    whole: WSGIEnvironment = {"HTTP_HOST": "www.shop.test", "QUERY_STRING": ""} | environ
    if cookies:
        whole["HTTP_COOKIE"] = cookies
    setup_testing_defaults(whole)
    told: list[tuple[str, Headers]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: Headers, exc_info: Any = None, /) -> Callable[[bytes], object]:
        if exc_info and written:
            raise exc_info[1]
        told[:] = [(status, headers)]
        return written.append

    pieces = validator(app)(whole, start_response)
    try:
        for piece in pieces:
            assert told, "a piece came before the status"
            written.append(piece)
    finally:
        pieces.close()  # type: ignore[attr-defined]
    return *told[0], b"".join(written)


def session_of(environ: WSGIEnvironment) -> Session:
    session: Session = environ["cookielab.session"]
    return session


def page(work: Callable[[Session], object] = lambda _: None, *own: tuple[str, str]) -> WSGIApplication:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        work(session_of(environ))
        start_response("200 OK", [TEXT, *own])
        return [b"done"]

    return app


def test_a_reply_for_which_nobody_asked_stays_as_it_is(table: SessionTable, log_in: LogIn) -> None:
    own = ("Cache-Control", "public, max-age=60")
    assert ask(SessionMiddleware(page(lambda _: None, own), table), log_in("alice")) == ("200 OK", [TEXT, own], b"done")


def test_a_reply_that_depends_on_the_session_says_so(table: SessionTable, log_in: LogIn) -> None:
    app = SessionMiddleware(page(lambda session: session.user, ("cache-control", "public")), table)
    assert ask(app, log_in("alice")) == ("200 OK", [TEXT, *APART], b"done")
    app = SessionMiddleware(page(lambda session: session.user, ("Cache-Control", "private")), table)
    assert ask(app, log_in("alice"))[1] == [TEXT, ("Cache-Control", "private"), ("Vary", "Cookie")]


@pytest.mark.parametrize(
    "cookies",
    [
        "{sid}",
        "theme=a,b; {sid}",
        "x=\xff; {sid}",
        "theme=dark,lang=de; {sid}; x=y",
    ],
)
def test_a_cookie_is_found_whatever_stands_beside_it(table: SessionTable, log_in: LogIn, cookies: str) -> None:
    users: list[User | None] = []
    ask(SessionMiddleware(page(lambda session: users.append(session.user)), table), cookies.format(sid=log_in("alice")))
    assert users == ["alice"]


@pytest.mark.parametrize(
    "cookies", ["theme=dark,{sid}", "{sid},theme=dark; lang=de", "theme=a, {sid}, x=y", "sid=x,{sid}"]
)
def test_a_comma_parts_no_cookies(table: SessionTable, log_in: LogIn, cookies: str) -> None:
    """A neighbour's cookie may hold one, and behind it whatever its planter likes: also `__Host-` would not help."""
    users: list[User | None] = []
    ask(
        SessionMiddleware(page(lambda session: users.append(session.user)), table),
        cookies.format(sid=log_in("mallory")),
    )
    assert users == [None]


def test_nothing_is_made_up_between_two_lines(table: SessionTable, log_in: LogIn) -> None:
    """Two halves of an id do not become one."""
    known: list[bool] = []
    alice = log_in("alice")
    ask(SessionMiddleware(page(lambda session: known.append(session.known)), table), f"{alice[:20]},{alice[20:]}")
    assert known == [False]


def test_a_generator_may_use_the_session_until_its_first_piece(table: SessionTable) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [TEXT])
        session_of(environ).rotate("alice")
        yield b"one "
        yield b"two"

    status, headers, body = ask(SessionMiddleware(app, table))
    assert (status, body) == ("200 OK", b"one two")
    assert [name for name, _ in headers] == ["Content-Type", "Set-Cookie", "Cache-Control", "Vary"]


def test_what_changes_within_a_list_while_the_body_is_sent_is_stored(table: SessionTable, log_in: LogIn) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [TEXT])
        seen = session_of(environ).setdefault("seen", [])
        yield b"one"
        seen.append("one")

    alice = log_in("alice")
    ask(SessionMiddleware(app, table), alice)
    assert table.open([alice]).read("seen") == ["one"]


def test_after_the_first_piece_a_new_cookie_is_an_error(store: Failing, table: SessionTable) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [TEXT])
        yield b"one"
        session_of(environ).rotate("alice")

    with pytest.raises(SessionError, match="too late to send it"):
        ask(SessionMiddleware(app, table))
    assert len(store) == 0


def test_an_app_within_has_a_session_of_its_own(table: SessionTable) -> None:
    """With a table and a cookie of its own: both cookies go out, also where the one around is used afterwards."""
    admin = SessionTable(Failing(), cookie=Cookie("admin", secure=False))

    def inner(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [TEXT])
        session_of(environ)["inside"] = 1
        return [b"done"]

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        pieces = list(SessionMiddleware(inner, admin)(environ, start_response))
        session_of(environ)["outside"] = 1
        return pieces

    _, headers, _ = ask(SessionMiddleware(outer, table))
    ours, theirs = sorted((line for name, line in headers if name == "Set-Cookie"), reverse=True)
    assert dict(table.open([ours.partition(";")[0]])) == {"outside": 1}
    assert dict(admin.open([theirs.partition(";")[0]])) == {"inside": 1}


def test_write_begins_the_reply(table: SessionTable) -> None:
    """For apps from before generators: what start_response returned."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        write = start_response("200 OK", [TEXT])
        session_of(environ).rotate("alice")
        write(b"one ")
        with pytest.raises(SessionError, match="too late to send it"):
            session_of(environ).rotate("bob")
        return [b"two"]

    _, headers, body = ask(SessionMiddleware(app, table))
    assert body == b"one two"
    assert [name for name, _ in headers][1:] == ["Set-Cookie", "Cache-Control", "Vary"]


def test_an_app_may_take_back_what_it_said(table: SessionTable, log_in: LogIn) -> None:
    """With exc_info before the first piece; after it the server raises what went wrong."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [TEXT, ("X-Gone", "1")])
        if not environ["QUERY_STRING"]:
            session_of(environ).user  # noqa: B018 (to ask is what counts)
        else:
            yield b"one"
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            start_response("500 Oh", [TEXT], sys.exc_info())
        yield b"sorry"

    assert ask(SessionMiddleware(app, table), log_in("alice")) == ("500 Oh", [TEXT, *APART], b"sorry")
    with pytest.raises(ZeroDivisionError):
        ask(SessionMiddleware(app, table), QUERY_STRING="late")


def test_start_response_twice_is_a_mistake(table: SessionTable) -> None:
    def app(_: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [TEXT])
        start_response("200 OK", [TEXT])
        return []

    with pytest.raises(AssertionError, match="twice"):
        ask(SessionMiddleware(app, table))


def test_the_app_s_iterable_is_closed(table: SessionTable, log_in: LogIn) -> None:
    """And who asks in its close(), as teardown functions do, cannot harm the reply any more."""
    users: list[User | None] = []

    class Body:
        def __init__(self, session: Session) -> None:
            self.session = session

        def __iter__(self) -> Iterator[bytes]:
            yield b"done"

        def close(self) -> None:
            users.append(self.session.user)

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [TEXT])
        return Body(session_of(environ))

    assert ask(SessionMiddleware(app, table), log_in("alice")) == ("200 OK", [TEXT], b"done")
    assert users == ["alice"]


def refused(answer: Answer) -> str:
    status, headers, body = answer
    assert ("Cache-Control", "no-store") in headers
    assert ("Content-Length", str(len(body))) in headers
    names = {name for name, _ in headers}
    assert "Set-Cookie" not in names
    assert ("Retry-After" in names) == status.startswith("503")
    return status


def test_a_store_that_is_down_is_503(store: Failing, table: SessionTable, log_in: LogIn) -> None:
    alice, store.down = log_in("alice"), True
    asking = page(lambda session: session.user)
    assert refused(ask(SessionMiddleware(asking, table), alice)) == "503 Service Unavailable"
    assert ask(SessionMiddleware(asking, table), alice, REQUEST_METHOD="HEAD")[2] == b""
    assert ask(SessionMiddleware(asking, table))[0] == "200 OK"
    assert ask(SessionMiddleware(page(), table), alice) == ("200 OK", [TEXT], b"done")


def ends(table: SessionTable, environ: WSGIEnvironment) -> None:
    """Logs out elsewhere, then writes."""
    assert session_of(environ).known
    table.open([environ["HTTP_COOKIE"]]).revoke()
    session_of(environ).write("x", 1)


def test_an_error_on_the_way_is_answered_wherever_it_is_raised(table: SessionTable, log_in: LogIn) -> None:
    """In the app, while its body is made, after an empty start_response, or where a framework answered 500 itself."""
    closed: list[str] = []

    def at_once(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        ends(table, environ)
        return []

    def on_the_way(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            start_response("200 OK", [TEXT])
            ends(table, environ)
            yield b"never"
        finally:
            closed.append("on the way")

    def framework(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            ends(table, environ)
        except SessionGone:
            start_response("500 Internal Server Error", [TEXT])
        return [b"<h1>Internal Server Error</h1>"]

    def own_page(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        framework(environ, start_response)
        return [b"We are sorry. Call 555."]

    def lazy_framework(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        yield from framework(environ, start_response)

    for app in (at_once, on_the_way, framework, lazy_framework):
        assert refused(ask(SessionMiddleware(app, table), log_in("alice"))) == "409 Conflict"
    assert closed == ["on the way"]
    assert ask(SessionMiddleware(own_page, table), log_in("alice"))[2] == b"We are sorry. Call 555."


def test_an_error_after_the_reply_has_begun_goes_on_to_the_server(
    store: Failing, table: SessionTable, log_in: LogIn
) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [TEXT])
        yield b"one"
        store.down = True
        session_of(environ).write("x", 1)

    with pytest.raises(StoreUnavailable):
        ask(SessionMiddleware(app, table), log_in("alice"))
