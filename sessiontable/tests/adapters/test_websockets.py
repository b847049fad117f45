"""Sessions in WebSockets, on a real uvicorn with a real client: they come with the handshake and may be asked at any time."""

from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from sessiontable import AsyncSession, AsyncSessionTable, SessionError, SessionTable
from sessiontable.asgi import Message, Receive, Send, SessionMiddleware
from tests.serving import asgi_server

from .conftest import Failing, LogIn
from .test_asgi import ask


async def talk(socket: WebSocket) -> None:
    """Answers with the user, writes what it is told, and says what is not possible."""
    session: AsyncSession = socket.scope["session"]
    if "asks" in socket.query_params:
        assert session.known
    if "login" in socket.query_params:
        await session.rotate(socket.query_params["login"])
    await socket.accept()
    async for word in socket.iter_text():
        try:
            if word == "rotate":
                await session.rotate("eve")
            await session.write("word", word)
        except SessionError as error:
            await socket.send_text(type(error).__name__)
        else:
            await socket.send_text(f"{session.user} {session.read('word')}")


async def _asks(scope: Message, receive: Receive, send: Send) -> None:
    assert scope["session"].user


@pytest.fixture
def port(async_table: AsyncSessionTable) -> Iterator[int]:
    app = Starlette(routes=[WebSocketRoute("/talk", talk)])
    app.add_middleware(SessionMiddleware, table=async_table)
    with asgi_server(app, "httptools", ws="websockets-sansio") as port:
        yield port


@pytest.fixture
def dial(port: int) -> Callable[..., ClientConnection]:
    def dial(cookie: str = "", path: str = "/talk") -> ClientConnection:
        headers = {"Cookie": cookie} if cookie else {}
        return connect(f"ws://127.0.0.1:{port}{path}", additional_headers=headers, proxy=None)

    return dial


def said(socket: ClientConnection, word: str) -> str:
    socket.send(word)
    return str(socket.recv(timeout=20))


def test_it_knows_who_it_talks_to(dial: Callable[..., ClientConnection], table: SessionTable, log_in: LogIn) -> None:
    """Asking first after the handshake is no mistake here, and what is said ends with the session."""
    alice = log_in("alice")
    with dial(alice) as socket:
        assert said(socket, "milk") == "alice milk"
        assert table.open([alice]).read("word") == "milk"
        assert said(socket, "rotate") == "SessionError"
        table.open([alice]).revoke()
        assert said(socket, "late") == "SessionGone"


def test_a_cookie_can_come_with_the_handshake(dial: Callable[..., ClientConnection], table: SessionTable) -> None:
    with dial(path="/talk?login=bob") as socket:
        assert socket.response
        cookie = socket.response.headers["Set-Cookie"].partition(";")[0]
        assert socket.response.headers["Cache-Control"] == "no-store"
    assert table.open([cookie]).user == "bob"


def test_a_stranger_gets_no_session_once_it_has_begun(dial: Callable[..., ClientConnection], store: Failing) -> None:
    with dial() as socket:
        assert said(socket, "milk") == "SessionError"
    assert len(store) == 0


def test_a_store_that_is_down_is_503(dial: Callable[..., ClientConnection], store: Failing, log_in: LogIn) -> None:
    alice, store.down = log_in("alice"), True
    with pytest.raises(InvalidStatus) as caught:
        dial(alice, "/talk?asks")
    assert caught.value.response.status_code == 503
    assert caught.value.response.headers["Retry-After"]


def test_a_server_that_cannot_answer_a_handshake_closes_it(
    async_table: AsyncSessionTable, store: Failing, log_in: LogIn
) -> None:
    """1013: try again later."""
    alice, store.down = log_in("alice"), True
    (closed,) = ask(SessionMiddleware(_asks, async_table), alice, type="websocket")
    assert (closed["type"], closed["code"]) == ("websocket.close", 1013)
