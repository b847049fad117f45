"""Run it with `uvicorn asgi_starlette:app`."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sessiontable import AsyncSessionTable, Cookie
from sessiontable.asgi import SessionMiddleware, session_of
from sessiontable.sqlite import SQLiteStore

table = AsyncSessionTable(SQLiteStore(os.environ.get("SESSIONS", "sessions.db")), cookie=Cookie("sid", secure=False))


async def page(request: Request) -> JSONResponse:
    session = session_of(request)  # request.session, with its type
    visits = await session.update("visits", lambda before: (before or 0) + 1)
    text = (await request.body()).decode()
    match request.method, request.url.path:
        case "POST", "/login":  # where the password has been checked
            await session.rotate(text)
        case "POST", "/note":
            session["note"] = text
        case "POST", "/others" if session.user:
            await table.revoke_all(session.user, but=session)
        case "POST", "/logout":
            await session.revoke()
    return JSONResponse({"user": session.user, "visits": visits, "note": session.get("note")})


app = Starlette(routes=[Route("/{any:path}", page, methods=["GET", "POST"])])
app.add_middleware(SessionMiddleware, table=table)
