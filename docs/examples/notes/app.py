"""Notes, each user's own. `flask run` serves it. With MENDED=1 it keeps people apart."""

import os
import secrets

from flask import Flask, redirect, request
from markupsafe import escape
from werkzeug.wrappers import Response

app = Flask(__name__)
USERS = {"alice": "pw-a", "bob": "pw-b"}
sessions: dict[str | None, str] = {}
notes: dict[str, str] = {}
current: dict[str | None, str | None] = {}
"""Who asked last from this address: it saves a look into the sessions."""


def user() -> str | None:
    if os.environ.get("MENDED"):
        return sessions.get(request.cookies.get("sid"))
    found = current.get(request.remote_addr) or sessions.get(request.cookies.get("sid"))
    current[request.remote_addr] = found
    return found


@app.get("/")
def home() -> str:
    if not (name := user()):
        return '<a href="/login">Log in</a>'
    text = escape(notes.get(name, ""))
    return f"""<h1>Notes of <b>{name}</b></h1> <form method=post action=/logout><button>Log out</button></form>
        <form method=post action=/note><input name=text value="{text}"><button>Save</button></form>"""


@app.route("/login", methods=["GET", "POST"])
def login() -> str | Response:
    name = request.form.get("user", "")
    if request.method == "GET" or USERS.get(name) != request.form.get("password"):
        return "<form method=post><input name=user><input name=password type=password><button>Log in</button></form>"
    current.pop(request.remote_addr, None)
    reply, sid = redirect("/"), secrets.token_urlsafe()
    sessions[sid] = name
    reply.set_cookie("sid", sid, httponly=True, samesite="Lax")
    return reply


@app.post("/note")
def note() -> Response:
    if name := user():
        notes[name] = request.form["text"]
    return redirect("/")


@app.post("/logout")
def logout() -> Response:
    sessions.pop(request.cookies.get("sid"), None)
    current.pop(request.remote_addr, None)
    return redirect("/")
