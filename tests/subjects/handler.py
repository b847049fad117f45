"""What servers of a few lines have in common, in the manner of a tutorial: tests put it beside each of them (tiny.py)."""

import secrets
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

PEOPLE: dict[str, str] = {}
"""Who has logged in, by id."""


class Handler(BaseHTTPRequestHandler):
    """Reads forms, knows people by a cookie, and answers with a page."""

    protocol_version = "HTTP/1.1"

    def body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body()).items()}

    def sid(self) -> str:
        return self.headers.get("Cookie", "").partition("sid=")[2]

    def user(self) -> str:
        return PEOPLE.get(self.sid(), "nobody")

    def session(self, user: str) -> tuple[str, str]:
        """The header that gives this user an id."""
        sid = secrets.token_urlsafe(32)
        PEOPLE[sid] = user
        return "Set-Cookie", f"sid={sid}; Path=/"

    def reply(self, status: int, body: str, *headers: tuple[str, str], kind: str = "text/html") -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in (*headers, ("Content-Type", kind), ("Content-Length", str(len(data)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def serve(handler: type[Handler], address: str = "0.0.0.0") -> None:
    """At the port that its command names first, until it is ended."""
    ThreadingHTTPServer((address, int(sys.argv[1])), handler).serve_forever()
