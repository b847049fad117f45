"""Serves a WSGI app from the process that holds it, on a socket that is there already: HTTP/1.1, a thread a connection.

The standard library's server, which frameworks use for their own tests, with what it lacks: connections that stay open
and an orderly end. It needs no framework, and a debugger that stops one request holds no other up.
"""

import io
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, cast
from wsgiref.handlers import SimpleHandler
from wsgiref.headers import Headers
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

PERIOD = 0.05
"""Seconds within which the server hears that it is to end."""
LAST = 5.0
"""Seconds that the thread which accepts connections may take to end, when it has been told to."""
LEFT = 1 << 20
"""Bytes of a body that the app has not read and that are read for it, so that the connection can stay open."""

type Told = Callable[[str], None]
"""Hears of each request, in a line."""


class WebServer(socketserver.ThreadingMixIn, WSGIServer):
    """One app on one socket, which is its own from now on. `start`, then `stop`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, listener: socket.socket, app: Any, told: Told) -> None:
        socketserver.BaseServer.__init__(self, listener.getsockname(), _Connection)
        self.socket, self.told = listener, told
        self.server_name, self.server_port = listener.getsockname()
        self.setup_environ()
        self.app = app
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(PERIOD,), daemon=True, name="cookielab-wsgi")

    def start(self) -> None:
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Ends it with all its connections; a request that a debugger has stopped is left to it."""
        self.shutdown()
        self.server_close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(LAST)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # that is a client who has gone
            super().handle_error(request, client_address)


class _Connection(WSGIRequestHandler):
    """One connection, request after request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: WebServer

    def handle(self) -> None:
        self.close_connection = True
        self.handle_one_request()
        while not self.close_connection:
            self.handle_one_request()

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
            return
        if len(self.raw_requestline) > 65536:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
            self.close_connection = True
            return
        if not self.parse_request():
            return
        length = self.headers.get("Content-Length", "0").strip()
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.send_error(411)  # WSGI knows bodies of a known length alone
            self.close_connection = True
            return
        body = io.BufferedReader(_Body(self.rfile, int(length)))
        answer = _Answer(body, cast(IO[bytes], self.wfile), self.get_stderr(), self.get_environ(), multithread=True)
        answer.request_handler = self
        if self.command == "HEAD":
            self.close_connection = True  # should the app send a body all the same
        answer.run(self.server.app)
        if not self.close_connection:
            body.read(LEFT)
            self.close_connection = bool(body.read(1))

    def get_environ(self) -> Any:
        return super().get_environ() | {"REMOTE_PORT": str(self.client_address[1])}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is called there
        self.server.told(f"{self.client_address[0]}:{self.client_address[1]} {format % args}")


class _Answer(ServerHandler):
    """One reply. What has no length ends with its connection."""

    http_version = "1.1"
    request_handler: _Connection
    headers: Headers
    status: str | None
    bytes_sent: int

    def cleanup_headers(self) -> None:
        super().cleanup_headers()
        if "Content-Length" not in self.headers or self.headers.get("Connection", "").lower() == "close":
            self.request_handler.close_connection = True
        if self.request_handler.close_connection:
            self.headers["Connection"] = "close"

    def log_exception(self, exc_info: Any) -> None:
        self.request_handler.close_connection = True
        super().log_exception(exc_info)

    def close(self) -> None:
        status = self.status.split(" ", 1)[0] if self.status else "-"
        self.request_handler.log_request(status, self.bytes_sent)
        SimpleHandler.close(self)


class _Body(io.RawIOBase):
    """So many bytes of what comes in, and then the end."""

    def __init__(self, source: Any, length: int) -> None:
        self._source, self._left = source, length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read1(min(len(buffer), self._left)) if self._left else b""
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)
