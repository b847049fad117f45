"""Run it with `uvicorn asgi_litestar:app`."""

import os
from typing import Any

from litestar import Litestar, Request, get, post
from litestar.middleware import DefineMiddleware

from sessiontable import AsyncSession, AsyncSessionTable, Cookie
from sessiontable.asgi import SessionMiddleware, session_of
from sessiontable.sqlite import SQLiteStore

table = AsyncSessionTable(SQLiteStore(os.environ.get("SESSIONS", "sessions.db")), cookie=Cookie("sid", secure=False))


async def visiting(scope: dict[str, Any]) -> AsyncSession:
    session = session_of(scope)
    await session.update("visits", lambda before: (before or 0) + 1)
    return session


@get("/")
async def home(session: AsyncSession) -> dict[str, Any]:
    return {"user": session.user, "visits": session["visits"], "note": session.get("note")}


@post("/login")
async def login(session: AsyncSession, request: Request[Any, Any, Any]) -> None:  # where the password has been checked
    await session.rotate((await request.body()).decode())


@post("/note")
async def note(session: AsyncSession, request: Request[Any, Any, Any]) -> None:
    session["note"] = (await request.body()).decode()


@post("/others")
async def end_my_other_sessions(session: AsyncSession) -> None:
    await table.revoke_all(session.user, but=session) if session.user else None


@post("/logout")
async def logout(session: AsyncSession) -> None:
    await session.revoke()


app = Litestar(
    [home, login, note, end_my_other_sessions, logout],
    dependencies={"session": visiting},
    middleware=[DefineMiddleware(SessionMiddleware, table=table)],
)
