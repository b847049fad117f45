"""`session_of`: the session of an ASGI request with its type. docs/examples use it in each framework, see test_examples.py."""

import re
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from sessiontable import AsyncSessionTable, SessionError
from sessiontable.asgi import SessionMiddleware, session_of


def page(request: Request) -> JSONResponse:
    session = session_of(request)
    assert session is request.session is session_of(request.scope)
    session["pages"] = session.get("pages", 0) + 1
    return JSONResponse(dict(session))


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json(dict(session_of(websocket)))
    await websocket.close()


def test_of_a_request_a_websocket_and_an_app_within(async_table: AsyncSessionTable) -> None:
    routes = [Route("/", page), Mount("/inside", routes=[Route("/", page)]), WebSocketRoute("/socket", socket)]
    app = Starlette(routes=routes)
    app.add_middleware(SessionMiddleware, table=async_table)
    with TestClient(app) as client:
        assert client.get("/").json() == {"pages": 1}
        assert client.get("/inside/").json() == {"pages": 2}
        with client.websocket_connect("/socket") as opened:
            assert opened.receive_json() == {"pages": 2}


@pytest.mark.parametrize("session", [None, {}, "text"])
def test_without_the_middleware_it_says_so(session: object) -> None:
    scope = {"type": "http"} if session is None else {"type": "http", "session": session}
    told = (
        f"scope['session'] is {session!r}: add the middleware, app.add_middleware(SessionMiddleware, table=table), "
        "or SessionMiddleware(app, table) around an app that has no such method"
    )
    for request in (scope, Request(scope)):
        with pytest.raises(SessionError, match=f"^{re.escape(told)}$"):
            session_of(request)


@pytest.mark.parametrize("thing", [None, "scope", object()])
def test_what_is_no_request_is_told(thing: Any) -> None:
    told = f"session_of got {thing!r}: give an ASGI scope, or a request or WebSocket that has one"
    with pytest.raises(SessionError, match=f"^{re.escape(told)}$"):
        session_of(thing)
