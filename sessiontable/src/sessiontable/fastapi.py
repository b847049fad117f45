"""The session as a dependency of FastAPI, with its type.

>>> app.add_middleware(SessionMiddleware, table=AsyncSessionTable(SQLiteStore("sessions.db")))
>>> @app.post("/login")
... def login(session: CurrentSession) -> None:
...     session.rotate("alice")  # in an `async def`: await session.rotate("alice")
"""

from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.requests import HTTPConnection

from .asgi import SessionMiddleware
from .basics.users import User
from .logic.asynchronous import AsyncSession
from .logic.table import Session
from .scope import session_of

__all__ = ["CurrentSession", "CurrentUser", "SessionMiddleware", "ThreadSession", "current_session", "current_user"]


async def current_session(connection: HTTPConnection) -> AsyncSession:
    """The session of a request or a WebSocket, looked up. Raises StoreUnavailable, which is answered with 503."""
    session = session_of(connection)
    await session.load()
    return session


CurrentSession = Annotated[AsyncSession, Depends(current_session)]
"""What an endpoint writes as the type of its argument. In a `def` endpoint a step is done when the call returns."""

ThreadSession = Annotated[Session, Depends(current_session)]
"""The same for `def` endpoints alone, where a type checker should know that a step returns its result, and not something
to await: `count = session.update("n", change)`. It is the same object, an `AsyncSession`, which is used as a `Session` there.
"""


async def current_user(session: CurrentSession) -> User:
    """Who is logged in. Nobody is answered with 401."""
    if session.user is None:
        raise HTTPException(401, "Log in first.")
    return session.user


CurrentUser = Annotated[User, Depends(current_user)]
"""For endpoints that are for logged-in people alone."""
