"""A small app on http.server and the session table: what is killed, again and again."""

import json
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from sessiontable import SessionTable, Store
from sessiontable.httpserver import SessionMixin
from tests.plain import SID


class App(SessionMixin, BaseHTTPRequestHandler):
    """GET /login?user=, /write?name=&value=, /read, /logout. Each reply tells whose session this is and all values."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        url, session = urlsplit(self.path), self.session
        asked = dict(parse_qsl(url.query))
        match url.path:
            case "/login":
                session.rotate(asked["user"])
                session.write("canary", asked["user"])
            case "/write":
                session.write(asked["name"], int(asked["value"]))
            case "/logout":
                session.revoke()
        body = json.dumps({"user": session.user, "values": {name: session.read(name) for name in session.names()}})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class named it)
        pass


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is none of ours; all else goes on to stderr."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def serve(store: Store, door: socket.socket) -> None:
    """Answers what comes in at a socket that others may listen on as well, until the process is killed."""
    handler = type("Bound", (App,), {"session_table": SessionTable(store, cookie=SID)})
    server = _Server(("", 0), handler, bind_and_activate=False)
    server.socket.close()
    server.socket = door
    server.serve_forever()
