"""A stand-in for phpMyAdmin on another port of this host, where the real one is not installed: it sets the same cookies.

`python -m server.neighbour --port 8085`
"""

import argparse
import secrets
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .log import Log

LANGUAGE = "pma_lang=en; Max-Age=2592000; Path=/; HttpOnly; SameSite=Strict"
BODY = b"<!doctype html><title>phpMyAdmin (stand-in)</title><p>Welcome to something that is not phpMyAdmin.\n"


class LoginPage(BaseHTTPRequestHandler):
    """One page for all paths; a new session on each visit that brings none, as phpMyAdmin's login page has it."""

    def do_GET(self) -> None:
        self.send_response(200)
        if "phpMyAdmin=" not in (self.headers.get("Cookie") or ""):
            self.send_header("Set-Cookie", f"phpMyAdmin={secrets.token_hex(16)}; Path=/; HttpOnly; SameSite=Strict")
        self.send_header("Set-Cookie", LANGUAGE)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is that of http.server
        """Quiet: nobody judges the neighbour."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(prog="python -m server.neighbour", description=__doc__)
    parser.add_argument("--port", type=int, default=8085)
    options = parser.parse_args(argv)
    with ThreadingHTTPServer(("0.0.0.0", options.port), LoginPage) as server:
        Log().listening("neighbour", server.server_port)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
