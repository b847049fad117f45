"""FastAPI and Starlette on the session table."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount

from sessiontable import AsyncSession, AsyncSessionTable, Cookie, MemoryStore
from sessiontable.fastapi import SessionMiddleware

from .page import LOGIN, front, right


class Shop:
    """The app. Its methods are what the planted bugs spoil, one each."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}
        self.app: Any = FastAPI()
        self.keep_sessions()
        self.app.add_api_route("/", self.home, response_model=None)
        self.app.add_api_route("/login", self.form, response_model=None)
        self.app.add_api_route("/login", self.login, methods=["POST"], response_model=None)
        self.app.add_api_route("/note", self.write, methods=["POST"], response_model=None)
        self.app.add_api_route("/logout", self.logout, methods=["POST"], response_model=None)

    def cookie(self) -> Cookie:
        return Cookie("sid", secure=False)

    def keep_sessions(self) -> None:
        self.app.add_middleware(SessionMiddleware, table=AsyncSessionTable(MemoryStore(), cookie=self.cookie()))

    # who somebody is

    async def who(self, request: Request) -> str | None:
        session: AsyncSession = request.session
        return None if session.user is None else str(session.user)

    async def enter(self, request: Request, user: str, response: Response) -> None:
        await request.session.rotate(user)

    async def leave(self, request: Request, response: Response) -> None:
        await request.session.revoke()

    # what belongs to them

    async def note_of(self, request: Request, user: str) -> str:
        return self.notes.get(user, "")

    async def keep(self, request: Request, user: str, note: str) -> None:
        self.notes[user] = note

    # the pages

    def page(self, text: str) -> Response:
        return HTMLResponse(text)

    async def home(self, request: Request) -> Response:
        user = await self.who(request)
        return self.page(front(user, await self.note_of(request, user) if user else ""))

    async def form(self) -> Response:
        return HTMLResponse(LOGIN)

    async def login(self, request: Request, user: str = Form(), password: str = Form()) -> Response:
        if not right(user, password):
            return HTMLResponse(LOGIN, 401)
        response = RedirectResponse("./", 303)
        await self.enter(request, user, response)
        return response

    async def write(self, request: Request, note: str = Form()) -> Response:
        user = await self.who(request)
        if user is None:
            return HTMLResponse("log in first", 401)
        await self.keep(request, user, note)
        return RedirectResponse("./", 303)

    async def logout(self, request: Request) -> Response:
        response = RedirectResponse("./", 303)
        await self.leave(request, response)
        return response


class Chunked(Shop):
    """Pages are streamed, in pieces."""

    def page(self, text: str) -> Response:
        async def pieces() -> AsyncIterator[str]:
            for start in range(0, len(text), 40):
                yield text[start : start + 40]

        return StreamingResponse(pieces(), media_type="text/html")


class Gzipped(Shop):
    """Replies are compressed where the client takes that."""

    def keep_sessions(self) -> None:
        super().keep_sessions()
        self.app.add_middleware(GZipMiddleware, minimum_size=1)


class UnderAPath(Shop):
    """The app is a part of a site, at /shop, and its cookie is for that part alone."""

    def __init__(self) -> None:
        super().__init__()
        self.app = Starlette(routes=[Mount("/shop", self.app)])

    def cookie(self) -> Cookie:
        return Cookie("sid", secure=False, path="/shop")
