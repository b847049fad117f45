"""The typed dependency of FastAPI, in `async def` and in `def` endpoints, on every store and on real servers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
from hypothesis import given, settings

from sessiontable import AsyncSessionTable, Json, MemoryStore, SessionError, Store
from sessiontable.fastapi import CurrentSession, CurrentUser, SessionMiddleware, ThreadSession
from sessiontable.redis import RedisStore
from sessiontable.sqlite import SQLiteStore
from tests.contract.redis_server import RedisServer, redis_server
from tests.plain import SID
from tests.serving import asgi_server

from .conftest import Failing
from .dictlike import REQUESTS


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture(params=["memory", "sqlite", "redis"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    match request.param:
        case "memory":
            yield MemoryStore()
        case "sqlite":
            with SQLiteStore(tmp_path / "sessions.db") as sqlite:
                yield sqlite
        case _:
            with RedisStore(request.getfixturevalue("redis").url, timeout=5) as redis:
                yield redis


def site(store: Store) -> FastAPI:
    """Each page twice: to be awaited, and for a thread."""
    app = FastAPI()
    app.add_middleware(SessionMiddleware, table=AsyncSessionTable(store, cookie=SID))

    @app.post("/async/login")
    async def login(session: CurrentSession) -> None:
        await session.rotate("alice", {"by": "async"})

    @app.post("/def/login")
    def login_in_a_thread(session: CurrentSession) -> dict[str, Json]:
        session.rotate("alice", {"by": "def"})
        return {"user": session.user, "by": session["by"]}

    @app.post("/async/note/{text}")
    async def note(session: CurrentSession, text: str) -> None:
        session["note"] = text
        await session.update("notes", lambda before: [*(before if isinstance(before, list) else []), text])

    @app.post("/def/note/{text}")
    def note_in_a_thread(session: CurrentSession, text: str) -> None:
        session["note"] = text
        session.update("notes", lambda before: [*(before if isinstance(before, list) else []), text])

    @app.get("/async/me")
    async def me(user: CurrentUser, session: CurrentSession) -> dict[str, Any]:
        return {"user": user, **session}

    @app.get("/def/me")
    def me_in_a_thread(user: CurrentUser, session: CurrentSession) -> dict[str, Any]:
        return {"user": user, **session}

    @app.post("/async/logout")
    async def logout(session: CurrentSession) -> None:
        await session.revoke()

    @app.post("/def/logout")
    def logout_in_a_thread(session: CurrentSession) -> None:
        session.revoke()

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, session: CurrentSession) -> None:
        await websocket.accept()
        await websocket.send_json({"user": session.user})
        await websocket.close()

    return app


@contextmanager
def browser(app: FastAPI, server: str) -> Iterator[tuple[Any, str]]:
    """A client with cookies, and what its addresses begin with."""
    if server == "TestClient":
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client, ""
        return
    with asgi_server(app, "h11") as port, requests.Session() as session:
        yield session, f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("server", ["TestClient", "uvicorn"])
@pytest.mark.parametrize("kind", ["async", "def"])
def test_a_person_s_way(any_store: Store, kind: str, server: str) -> None:
    """1. a stranger 2. a note 3. the login, which is done when the call returns 4. more 5. the logout, for good."""
    with browser(site(any_store), server) as (client, home):
        assert client.get(f"{home}/{kind}/me").status_code == 401
        client.post(f"{home}/{kind}/note/milk")
        before = client.cookies["sid"]
        reply = client.post(f"{home}/{kind}/login")
        assert reply.json() == (None if kind == "async" else {"user": "alice", "by": "def"})
        assert client.cookies["sid"] != before
        client.post(f"{home}/{kind}/note/tea")
        seen = client.get(f"{home}/{kind}/me")
        assert seen.json() == {"user": "alice", "by": kind, "note": "tea", "notes": ["milk", "tea"]}
        assert seen.headers["cache-control"] == "no-store"
        last = client.cookies["sid"]
        client.post(f"{home}/{kind}/logout")
        assert "sid" not in client.cookies
        client.cookies.set("sid", last)
        assert client.get(f"{home}/{kind}/me").status_code == 401


@pytest.mark.parametrize("kind", ["async", "def"])
def test_the_store_is_down(store: Failing, kind: str) -> None:
    with TestClient(site(store)) as client:
        client.post(f"/{kind}/login")
        store.down = True
        reply = client.get(f"/{kind}/me")
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")


def test_a_websocket_has_it_too(any_store: Store) -> None:
    with TestClient(site(any_store)) as client:
        client.post("/async/login")
        with client.websocket_connect("/socket") as socket:
            assert socket.receive_json() == {"user": "alice"}


def test_in_a_thread_a_step_returns_its_result(any_store: Store) -> None:
    """Also None, and also after `settle`, which is done when the call returns."""
    app = site(any_store)

    @app.post("/count")
    def count(session: ThreadSession) -> dict[str, int | None]:
        before = session.update("n", lambda n: n)
        session["other"] = 1
        session.settle()
        return {"before": before, "after": session.update("n", lambda n: (n or 0) + 1)}

    @app.post("/stored")
    async def stored(session: CurrentSession) -> dict[str, Any]:
        return dict(session)

    with TestClient(app) as client:
        assert client.post("/count").json() == {"before": None, "after": 1}
        assert client.post("/count").json() == {"before": 1, "after": 2}
        assert client.post("/stored").json() == {"n": 2, "other": 1}


def test_a_result_whose_await_was_forgotten_says_so(any_store: Store) -> None:
    app = FastAPI()
    app.add_middleware(SessionMiddleware, table=AsyncSessionTable(any_store, cookie=SID))

    @app.get("/", response_model=None)
    async def count(session: CurrentSession) -> Any:
        return {"n": session.update("n", lambda n: (n or 0) + 1)}

    with TestClient(app) as client, pytest.raises(ValueError, match=r"await it, as n = await session\.update"):
        client.get("/")


def test_without_the_middleware_it_says_so() -> None:
    app = FastAPI()

    @app.get("/")
    def page(session: CurrentSession) -> None:
        """Never reached."""

    with TestClient(app) as client, pytest.raises(SessionError, match=r"add the middleware, app.add_middleware\("):
        client.get("/")


@pytest.mark.parametrize("kind", ["async", "def"])
@given(requests=REQUESTS)
@settings(deadline=None, max_examples=40)
def test_it_is_as_a_dict_over_all_requests(kind: str, requests: list[list[Callable[[Any], object]]]) -> None:
    app, model, seen, left = FastAPI(), dict[str, Any](), list[object](), iter(requests)
    app.add_middleware(SessionMiddleware, table=AsyncSessionTable(MemoryStore(), cookie=SID))

    @app.get("/async")
    async def page(session: CurrentSession) -> None:
        seen.extend(repr(act(session)) for act in next(left))

    @app.get("/def")
    def page_in_a_thread(session: CurrentSession) -> None:
        seen.extend(repr(act(session)) for act in next(left))

    @app.get("/")
    async def values(session: CurrentSession) -> dict[str, Any]:
        return dict(session)

    with TestClient(app) as client:
        for acts in requests:
            seen.clear()
            client.get(f"/{kind}")
            assert seen == [repr(act(model)) for act in acts]
            assert client.get("/").json() == model
