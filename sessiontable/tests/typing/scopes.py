"""`session_of` takes the requests of all ASGI frameworks. It is checked by type checkers, not run; see endpoints.py."""

from typing import Any, assert_type

import litestar
import quart
import starlette.requests
import starlette.websockets

from sessiontable import AsyncSession
from sessiontable.asgi import session_of


async def with_starlette(request: starlette.requests.Request, websocket: starlette.websockets.WebSocket) -> None:
    assert_type(session_of(request), AsyncSession)
    await session_of(websocket).refresh()


async def with_litestar(request: "litestar.Request[Any, Any, Any]", scope: litestar.types.Scope) -> None:
    await session_of(request).rotate("alice")
    assert_type(session_of(scope), AsyncSession)


async def with_quart() -> None:
    await session_of(quart.request).rotate("alice")
    await session_of(quart.websocket).refresh()


async def bare(scope: dict[str, Any]) -> None:
    await session_of(scope).rotate("alice")


def mistaken(name: str) -> None:
    session_of(name)  # type: ignore[arg-type]
