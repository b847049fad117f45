"""A FastAPI app with a login as JSON; with `by_address` it has the bug "current user cached by address"."""

import secrets
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response

PASSWORDS = {"alice": "pw-a", "bob": "pw-b"}


def make(*, by_address: bool) -> FastAPI:
    sessions: dict[Any, str] = {}

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> Any:
        app.state.ready = True
        yield
        app.state.ready = False

    app = FastAPI(lifespan=lifespan)

    def key(request: Request) -> Any:
        return request.client and request.client.host if by_address else request.cookies.get("sid")

    @app.post("/login")
    async def login(request: Request, response: Response) -> dict[str, str]:
        said = await request.json()
        if PASSWORDS.get(said["user"]) != said["password"]:
            raise HTTPException(401)
        sid = secrets.token_hex()
        response.set_cookie("sid", sid)
        sessions[request.client and request.client.host if by_address else sid] = said["user"]
        return {"welcome": said["user"]}

    @app.get("/me")
    async def me(request: Request) -> dict[str, Any]:
        assert app.state.ready
        return {"user": sessions.get(key(request)), "from": request.client and request.client.host}

    @app.post("/logout")
    async def logout(request: Request) -> dict[str, str]:
        sessions.pop(key(request), "")
        return {}

    return app
