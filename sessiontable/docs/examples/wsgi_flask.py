"""Run it with `flask --app wsgi_flask run`."""

import os

from flask import Flask, request

from sessiontable import Cookie, Json, Session, SessionTable
from sessiontable.sqlite import SQLiteStore
from sessiontable.wsgi import SessionMiddleware

table = SessionTable(SQLiteStore(os.environ.get("SESSIONS", "sessions.db")), cookie=Cookie("sid", secure=False))
app = Flask(__name__)
app.wsgi_app = SessionMiddleware(app.wsgi_app, table)  # type: ignore[method-assign]


@app.route("/", defaults={"action": ""})
@app.post("/<action>")
def page(action: str) -> dict[str, Json]:
    session: Session = request.environ["cookielab.session"]
    visits = session.update("visits", lambda before: before + 1 if isinstance(before, int) else 1)
    text = request.get_data(as_text=True)
    match action:
        case "login":  # where the password has been checked
            session.rotate(user=text)
        case "note":
            session.write("note", text)
        case "others" if session.user:
            table.revoke_all(session.user, but=session)
        case "logout":
            session.revoke()
    return {"user": session.user, "visits": visits, "note": session.read("note")}
