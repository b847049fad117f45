"""The article's server, byte for byte."""

import re
import socket

from tests.unit.server.running import Running

FIRST_VISIT = (
    rb"HTTP/1\.0 200 OK\r\n"
    rb"Server: BaseHTTP/[^\r]+\r\n"
    rb"Date: [^\r]+ GMT\r\n"
    rb"Set-Cookie: mycookie=213a238d8; Max-Age=50000\r\n"
    rb"\r\n"
)


def exchange(port: int, request: bytes) -> bytes:
    """All that the server sends until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_first_visit(servers: Running) -> None:
    """HTTP/1.0, the constant cookie, no body, and the connection closes, keep-alive or not."""
    port = servers.handler("as_published")
    assert re.fullmatch(FIRST_VISIT, exchange(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"))


def test_second_visit(servers: Running) -> None:
    """Not a single byte, only the end of the connection."""
    port = servers.handler("as_published")
    assert exchange(port, b"GET / HTTP/1.1\r\nHost: x\r\nCookie: mycookie=213a238d8\r\n\r\n") == b""


def test_any_cookie_header_counts_as_already_set(servers: Running) -> None:
    """phpMyAdmin's cookies, or an empty header: no reply, and our cookie is never set."""
    port = servers.handler("as_published")
    assert exchange(port, b"GET / HTTP/1.0\r\nCookie: pma_lang=en; phpMyAdmin=abc\r\n\r\n") == b""
    assert exchange(port, b"GET / HTTP/1.0\r\nCookie:\r\n\r\n") == b""


def test_any_path_is_the_same(servers: Running) -> None:
    port = servers.handler("as_published")
    assert re.fullmatch(FIRST_VISIT, exchange(port, b"GET /healthz?x HTTP/1.0\r\n\r\n"))


def test_get_is_all_it_knows(servers: Running) -> None:
    port = servers.handler("as_published")
    assert exchange(port, b"POST /login HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 501 ")
    assert exchange(port, b"nonsense\r\n").startswith(b"<!DOCTYPE HTML>")  # http.server takes it for HTTP/0.9


def test_every_request_has_its_log_line(servers: Running) -> None:
    """Also the one that gets no reply (status null), and the ones that are refused."""
    port = servers.handler("as_published")
    exchange(port, b"GET /a HTTP/1.0\r\n\r\n")
    exchange(port, b"GET /b HTTP/1.0\r\nCookie: x=1\r\nCookie: y=2\r\n\r\n")
    exchange(port, b"POST /c HTTP/1.0\r\n\r\n")
    exchange(port, b"nonsense\r\n")
    lines = [[line[key] for key in ("method", "path", "cookies", "known", "status")] for line in servers.log]
    assert lines == [
        ["GET", "/a", [], False, 200],
        ["GET", "/b", ["x=1", "y=2"], True, None],
        ["POST", "/c", [], False, 501],
        ["nonsense", "", [], False, 400],
    ]
