"""Run it with `flask --app wsgi_flask run`."""

import os
from typing import Any

from flask import Flask, request

from sessiontable import Cookie, SessionTable
from sessiontable.flask import Sessions, login, logout, session
from sessiontable.sqlite import SQLiteStore

table = SessionTable(SQLiteStore(os.environ.get("SESSIONS", "sessions.db")), cookie=Cookie("sid", secure=False))
app = Flask(__name__)
Sessions(app, table)


@app.route("/", defaults={"action": ""})
@app.post("/<action>")
def page(action: str) -> dict[str, Any]:
    visits = session.update("visits", lambda before: (before or 0) + 1)  # one step, whatever other requests do
    text = request.get_data(as_text=True)
    match action:
        case "login":  # where the password has been checked
            login(text)
        case "note":
            session["note"] = text
        case "others" if session.user:
            table.revoke_all(session.user, but=session.table_session)
        case "logout":
            logout()
    return {"user": session.user, "visits": visits, "note": session.get("note")}
