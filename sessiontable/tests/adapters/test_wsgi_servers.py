"""The WSGI middleware on the servers that people use."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
import waitress.server  # type: ignore[import-untyped]
import werkzeug.serving

from sessiontable import SessionTable
from sessiontable.wsgi import KEY, SessionMiddleware

from .conftest import LogIn


def raw(port: int, *lines: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest("GET", "/")
        for line in lines:
            connection.putheader("Cookie", line)
        connection.endheaders()
        return connection.getresponse().read()
    finally:
        connection.close()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class named it)
        pass


class _QuietWerkzeug(werkzeug.serving.WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (the base class named it)
        pass


@contextmanager
def serving(kind: str, app: WSGIApplication) -> Iterator[int]:
    """The app on a real server; its port."""
    server: Any
    if kind == "wsgiref":
        server = make_server("127.0.0.1", 0, app, handler_class=_Quiet)
    elif kind == "werkzeug":
        server = werkzeug.serving.make_server("127.0.0.1", 0, app, request_handler=_QuietWerkzeug)
    else:
        server = waitress.server.create_server(app, host="127.0.0.1", port=0, threads=1)
    port = server.effective_port if kind == "waitress" else server.server_port
    thread = threading.Thread(target=server.run if kind == "waitress" else lambda: server.serve_forever(0.02))
    thread.start()
    try:
        yield port
    finally:
        if kind == "waitress":
            server.trigger.pull_trigger(server.close)
        else:
            server.shutdown()
            server.server_close()
        thread.join()


@pytest.mark.parametrize("kind", ["wsgiref", "werkzeug", "waitress"])
def test_two_lines_that_a_server_has_joined_with_a_comma_are_nobody_s(
    kind: str, table: SessionTable, log_in: LogIn
) -> None:
    """They look like one cookie that holds a comma; gunicorn does so, too. Browsers send one line, HTTP/2 servers join by ';'."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        body = str(environ[KEY].user).encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    alice = log_in("alice")
    with serving(kind, SessionMiddleware(app, table)) as port:
        assert raw(port, f"theme=dark; lang=de; {alice}") == b"alice"
        assert raw(port, f"{alice}; theme=dark") == b"alice"
        assert raw(port, "theme=dark; lang=de", alice) in {b"None", b"alice"}
        assert raw(port, alice, "theme=dark; lang=de") in {b"None", b"alice"}
