"""A request leaves nothing for the garbage collector: a cycle for each cost a server a seventh of its time."""

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sessiontable import AsyncSession, AsyncSessionTable, MemoryStore
from sessiontable.asgi import App, Message, Receive, Send, SessionMiddleware
from sessiontable.sqlite import SQLiteStore
from tests.plain import SID

REQUESTS = 50


def asks(session: AsyncSession) -> Any:
    return session.user


def writes(session: AsyncSession) -> Any:
    return session.write("n", 1)


def fills(session: AsyncSession) -> Any:
    session["basket"] = ["tea"]


def logs_in(session: AsyncSession) -> Any:
    return session.rotate("alice")


def app(work: Callable[[AsyncSession], Any]) -> App:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if (doing := work(scope["session"])) is not None and hasattr(doing, "__await__"):
            await doing
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    return app


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize("work", [asks, writes, fills, logs_in])
def test_a_request_leaves_no_garbage(work: Callable[[AsyncSession], Any], kind: str, tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "s.db") if kind == "sqlite" else MemoryStore()
    left: list[int] = []

    async def serve() -> None:
        table = AsyncSessionTable(store, cookie=SID, max_per_user=2)
        first = await table.open([])
        await first.rotate("alice")
        cookie = first.set_cookies[0].partition(";")[0].encode()
        served = SessionMiddleware(app(work), table)

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            """Nobody reads it."""

        async def one() -> None:
            scope = {"type": "http", "path": "/", "scheme": "http", "headers": [(b"cookie", cookie)]}
            await served(scope, receive, send)

        await one()
        gc.collect()
        for _ in range(REQUESTS):
            await one()
        left.append(gc.collect())

    gc.disable()
    try:
        asyncio.run(serve())
    finally:
        gc.enable()
        if isinstance(store, SQLiteStore):
            store.close()
    assert left[0] < REQUESTS, f"{left[0] / REQUESTS:g} objects a request"
