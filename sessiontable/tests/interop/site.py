"""A site of ours for clients to visit. What it does is the last part of the path, so that it does so under every path.

`drive?do=login&do=who` is a page whose script does these things one after another, and reports what a script can see.
"""

import json
from http.server import BaseHTTPRequestHandler
from queue import Queue
from typing import Any
from urllib.parse import urlsplit

from sessiontable import Cookie, MemoryStore, SessionTable
from sessiontable.httpserver import SessionMixin

HOST = "app.shop.example.test"
PATH = "/shop/basket/"
PLACES = [
    "Path=/shop",
    "Path=/shop/",
    "Path=/shop/basket",
    "Path=/shop/basket/",
    "Path=/shop/basket/who",
    f"Path=/; Domain={HOST}",
    f"Path=/shop; Domain={HOST}",
    "Path=/; Domain=shop.example.test",
    "Path=/shop/basket; Domain=shop.example.test",
    "Path=/; Domain=example.test",
    "Path=/shop/; Domain=.example.test",
]
"""Where a neighbour, or a script of his, can have set a cookie of our name so that it comes along here."""

MADE_UP = "E" * 43
"""In the form of an id, but nobody issued it."""

PAGE = """<!doctype html><link rel="icon" href="data:,"><script type="module">
const seen = [];
for (const what of new URLSearchParams(location.search).getAll("do")) {
  const script = what.startsWith("script:");
  if (script) document.cookie = what.slice(7);
  const reply = script ? {} : await (await fetch(what)).json();
  seen.push({...reply, script: document.cookie});
}
await fetch("report", {method: "POST", body: JSON.stringify(seen)});
</script>"""


class Site(SessionMixin, BaseHTTPRequestHandler):
    """One per test, as a subclass made by `site`."""

    cookie: Cookie
    reports: "Queue[list[dict[str, Any]]]"
    mallory: str
    """The value of a living session's cookie."""

    def do_GET(self) -> None:
        match urlsplit(self.path).path.rpartition("/")[2]:
            case "login":
                self.session.rotate("alice")
                self._reply()
            case "logout":
                self.session.revoke()
                self._reply()
            case "who":
                self._reply(user=self.session.user)
            case "plant" | "plant-mallory" as what:
                value = self.mallory if what == "plant-mallory" else MADE_UP
                lines = [f"{self.cookie.wire_name}={value}; {place}" for place in PLACES]
                secure = "; Secure" if self.cookie.secure else ""
                self._reply(*(line + secure for line in lines))
            case "drive":
                self._send("text/html", PAGE)
            case _:
                self.send_error(404)

    def do_POST(self) -> None:
        self.reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._reply()

    def _reply(self, *set_cookies: str, **said: object) -> None:
        sent = self.cookie.candidates(self.headers.get_all("Cookie", []))
        self._send("application/json", json.dumps({"sent": sent, **said}), *set_cookies)

    def _send(self, kind: str, text: str, *set_cookies: str) -> None:
        self.send_response(200)
        for line in set_cookies:
            self.send_header("Set-Cookie", line)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class named it)
        pass


def site(cookie: Cookie) -> type[Site]:
    """A handler with a table of its own."""
    table = SessionTable(MemoryStore(), cookie=cookie)
    session = table.open([])
    session.rotate("mallory")
    mallory = session.set_cookies[0].partition(";")[0].partition("=")[2]
    members = {"session_table": table, "cookie": cookie, "reports": Queue(), "mallory": mallory}
    return type("ThisSite", (Site,), members)
