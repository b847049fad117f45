"""The server of app objects: HTTP/1.1 on a socket that is there already, a thread a connection."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

from cookielab.subjects.webserver import WebServer
from tests.labs import until

type App = Callable[..., Any]


def echo(environ: Any, start_response: Any) -> list[bytes]:
    """What came, in words; `/big` reads nothing of it, `/wrong` fails, `/late` fails in the middle."""
    path = environ["PATH_INFO"]
    if path == "/wrong":
        raise ValueError("wrong")
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (word for word in (b"one ", b"two"))  # type: ignore[return-value]
    if path == "/late":
        return late(start_response)  # type: ignore[return-value]
    body = b"" if path == "/unread" else environ["wsgi.input"].read()
    words = [
        environ["REQUEST_METHOD"],
        str(len(body)),
        environ["REMOTE_ADDR"],
        environ["REMOTE_PORT"],
        environ.get("HTTP_COOKIE", "-"),
    ]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join(words).encode()]


def late(start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Length", "10")])
    yield b"half "
    raise ValueError("wrong")


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def server(told: list[str]) -> Iterator[WebServer]:
    server = WebServer(socket.create_server(("127.0.0.1", 0)), echo, told.append)
    server.start()
    yield server
    if server.running:
        server.stop()


@pytest.fixture
def link(server: WebServer) -> Iterator[HTTPConnection]:
    link = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    yield link
    link.close()


def ask(
    link: HTTPConnection, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, str, str | None]:
    """Status, body, and what the reply says of the connection."""
    link.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    reply = link.getresponse()
    return reply.status, reply.read().decode(), reply.getheader("Connection")


def test_a_connection_stays_open_for_many_requests(link: HTTPConnection, told: list[str]) -> None:
    """The app sees the caller's address and port, the same for all of them; each is told in a line."""
    link.connect()
    host, port = link.sock.getsockname()
    assert ask(link, "GET", "/", Cookie="a=1") == (200, f"GET 0 {host} {port} a=1", None)
    assert ask(link, "POST", "/", b"x" * 3_000_000) == (200, f"POST 3000000 {host} {port} -", None)
    assert ask(link, "GET", "/") == (200, f"GET 0 {host} {port} -", None)
    until(lambda: len(told) == 3, "the last one is told")
    assert told == [
        f'{host}:{port} "GET / HTTP/1.1" 200 {len(f"GET 0 {host} {port} a=1")}',
        f'{host}:{port} "POST / HTTP/1.1" 200 {len(f"POST 3000000 {host} {port} -")}',
        f'{host}:{port} "GET / HTTP/1.1" 200 {len(f"GET 0 {host} {port} -")}',
    ]


def test_what_the_app_does_not_read_is_not_the_next_request(link: HTTPConnection) -> None:
    """A little is read for it; where it is much the connection ends."""
    link.connect()
    before = link.sock.getsockname()
    assert ask(link, "POST", "/unread", b"GET /wrong HTTP/1.1\r\n\r\n")[:1] == (200,)
    assert ask(link, "GET", "/")[:1] == (200,)
    assert link.sock.getsockname() == before
    status, _, _ = ask(link, "POST", "/unread", b"x" * (1 << 20) + b"GET /wrong HTTP/1.1\r\n\r\n")
    assert status == 200
    link.close()
    assert ask(link, "GET", "/")[0] == 200


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        ("/stream", (200, "one two", "close")),
        ("/wrong", (500, "A server error occurred.  Please contact the administrator.", "close")),
    ],
)
def test_a_reply_without_a_length_ends_its_connection(
    link: HTTPConnection, path: str, reply: tuple[int, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As does one of an app that fails, whose traceback goes to stderr."""
    assert ask(link, "GET", path) == reply
    assert link.sock is None
    assert ("ValueError: wrong" in capsys.readouterr().err) is (path == "/wrong")


def test_an_app_that_fails_in_the_middle_is_cut_off(server: WebServer, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as sock:
        sock.sendall(b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
        data = b""
        while piece := sock.recv(4096):
            data += piece
    assert data.endswith(b"\r\n\r\nhalf ")
    assert "ValueError: wrong" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"411"),
        (b"GET /" + b"x" * 65_532, b"414"),
        (b"GET / HTTP/1.0\r\n\r\n", b"200"),
        (b"HEAD / HTTP/1.1\r\n\r\n", b"200"),
    ],
)
def test_what_ends_a_connection(server: WebServer, request_: bytes, status: bytes) -> None:
    """A body of unknown length, a line without end, an old client; whatever it is, the next one is served."""
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as sock:
            sock.sendall(request_)
            data = b""
            while piece := sock.recv(4096):
                data += piece
        assert data.split(b" ", 2)[1] == status


def test_one_that_hangs_holds_no_other_up_and_the_end_is_an_end(told: list[str]) -> None:
    """All connections end with the server, idle ones and one in whose request the app still is."""
    gate, inside = threading.Event(), threading.Event()

    def app(environ: Any, start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/hang":
            inside.set()
            gate.wait(30)
        return echo(environ, start_response)

    server = WebServer(socket.create_server(("127.0.0.1", 0)), app, told.append)
    server.start()
    place = ("127.0.0.1", server.server_port)
    with socket.create_connection(place, timeout=10) as hanging, socket.create_connection(place, timeout=10) as idle:
        hanging.sendall(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
        assert inside.wait(10)
        link = HTTPConnection(*place, timeout=10)
        assert ask(link, "GET", "/")[0] == 200
        link.close()
        server.stop()
        assert not server.running
        assert hanging.recv(1) == b""
        assert idle.recv(1) == b""
        gate.set()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place, timeout=10)
    until(
        lambda: not any("process_request_thread" in thread.name for thread in threading.enumerate()),
        "its threads have ended",
    )
