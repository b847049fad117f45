"""Run it with `python http_server.py 8000`."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sessiontable import Cookie, SessionTable
from sessiontable.httpserver import SessionMixin
from sessiontable.sqlite import SQLiteStore


class Page(SessionMixin, BaseHTTPRequestHandler):
    session_table = SessionTable(
        SQLiteStore(os.environ.get("SESSIONS", "sessions.db")), cookie=Cookie("sid", secure=False)
    )
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        visits = self.session.update("visits", lambda before: (before or 0) + 1)
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        match self.command, self.path:
            case "POST", "/login":  # where the password has been checked
                self.session.rotate(text)
            case "POST", "/note":
                self.session["note"] = text
            case "POST", "/others" if self.session.user:
                self.session_table.revoke_all(self.session.user, but=self.session)
            case "POST", "/logout":
                self.session.revoke()
        answer = {"user": self.session.user, "visits": visits, "note": self.session.get("note")}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 (the name that http.server calls)


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Page) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
