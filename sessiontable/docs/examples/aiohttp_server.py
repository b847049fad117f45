"""Run it with `python aiohttp_server.py 8000`."""

import os
import sys

from aiohttp import web

from sessiontable import AsyncSessionTable, Cookie
from sessiontable.aiohttp import get_session, setup
from sessiontable.sqlite import SQLiteStore

table = AsyncSessionTable(SQLiteStore(os.environ.get("SESSIONS", "sessions.db")), cookie=Cookie("sid", secure=False))


async def page(request: web.Request) -> web.Response:
    session = await get_session(request)
    visits = await session.update("visits", lambda before: (before or 0) + 1)
    text = await request.text()
    match request.method, request.path:
        case "POST", "/login":  # where the password has been checked
            await session.rotate(text)
        case "POST", "/note":
            session["note"] = text
        case "POST", "/others" if session.user:
            await table.revoke_all(session.user, but=session)
        case "POST", "/logout":
            await session.revoke()
    return web.json_response({"user": session.user, "visits": visits, "note": session.get("note")})


app = web.Application()
setup(app, table)
app.router.add_route("*", "/{any:.*}", page)

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]))
