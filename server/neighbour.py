"""Another application on another port of this host: a stand-in for phpMyAdmin, or one whose cookies are called like ours.

`python -m server.neighbour --port 8085`              sets the cookies that phpMyAdmin sets
`python -m server.neighbour --sets session sid=evil`  an id of its own in a cookie of that name, and this very cookie
"""

import argparse
import secrets
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .log import Log

REST = "path=/; HttpOnly; SameSite=Strict"
BODY = b"<!doctype html><title>phpMyAdmin (stand-in)</title><p>Welcome to something that is not phpMyAdmin.\n"


class LoginPage(BaseHTTPRequestHandler):
    """One page for all paths. As with phpMyAdmin, whoever is not logged in there gets a new session on each visit."""

    sets: tuple[str, ...] = ()
    """Cookies to set instead, a name or a name with its value; none are phpMyAdmin's."""

    def do_GET(self) -> None:
        self.send_response(200)
        if not self.sets and "pma_lang=" not in self.headers.get("Cookie", ""):
            self.send_header("Set-Cookie", f"pma_lang=en; Max-Age=2592000; {REST}")
        for cookie in self.sets or ("phpMyAdmin",):
            name, _, value = cookie.partition("=")
            self.send_header("Set-Cookie", f"{name}={value or secrets.token_hex(13)}; {REST}")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is that of http.server
        """Quiet: nobody judges the neighbour."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(
        prog="python -m server.neighbour", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=8085)
    parser.add_argument("--sets", nargs="+", default=[], metavar="NAME[=VALUE]", help="the cookies that it sets")
    options = parser.parse_args(argv)
    page = type("Page", (LoginPage,), {"sets": tuple(options.sets)})
    with ThreadingHTTPServer(("0.0.0.0", options.port), page) as server:
        Log().listening("neighbour", server.server_port)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
