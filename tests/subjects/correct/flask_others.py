"""Flask apps that are correct in ways that are seldom seen."""

import secrets
import time
from datetime import timedelta
from threading import RLock
from typing import Any

from flask import Flask, g, request
from werkzeug.serving import WSGIRequestHandler

from .flask_shop import Shop


class Renewing(Shop):
    """The cookie lasts for an hour, and is sent anew with every reply."""

    def settings(self) -> dict[str, Any]:
        lasting = {"SESSION_PERMANENT": True, "SESSION_REFRESH_EACH_REQUEST": True}
        return super().settings() | lasting | {"PERMANENT_SESSION_LIFETIME": timedelta(hours=1)}


class OwnTable(Shop):
    """Sessions in a dict of its own, found by a cookie."""

    def keep_sessions(self, app: Flask) -> None:
        self.table: dict[str, str | None] = {}
        self.lock = RLock()
        app.before_request(self.find)
        app.after_request(self.tell)

    def claimed(self) -> str | None:
        return request.cookies.get("sid")

    def find(self) -> None:
        claimed = self.claimed()
        with self.lock:
            g.id = claimed if claimed in self.table else None
            g.user = self.table[g.id] if g.id else None

    def tell(self, response: Any) -> Any:
        if g.get("fresh"):
            self.give(response, g.fresh)
        return response

    def give(self, response: Any, id_: str) -> None:
        response.set_cookie("sid", id_, httponly=True, samesite="Lax")

    def who(self) -> str | None:
        return g.user

    def enter(self, user: str) -> None:
        with self.lock:
            self.table.pop(g.id or "", None)
            g.fresh = g.id = secrets.token_urlsafe(24)
            self.table[g.id] = g.user = user

    def leave(self) -> None:
        with self.lock:
            self.table.pop(g.id or "", None)
        g.user = None


class Rotating(OwnTable):
    """A new id with every reply to a page. The one before it is good for ten seconds more, for what is under way."""

    GRACE = 10.0

    def keep_sessions(self, app: Flask) -> None:
        super().keep_sessions(app)
        self.retired: dict[str, tuple[float, str]] = {}
        self.family: dict[str, str] = {}  # an id, and the login that it comes from

    def find(self) -> None:
        claimed = self.claimed()
        with self.lock:
            g.id = g.user = None
            login = self.family.get(claimed or "")
            if login is None or login not in self.table:
                return
            until = self.retired.get(claimed or "", (float("inf"), ""))[0]
            if time.monotonic() > until:
                return
            g.id, g.user = claimed, self.table[login]
            if request.method == "GET" and claimed not in self.retired:
                g.fresh = secrets.token_urlsafe(24)
                self.family[g.fresh] = login
                self.retired[g.id] = (time.monotonic() + self.GRACE, g.fresh)

    def enter(self, user: str) -> None:
        with self.lock:
            self.table.pop(self.family.get(g.id or "", ""), None)
            g.fresh = g.id = secrets.token_urlsafe(24)
            self.family[g.id] = g.id
            self.table[g.id] = g.user = user

    def leave(self) -> None:
        with self.lock:
            self.table.pop(self.family.get(g.id or "", ""), None)
        g.user = g.fresh = None


class TwoCookies(OwnTable):
    """The id is in two cookies, half of it in each; one half alone is nobody's."""

    def claimed(self) -> str | None:
        return request.cookies.get("sid_a", "") + request.cookies.get("sid_b", "")

    def give(self, response: Any, id_: str) -> None:
        for name, half in (("sid_a", id_[:16]), ("sid_b", id_[16:])):
            response.set_cookie(name, half, httponly=True, samesite="Lax")


class OldHTTP(WSGIRequestHandler):
    """HTTP/1.0: the server closes the connection after each reply."""

    protocol_version = "HTTP/1.0"
