"""The mixin for http.server, over real sockets, octet by octet."""

import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

import pytest

from sessiontable import Session, SessionTable
from sessiontable.httpserver import SessionMixin
from tests.serving import http_server

from .conftest import Failing, LogIn


class Page(SessionMixin, BaseHTTPRequestHandler):
    """Does what the test says, then answers with `own` header lines."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    work: ClassVar[Any]
    own: ClassVar[list[tuple[str, str]]]
    logged: ClassVar[list[str]]

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.work(self.session)
            self.send_error(404)
            return
        if self.path == "/hints":
            self.work(self.session)
            self.send_response_only(103)
            self.send_header("Link", "</style.css>; rel=preload")
            self.end_headers()
        if self.path == "/prepared":
            self.send_response(200)
            self.send_header("X-Prepared", "1")
        if self.path not in {"/plain", "/hints"}:
            self.work(self.session)
        if self.path != "/prepared":
            self.send_response(200)
        body = str(self.session.user if self.path != "/plain" else "plain").encode()
        for line in [*self.own, ("Content-Length", str(len(body)))]:
            self.send_header(*line)
        self.end_headers()
        if self.path == "/late":
            self.session.write("x", 1)
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_POST = do_GET  # noqa: N815 (the names that http.server calls)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class named it)
        self.logged.append(format % args)


@pytest.fixture
def page(table: SessionTable) -> type[Page]:
    class Own(Page):
        session_table = table
        work = staticmethod(lambda _: None)
        own: ClassVar[list[tuple[str, str]]] = []
        logged: ClassVar[list[str]] = []

    return Own


@pytest.fixture
def ask(page: type[Page]) -> Iterator[Callable[..., list[bytes]]]:
    """All replies to requests that are sent down one connection, told apart by their status lines."""
    with http_server(page) as port:

        def ask(*requests: str) -> list[bytes]:
            with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                connection.sendall("".join(requests).encode("latin-1"))
                connection.shutdown(socket.SHUT_WR)
                got = b""
                while part := connection.recv(65536):
                    got += part
            return [b"HTTP/1." + reply for reply in got.split(b"HTTP/1.")[1:]] or [got]

        yield ask


def get(*lines: str, path: str = "/", method: str = "GET", version: str = "HTTP/1.1") -> str:
    return "\r\n".join([f"{method} {path} {version}", "Host: www.shop.test", *lines, "", ""])


def names(reply: bytes) -> list[str]:
    """The names of the header lines that are the session's affair."""
    lines = reply.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return [
        line for line in lines if line.split(":")[0].lower() in {"set-cookie", "cache-control", "vary", "retry-after"}
    ]


APART = ["Cache-Control: no-store", "Vary: Cookie"]
type Ask = Callable[..., list[bytes]]


def test_each_request_of_a_connection_has_a_session_of_its_own(ask: Ask, log_in: LogIn) -> None:
    """http.server keeps one handler for all of them: whoever comes next through the same proxy is somebody else."""
    requests = [get("Cookie: " + log_in("alice")), get(), get("Cookie: " + log_in("bob")), get(path="/plain")]
    replies = ask(*requests)
    assert [reply.rpartition(b"\r\n\r\n")[2] for reply in replies] == [b"alice", b"None", b"bob", b"plain"]
    assert [names(reply) for reply in replies] == [APART] * 3 + [[]]


def test_a_bad_request_says_nothing_of_the_one_before(ask: Ask, page: type[Page]) -> None:
    """http.server still has the headers of the login before, whose reply lines are not said again."""
    page.work = staticmethod(lambda session: session.rotate("alice"))
    login, bad = ask(get(), get(*(f"X-{number}: 1" for number in range(150))))
    assert b" 200 " in login.partition(b"\r\n")[0]
    assert b" 431 " in bad.partition(b"\r\n")[0]
    assert names(bad) == []


