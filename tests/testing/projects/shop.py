"""A Flask app that knows who is logged in; with `by_address` it has the bug "current user cached by address"."""

from typing import Any

from flask import Flask, redirect, request, session

PASSWORDS = {"alice": "pw-a", "bob": "pw-b", "carol": "pw-c", "dave": "pw-d"}


def make(*, by_address: bool) -> Flask:
    app = Flask("shop")
    app.secret_key = "shop"
    cache: dict[Any, Any] = {}
    notes: dict[Any, str] = {}
    app.config["seen"] = []

    def user() -> Any:
        if not by_address:
            return session.get("user")
        return cache.setdefault(request.remote_addr, session.get("user"))

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        if request.method == "GET":
            return '<form method=post><input name=user><input type=password name=password><button>Log in</button></form>'
        name = request.form["user"]
        if PASSWORDS.get(name) != request.form["password"]:
            return "wrong", 403
        session["user"] = name
        cache.pop(request.remote_addr, None)
        return redirect("/")

    @app.get("/")
    def home() -> Any:
        app.config["seen"].append((request.remote_addr, request.environ["REMOTE_PORT"]))
        return f"<p id=me>{user() or ''}</p>"

    @app.route("/note", methods=["GET", "POST"])
    def note() -> Any:
        if request.method == "POST":
            notes[user()] = request.form["note"]
        return notes.get(user(), "")

    @app.post("/logout")
    def logout() -> Any:
        session.clear()
        cache.pop(request.remote_addr, None)
        return redirect("/")

    return app
