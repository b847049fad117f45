"""The app on Starlette."""

from itertools import count
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sessiontable import AsyncSessionTable
from tests.plain import SID

from . import stores

COUNT = count(1)


def build(variant: str, place: Path) -> Any:
    """The app of this variant; `place` is a folder of its own."""
    if variant == "bare":
        return Starlette(routes=_routes(_read_bare, _write_bare))
    if variant == "floor":
        return Starlette(
            routes=_routes(_read_bare, _write_bare, _login_floor, _last_floor), middleware=[Middleware(Floor)]
        )
    if variant.startswith("ours-"):
        from sessiontable.asgi import SessionMiddleware as Ours

        table = AsyncSessionTable(stores.ours(variant.removeprefix("ours-"), place), cookie=SID)
        return Starlette(routes=_routes(_read, _write, _login, _last), middleware=[Middleware(Ours, table=table)])
    login, read, write, last = _login_dict, _read_dict, _write_dict, _last_dict
    if variant == "signed":
        from starlette.middleware.sessions import SessionMiddleware

        middleware = [Middleware(SessionMiddleware, secret_key="bench")]
    else:
        from starsessions import InMemoryStore, SessionAutoloadMiddleware
        from starsessions import SessionMiddleware as Starsessions
        from starsessions.stores.redis import RedisStore

        store = InMemoryStore() if variant == "starsessions-memory" else RedisStore(connection=stores.redis_asyncio())
        middleware = [
            Middleware(Starsessions, store=store, lifetime=1800, cookie_https_only=False),
            Middleware(SessionAutoloadMiddleware),
        ]
    return Starlette(routes=_routes(read, write, login, last), middleware=middleware)


class Floor:
    """What every session middleware costs before it does anything: a cookie comes, and two header lines go."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def carry(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(b"cache-control", b"no-store"), (b"vary", b"Cookie")]
            await send(message)

        await self.app(scope, receive, carry)


def _routes(read: Any, write: Any, login: Any = None, last: Any = None) -> list[Route]:
    routes = [Route("/read", read), Route("/write", write)]
    return routes + ([Route("/login", login), Route("/last", last)] if login else [])


async def _read_bare(_: Request) -> Response:
    return PlainTextResponse("alice")


async def _write_bare(_: Request) -> Response:
    next(COUNT)
    return PlainTextResponse("written")


async def _login_floor(_: Request) -> Response:
    return PlainTextResponse("in", headers={"Set-Cookie": f"sid={token_urlsafe(32)}"})


async def _last_floor(_: Request) -> Response:
    return PlainTextResponse(str(next(COUNT)))


async def _login(request: Request) -> Response:
    session = request.scope["session"]
    await session.rotate(user="alice")
    await session.write("name", "alice")
    return PlainTextResponse("in")


async def _read(request: Request) -> Response:
    return PlainTextResponse(request.scope["session"].read("name"))


async def _write(request: Request) -> Response:
    await request.scope["session"].write("count", next(COUNT))
    return PlainTextResponse("written")


async def _last(request: Request) -> Response:
    return PlainTextResponse(str(request.scope["session"].read("count")))


async def _login_dict(request: Request) -> Response:
    request.session["name"] = "alice"
    return PlainTextResponse("in")


async def _read_dict(request: Request) -> Response:
    return PlainTextResponse(request.session["name"])


async def _write_dict(request: Request) -> Response:
    request.session["count"] = next(COUNT)
    return PlainTextResponse("written")


async def _last_dict(request: Request) -> Response:
    return PlainTextResponse(str(request.session["count"]))
