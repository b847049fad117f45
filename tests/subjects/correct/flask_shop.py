"""Flask with Flask-Session: sessions in files, a new id at login, nothing left after logout."""

import tempfile
from typing import Any

from cachelib import FileSystemCache
from flask import Flask, redirect, request, session
from flask_session import Session

from .page import LOGIN, front, right


class Shop:
    """The app. Its methods are what the planted bugs spoil, one each."""

    def __init__(self) -> None:
        self.app = app = Flask(__name__)
        self.notes: dict[str, str] = {}
        app.config |= self.settings()
        self.keep_sessions(app)
        app.add_url_rule("/", view_func=self.home)
        app.add_url_rule("/login", view_func=self.login, methods=["GET", "POST"])
        app.add_url_rule("/note", view_func=self.write, methods=["POST"])
        app.add_url_rule("/logout", view_func=self.logout, methods=["POST"])
        app.after_request(self.uncached)

    def settings(self) -> dict[str, Any]:
        files = FileSystemCache(tempfile.mkdtemp(), threshold=0)
        return {"SESSION_TYPE": "cachelib", "SESSION_CACHELIB": files, "SESSION_PERMANENT": False}

    def keep_sessions(self, app: Flask) -> None:
        Session(app)

    # who somebody is

    def who(self) -> str | None:
        return session.get("user")

    def enter(self, user: str) -> None:
        session.clear()
        self.app.session_interface.regenerate(session)
        session["user"] = user

    def leave(self) -> None:
        session.clear()

    def right(self, user: str, password: str) -> bool:
        return right(user, password)

    # what belongs to them

    def note_of(self, user: str) -> str:
        return self.notes.get(user, "")

    def keep(self, user: str, note: str) -> None:
        self.notes[user] = note

    # the pages

    def home(self) -> Any:
        user = self.who()
        return front(user, self.note_of(user) if user else "")

    def login(self) -> Any:
        if request.method == "GET":
            return LOGIN
        user = request.form["user"]
        if not self.right(user, request.form["password"]):
            return LOGIN, 401
        self.enter(user)
        return redirect("./", 302)

    def write(self) -> Any:
        user = self.who()
        if user is None:
            return "log in first", 401
        self.keep(user, request.form["note"])
        return redirect("./", 302)

    def logout(self) -> Any:
        self.leave()
        return redirect("./", 302)

    def uncached(self, response: Any) -> Any:
        response.headers["Cache-Control"] = "no-store"
        return response
