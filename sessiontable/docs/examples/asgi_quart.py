"""Run it with `hypercorn asgi_quart:app`."""

import os
from typing import Any

from quart import Quart, request

from sessiontable import AsyncSessionTable, Cookie
from sessiontable.asgi import SessionMiddleware, session_of
from sessiontable.sqlite import SQLiteStore

table = AsyncSessionTable(SQLiteStore(os.environ.get("SESSIONS", "sessions.db")), cookie=Cookie("sid", secure=False))
app = Quart(__name__)
app.asgi_app = SessionMiddleware(app.asgi_app, table)  # type: ignore[method-assign]


@app.route("/", defaults={"action": ""})
@app.post("/<action>")
async def page(action: str) -> dict[str, Any]:
    session = session_of(request)
    visits = await session.update("visits", lambda before: (before or 0) + 1)
    text = str(await request.get_data(as_text=True))
    match action:
        case "login":  # where the password has been checked
            await session.rotate(text)
        case "note":
            session["note"] = text
        case "others" if session.user:
            await table.revoke_all(session.user, but=session)
        case "logout":
            await session.revoke()
    return {"user": session.user, "visits": visits, "note": session.get("note")}
