"""Run it with `uvicorn asgi_fastapi:app`."""

import os
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request

from sessiontable import AsyncSession, AsyncSessionTable, Cookie
from sessiontable.fastapi import CurrentSession, SessionMiddleware
from sessiontable.sqlite import SQLiteStore

table = AsyncSessionTable(SQLiteStore(os.environ.get("SESSIONS", "sessions.db")), cookie=Cookie("sid", secure=False))
app = FastAPI()
app.add_middleware(SessionMiddleware, table=table)


async def visiting(session: CurrentSession) -> AsyncSession:
    await session.update("visits", lambda before: (before or 0) + 1)  # one step, whatever other requests do
    return session


Visit = Annotated[AsyncSession, Depends(visiting)]


@app.get("/")
def home(session: Visit) -> dict[str, Any]:
    return {"user": session.user, "visits": session["visits"], "note": session.get("note")}


@app.post("/login")
async def login(session: Visit, request: Request) -> None:  # where the password has been checked
    await session.rotate((await request.body()).decode())


@app.post("/note")
async def note(session: Visit, request: Request) -> None:
    session["note"] = (await request.body()).decode()


@app.post("/others")
async def end_my_other_sessions(session: Visit) -> int:
    return await table.revoke_all(session.user, but=session) if session.user else 0


@app.post("/logout")
async def logout(session: Visit) -> None:
    await session.revoke()
