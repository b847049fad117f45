"""The same app on asyncio, by uvicorn."""

import json
import logging
import socket
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

from sessiontable import AsyncSession, AsyncSessionTable, Store
from sessiontable.asgi import SessionMiddleware
from tests.plain import SID


async def app(scope: Any, receive: Any, send: Any) -> None:
    """See `App` in app.py; a value is set through the mapping half of the time, and so is stored when the reply begins."""
    session: AsyncSession = scope["session"]
    asked = dict(parse_qsl(scope["query_string"].decode()))
    await session.load()
    match scope["path"]:
        case "/login":
            await session.rotate(asked["user"], {"canary": asked["user"]})
        case "/write" if int(asked["value"]) % 2:
            session[asked["name"]] = int(asked["value"])
        case "/write":
            await session.write(asked["name"], int(asked["value"]))
        case "/logout":
            await session.revoke()
    body = json.dumps({"user": session.user, "values": {name: session.read(name) for name in session.names()}}).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def serve_asyncio(store: Store, door: socket.socket) -> None:
    """Answers what comes in at a socket that others may listen on as well, until the process is killed."""
    logging.getLogger("sessiontable").setLevel(logging.ERROR)  # that Redis is down is no complaint here
    door.setblocking(False)
    served = SessionMiddleware(app, AsyncSessionTable(store, cookie=SID))
    config = uvicorn.Config(served, lifespan="off", ws="none", log_level="critical", access_log=False)
    uvicorn.Server(config).run(sockets=[door])
