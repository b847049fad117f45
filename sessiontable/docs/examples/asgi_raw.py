"""Run it with `uvicorn asgi_raw:app`."""

import json
import os

from sessiontable import AsyncSessionTable, Cookie
from sessiontable.asgi import Message, Receive, Send, SessionMiddleware, session_of
from sessiontable.sqlite import SQLiteStore

table = AsyncSessionTable(SQLiteStore(os.environ.get("SESSIONS", "sessions.db")), cookie=Cookie("sid", secure=False))


async def page(scope: Message, receive: Receive, send: Send) -> None:
    session = session_of(scope)
    visits = await session.update("visits", lambda before: (before or 0) + 1)
    text = (await receive()).get("body", b"").decode()
    match scope["method"], scope["path"]:
        case "POST", "/login":  # where the password has been checked
            await session.rotate(text)
        case "POST", "/note":
            session["note"] = text
        case "POST", "/others" if session.user:
            await table.revoke_all(session.user, but=session)
        case "POST", "/logout":
            await session.revoke()
    body = json.dumps({"user": session.user, "visits": visits, "note": session.get("note")}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


app = SessionMiddleware(page, table)
