"""Bugs in the FastAPI app."""

import asyncio
import base64
from typing import Any

from correct.starlette_shop import Shop
from fastapi import Request, Response


class GlobalWhileAwaiting(Shop):
    """The user of the request is kept in a global while something is awaited, and other requests run meanwhile."""

    user: str | None = None

    async def who(self, request: Request) -> str | None:
        self.user = await super().who(request)
        await asyncio.sleep(0.005)  # a database
        return self.user


class OwnCookies(Shop):
    """No sessions of a library; not a server itself."""

    def keep_sessions(self) -> None:
        """There are none."""

    async def leave(self, request: Request, response: Response) -> None:
        response.delete_cookie("who")


class NameInBase64(OwnCookies):
    """The cookie is the user's name, in base64."""

    async def who(self, request: Request) -> str | None:
        try:
            return base64.b64decode(request.cookies.get("who", "")).decode() or None
        except ValueError:
            return None

    async def enter(self, request: Request, user: str, response: Response) -> None:
        response.set_cookie("who", base64.b64encode(user.encode()).decode())


class ByForwardedFor(OwnCookies):
    """Who is logged in is remembered under X-Forwarded-For, or the address where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, str] = {}

    def address(self, request: Request) -> str:
        said = request.headers.get("x-forwarded-for", "").partition(",")[0].strip()
        return said or (request.client.host if request.client else "")

    async def who(self, request: Request) -> str | None:
        return self.people.get(self.address(request))

    async def enter(self, request: Request, user: str, response: Response) -> None:
        self.people[self.address(request)] = user

    async def leave(self, request: Request, response: Response) -> None:
        self.people.pop(self.address(request), None)


class AdoptsIds(OwnCookies):
    """An id that a client brings is taken, and the login leaves it as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, str | None] = {}

    async def who(self, request: Request) -> str | None:
        return self.people.get(request.cookies.get("sid", ""))

    async def enter(self, request: Request, user: str, response: Response) -> None:
        import secrets

        id_ = request.cookies.get("sid") or secrets.token_urlsafe(24)
        self.people[id_] = user
        response.set_cookie("sid", id_)

    async def leave(self, request: Request, response: Response) -> None:
        self.people.pop(request.cookies.get("sid", ""), None)


class WholeSession(Shop):
    """Each request loads all notes, awaits something, and writes all of them back."""

    async def keep(self, request: Request, user: str, note: str) -> None:
        loaded = dict(self.notes)
        await asyncio.sleep(0.01)  # a database
        self.notes = loaded | {user: note}


class AnyoneFirst(Shop):
    """Two requests at once for the same page share one answer: a cache that joins them, without the user in its key."""

    under_way: "asyncio.Task[str] | None" = None

    async def home(self, request: Request) -> Response:
        if self.under_way is None:
            self.under_way = asyncio.create_task(self.make(request))
        task = self.under_way
        try:
            return self.page(await asyncio.shield(task))
        finally:
            if task.done() and self.under_way is task:
                self.under_way = None

    async def make(self, request: Request) -> str:
        await asyncio.sleep(0.005)
        response: Any = await super().home(request)
        return bytes(response.body).decode()
