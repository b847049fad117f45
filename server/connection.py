"""From bytes on a socket to a `Request`, and from a `Reply` to bytes; HTTP/1.1 with keep-alive, on http.server.

http.server uses one object for all requests of a connection, so an attribute set in one is still there in the next.
Here it keeps nothing of a request: all of that is in a `Request` that lives as long as the reply takes. The one thing that
stays is an empty drawer, for handlers that take a connection for a person.
"""

import select
import socket
import socketserver
import sys
import traceback
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BufferedReader
from typing import Any, cast
from urllib.parse import urlsplit

from sessiontable import SessionGone, StoreUnavailable

from .log import Log
from .message import Cancelled, Refused, Reply, Request, endpoint, json_reply

LONGEST_BODY = 64 * 1024
LONGEST_ANNOUNCEMENT = 107
"""Bytes of a line of the PROXY protocol, version 1: https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt"""
_DRAINED = 1024 * 1024


type Answer = Callable[[Request], Reply]


class Connection(BaseHTTPRequestHandler):
    """Reads requests off one connection and has them answered. `name` is the handler's, for the log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120  # seconds of silence on a kept-alive connection

    def __init__(self, name: str, answer: Answer, log: Log, *accepted: Any) -> None:
        self._name, self._answer, self._log = name, answer, log
        self._drawer: dict[str, str] = {}
        self._announced = ""
        super().__init__(*accepted)

    def handle(self) -> None:
        """A connection may begin with a line of the PROXY protocol: from whom the proxy got it. Whoever sends it."""
        try:
            rfile = cast(BufferedReader, self.rfile)  # it is one, as nothing else has been asked for
            if rfile.peek(6).startswith(b"PROXY "):
                words = rfile.readline(LONGEST_ANNOUNCEMENT).decode("latin-1").split()
                self._announced = words[2] if len(words) == 6 else ""
        except OSError:  # silence, or a client that has gone
            return
        super().handle()

    def _respond(self) -> None:
        try:
            request = self._read()
        except Refused as refused:
            self.close_connection = True  # where the next request would begin is uncertain
            self._send(self._error(refused.status, refused.error))
            return
        try:
            reply = self._answer(request)
        except (SessionGone, StoreUnavailable):
            raise  # for the mixin of the session table
        except Cancelled:
            self.close_connection = True
            return
        except Exception:  # a fault of one request must not end the server, nor stay unseen
            traceback.print_exc(file=sys.stderr)
            self.close_connection = True
            reply = self._error(500, "the server failed; its stderr says why")
        self._send(reply, request.cookie_lines)

    def decline(self, status: int, error: str) -> None:
        """Sends a reply that recognises nobody, and says why."""
        self._send(self._error(status, error), tuple(self.headers.get_all("Cookie", [])))

    # the names that http.server calls
    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _respond  # noqa: N815

    def _read(self) -> Request:
        """The request with its body. Raises Refused if it cannot be told where it ends, or if it is too large."""
        body = self._body()
        headers = self.headers
        try:
            path = urlsplit(self.path).path or "/"
        except ValueError as error:
            raise Refused(400, f"the address {self.path!r} cannot be read: {error}") from error
        return Request(
            method=self.command,
            path=path,
            client=self._client,
            host=headers.get("Host", ""),
            port=self.connection.getsockname()[1],
            cookie_lines=tuple(headers.get_all("Cookie", [])),
            accept=", ".join(headers.get_all("Accept", [])).lower(),
            content_type=headers.get("Content-Type", "").lower(),
            body=body,
            headers=tuple(headers.items()),
            announced=self._announced,
            connection=self._drawer,
            gone=self._gone,
        )

    def _gone(self) -> bool:
        """Whether the other side has closed the connection; a next request that waits there says that it has not."""
        waiting = select.poll()
        waiting.register(self.connection, select.POLLIN)
        try:
            return bool(waiting.poll(0)) and not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    @property
    def _client(self) -> tuple[str, int]:
        """Where the request comes from. Where one socket takes both protocols, IPv4 addresses come in IPv6's clothes."""
        host, port = self.client_address[:2]
        return str(host).removeprefix("::ffff:"), port

    def _body(self) -> bytes:
        if self.headers.defects:
            raise Refused(400, f"a header line cannot be read: {type(self.headers.defects[0]).__name__}")
        if "Transfer-Encoding" in self.headers:
            raise Refused(501, "Transfer-Encoding is not understood: send the body with a Content-Length")
        lengths = set(self.headers.get_all("Content-Length", ["0"]))
        text = lengths.pop()
        if lengths or not (text.isascii() and text.isdigit()) or len(text) > 18:
            raise Refused(400, f"Content-Length {text[:40]!r} is not one number")
        length = int(text)
        if length > LONGEST_BODY:
            self.rfile.read(min(length, _DRAINED))  # else the client, still sending, sees a reset and no reply
            raise Refused(413, f"the body has {length} bytes: {LONGEST_BODY} are allowed")
        body = self.rfile.read(length)
        if len(body) < length:
            raise Refused(400, f"the body ended after {len(body)} of {length} bytes")
        return body

    def _error(self, status: int, error: str) -> Reply:
        who = {"handler": self._name, "identity": None, "known": False, "user": None}
        return json_reply(status, {**who, "seen_from": endpoint(self._client), "error": error})

    def _send(self, reply: Reply, cookie_lines: tuple[str, ...] = ()) -> None:
        # Logged first: whoever has the reply finds its line.
        method, path, *_ = [*self.requestline.split(maxsplit=2), "", ""]
        self._log.request(
            handler=self._name,
            client=endpoint(self._client),
            method=method,
            path=path,
            cookies=cookie_lines,
            identity=reply.identity,
            known=reply.known,
            user=reply.user,
            status=reply.status,
        )
        date = self.date_time_string()
        self.wfile.write(reply.encode(date=date, closing=self.close_connection, with_body=method != "HEAD"))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself refuses (an unreadable request line, too many headers) gets a reply like all others."""
        self.close_connection = True
        self._send(self._error(code, message or HTTPStatus(code).phrase))

    def log_message(self, *_: object) -> None:
        """Quiet: the log has its own lines."""


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A port that is listened on, each connection in a thread of its own.

    Not http.server's HTTPServer: that one asks the DNS for the host's name, which can take seconds in a lab without DNS.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, host: str, port: int, connection: Callable[..., socketserver.BaseRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), connection)
        except OSError as error:
            raise OSError(error.errno, f"cannot listen at {endpoint((host, port))}, {error.strerror}") from error

    @property
    def port(self) -> int:
        """The port in use, also where 0 was asked for."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in mid-reply is its own affair; anything else is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            traceback.print_exc(file=sys.stderr)
