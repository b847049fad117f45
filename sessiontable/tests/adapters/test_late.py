"""What a task that outlives its request sets in the session is stored, or an error says so."""

import asyncio
from typing import Any

from aiohttp import web
from requests import get

from sessiontable import AsyncSession, AsyncSessionTable, SessionError, SessionTable
from sessiontable.aiohttp import get_session, setup
from sessiontable.asgi import SessionMiddleware

from .test_aiohttp import served
from .test_asgi import END, OK

TOLD = (
    "session value 'late' was set after its request had ended, when nobody stores it any more: "
    "use await session.write('late', value)"
)


class Late:
    """The task, which waits until the reply has gone out, and what went wrong in it."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.told: list[str] = []

    def begin(self, session: AsyncSession) -> None:
        self.task = asyncio.create_task(self._set(session))

    async def _set(self, session: AsyncSession) -> None:
        await self.over.wait()
        try:
            session["late"] = 1
        except SessionError as error:
            self.told.append(str(error))
        await session.write("written", 1)


def test_asgi(async_table: AsyncSessionTable, table: SessionTable) -> None:
    sent: list[dict[str, Any]] = []

    async def story() -> None:
        late = Late()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await scope["session"].rotate("alice")
            late.begin(scope["session"])
            await send(OK)
            scope["session"]["in time"] = 1  # as long as the app runs it is stored
            await send(END)

        async def send(message: Any) -> None:
            sent.append(message)

        await SessionMiddleware(app, async_table)({"type": "http", "path": "/", "headers": []}, send, send)  # type: ignore[arg-type]
        late.over.set()
        await late.task
        assert late.told == [TOLD]

    asyncio.run(story())
    cookie = dict(sent[0]["headers"])[b"set-cookie"].decode().partition(";")[0]
    assert dict(table.open([cookie])) == {"in time": 1, "written": 1}


def test_aiohttp(async_table: AsyncSessionTable, table: SessionTable) -> None:
    """Until the reply begins it is in time: a hook that comes after the view may set something."""
    lates: list[Late] = []

    async def login(request: web.Request) -> web.Response:
        session = await get_session(request)
        await session.rotate("alice")
        lates.append(Late())
        lates[0].begin(session)
        return web.Response()

    async def ended(request: web.Request) -> web.Response:
        lates[0].over.set()
        await lates[0].task
        return web.Response()

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        if request.path == "/login":
            (await get_session(request))["in time"] = 1

    app = web.Application()
    app.on_response_prepare.append(prepare)
    setup(app, async_table)
    app.add_routes([web.get("/login", login), web.get("/ended", ended)])
    with served(app) as url:
        cookie = get(f"{url}/login", timeout=20).headers["Set-Cookie"].partition(";")[0]
        assert get(f"{url}/ended", timeout=20).ok
    assert lates[0].told == [TOLD]
    assert dict(table.open([cookie])) == {"in time": 1, "written": 1}
