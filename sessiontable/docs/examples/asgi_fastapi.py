"""Run it with `uvicorn asgi_fastapi:app`."""

import os
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from sessiontable import AsyncSession, AsyncSessionTable, Cookie, Json
from sessiontable.asgi import SessionMiddleware
from sessiontable.sqlite import SQLiteStore

table = AsyncSessionTable(SQLiteStore(os.environ.get("SESSIONS", "sessions.db")), cookie=Cookie("sid", secure=False))
app = FastAPI()
app.add_middleware(SessionMiddleware, table=table)


async def visiting(request: Request) -> AsyncSession:
    session: AsyncSession = request.scope["session"]  # also as request.session
    await session.update("visits", lambda before: before + 1 if isinstance(before, int) else 1)
    return session


Visit = Annotated[AsyncSession, Depends(visiting)]


@app.get("/")
async def home(session: Visit) -> dict[str, Json]:
    return {"user": session.user, "visits": session.read("visits"), "note": session.read("note")}


@app.post("/login")
async def login(session: Visit, request: Request) -> None:  # where the password has been checked
    await session.rotate(user=(await request.body()).decode())


@app.post("/note")
async def note(session: Visit, request: Request) -> None:
    await session.write("note", (await request.body()).decode())


@app.post("/others")
async def end_my_other_sessions(session: Visit) -> int:
    return await table.revoke_all(session.user, but=session) if session.user else 0


@app.post("/logout")
async def logout(session: Visit) -> None:
    await session.revoke()