def test_all_cookie_lines_count(ask: Ask, log_in: LogIn) -> None:
    """Split, with octets that are no UTF-8, and with a planted one, which is removed where it is likely to be."""
    alice = log_in("alice")
    split, octets, planted = ask(
        get("Cookie: theme=dark", f"Cookie: {alice}"),
        get(f"Cookie: x=\xff; {alice}"),
        get(f"Cookie: {log_in('mallory')}", f"Cookie: {alice}", path="/note?x=1"),
    )
    assert all(reply.endswith(b"alice") for reply in (split, octets))
    assert not planted.endswith(b"alice")
    removed = [line for line in names(planted) if "Max-Age=0" in line]
    assert [line for line in removed if "Path=/note;" in line and "Domain=shop.test" in line]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ([("cache-control", "public"), ("Cache-Control", "max-age=60")], APART),
        ([("Cache-Control", "private")], ["Cache-Control: private", "Vary: Cookie"]),
        ([("Vary", "Accept")], ["Vary: Accept", *APART]),
    ],
)
def test_the_reply_s_own_lines(
    ask: Ask, page: type[Page], own: list[tuple[str, str]], expected: list[str], log_in: LogIn
) -> None:
    """Cache-Control is replaced where it would let a shared cache keep the reply; a page that asks nothing keeps it."""
    page.own = own
    session, plain = ask(get(f"Cookie: {log_in('alice')}"), get(path="/plain"))
    assert sorted(names(session)) == sorted(expected)
    values = ", ".join(value for name, value in own if name.lower() == "cache-control")
    assert [line for line in names(plain) if "Cache" in line] == ([f"Cache-Control: {values}"] if values else [])


def test_replies_of_every_kind_carry_them(ask: Ask, page: type[Page]) -> None:
    """HEAD, HTTP/1.0, an error page; and a reply that only comes before the reply does not."""
    page.work = staticmethod(lambda session: session.rotate("alice"))
    for request in (get(method="HEAD"), get(version="HTTP/1.0"), get(path="/missing")):
        (reply,) = ask(request)
        assert [line.split(":")[0] for line in names(reply)] == ["Set-Cookie", "Cache-Control", "Vary"]
    early, reply = ask(get(path="/hints"))
    assert b" 103 " in early.partition(b"\r\n")[0]
    assert names(early) == []
    assert len(names(reply)) == 3
    going_on, reply = ask(get("Expect: 100-continue"))
    assert (names(going_on), len(names(reply))) == ([], 3)


def test_http_0_9_has_no_header_lines(ask: Ask) -> None:
    assert ask("GET /plain\r\n") == [b"plain"]


def refused(reply: bytes) -> bytes:
    """The status of a refusal, which is a whole reply and the last one of its connection."""
    head, _, body = reply.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"Connection: close" in head
    assert b"X-Prepared" not in head
    status = head.split(b" ")[1]
    assert sorted(names(reply)) == ["Cache-Control: no-store"] + ["Retry-After: 5"] * (status == b"503")
    return status


@pytest.mark.parametrize("path", ["/", "/prepared"])
def test_a_store_that_is_down_is_503(ask: Ask, store: Failing, page: type[Page], log_in: LogIn, path: str) -> None:
    """A page that asks nothing needs no store. The log says why."""
    alice, store.down = log_in("alice"), True
    (reply,) = ask(get(f"Cookie: {alice}", path=path))
    assert refused(reply) == b"503"
    assert "the store is down: start it" in page.logged
    assert ask(get(f"Cookie: {alice}", path="/plain"))[0].endswith(b"plain")


@pytest.mark.parametrize("path", ["/", "/prepared"])
def test_a_session_that_ended_is_409(ask: Ask, page: type[Page], table: SessionTable, log_in: LogIn, path: str) -> None:
    """What the handler had prepared is not sent, and what comes behind an unread body is not taken for a request."""
    alice = log_in("alice")

    def work(session: Session) -> None:
        assert session.known
        table.open([alice]).revoke()
        session.write("x", 1)

    page.work = staticmethod(work)
    (reply,) = ask(get(f"Cookie: {alice}", "Content-Length: 500", path=path, method="POST"), get(path="/plain"))
    assert refused(reply) == b"409"


def test_a_head_request_is_refused_without_a_body(ask: Ask, store: Failing, log_in: LogIn) -> None:
    alice, store.down = log_in("alice"), True
    (reply,) = ask(get(f"Cookie: {alice}", method="HEAD"))
    assert reply.endswith(b"\r\n\r\n")
    assert b"503" in reply


def test_what_comes_too_late_is_no_second_reply(ask: Ask, page: type[Page], store: Failing) -> None:
    """A first write after the header is out: nothing is stored, and the connection breaks as for any fault."""
    failed: list[BaseException | None] = []

    original = page.handle_one_request

    def seen(self: Page) -> None:
        try:
            original(self)
        except Exception as error:
            failed.append(error)
            self.close_connection = True

    page.handle_one_request = seen  # type: ignore[method-assign,assignment]
    (reply,) = ask(get(path="/late"))
    assert str(failed[0]).startswith("a new session cookie is needed after the reply had begun")
    assert len(store) == 0
    assert reply.count(b"HTTP/1.1") == 1
