"""Run it with `gunicorn wsgi_raw:app`."""

import json
import os
from wsgiref.types import StartResponse, WSGIEnvironment

from sessiontable import Cookie, Session, SessionTable
from sessiontable.sqlite import SQLiteStore
from sessiontable.wsgi import SessionMiddleware

table = SessionTable(SQLiteStore(os.environ.get("SESSIONS", "sessions.db")), cookie=Cookie("sid", secure=False))


def page(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    session: Session = environ["cookielab.session"]
    visits = session.update("visits", lambda before: (before or 0) + 1)
    text = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
    match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
        case "POST", "/login":  # where the password has been checked
            session.rotate(text)
        case "POST", "/note":
            session["note"] = text
        case "POST", "/others" if session.user:
            table.revoke_all(session.user, but=session)
        case "POST", "/logout":
            session.revoke()
    body = json.dumps({"user": session.user, "visits": visits, "note": session.get("note")}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


app = SessionMiddleware(page, table)
