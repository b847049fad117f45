"""Sessions for ASGI: Starlette, FastAPI, Litestar, and any app that speaks the protocol itself."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from .asynchronous import AsyncSession, AsyncSessionTable
from .core import NO_STORE, VARY
from .errors import SessionGone, StoreUnavailable
from .refusal import refusal_of

type Message = Any  # a dict; each framework has types of its own for scopes and messages
type Header = tuple[bytes, bytes]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Message, Receive, Send], Awaitable[None]]

_log = logging.getLogger(__name__)
_STARTS = {"http.response.start", "websocket.accept", "websocket.http.response.start"}


class SessionMiddleware:
    """Puts the `AsyncSession` of a request into `scope["session"]`, which is `request.session` in Starlette and FastAPI.

    The reply gets its header lines when it begins. What comes later and would need another one is an error, not lost
    in silence: `rotate`, the first `write` of a new session, or to ask who this is for the first time. All else still
    works then, also in a WebSocket, which may ask at any time.
    A `StoreUnavailable` is answered with 503 and a `SessionGone` with 409, also where the framework has made it a 500
    already; once the reply has begun they go on to the server.
    """

    def __init__(self, app: App, table: AsyncSessionTable) -> None:
        self.app, self.table = app, table

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        lines, host, path = [], "", (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        for name, value in scope["headers"]:
            if name == b"cookie":
                lines.append(value.decode("latin-1"))
            elif name == b"host":
                host = value.decode("latin-1")
        try:
            session = await self.table.open(lines, host=host, path=path)
        except StoreUnavailable as error:
            await _refuse(error, scope, send)
            return
        scope["session"] = session
        reply = _Reply(session, scope, send)
        try:
            await self.app(scope, receive, reply.send)
        except (SessionGone, StoreUnavailable) as error:
            if not reply.refused:
                if session.sent:
                    raise
                await _refuse(error, scope, send)


class _Reply:
    """What the app sends, on its way to the server."""

    __slots__ = ("_scope", "_send", "_session", "refused")

    def __init__(self, session: AsyncSession, scope: Message, send: Send) -> None:
        self._session, self._scope, self._send, self.refused = session, scope, send, False

    async def send(self, message: Message) -> None:
        session, kind = self._session, message["type"]
        if self.refused:
            return  # the rest of the framework's own page
        if kind in _STARTS:
            if session.failure and message.get("status") == 500:
                self.refused = True
                await _refuse(session.failure, self._scope, self._send)
                return
            # A copy: an app may send the same dict in every reply, and another person's cookie would be in it.
            message = {**message, "headers": _with_session(session, message.get("headers", ()))}
            session.sent = True
            session.used = session.used or kind == "websocket.accept"  # no cache keeps what a WebSocket says
        elif session.sent and not message.get("more_body"):
            session.used = True  # all is out: whoever asks now, a log for example, cannot change the reply
        await self._send(message)


def _with_session(session: AsyncSession, own: Iterable[Header]) -> list[Header]:
    """The header lines of a reply with those of the session, which may replace the reply's own Cache-Control."""
    headers, controls = list(own), []
    for name, value in headers:
        if name.lower() == b"cache-control":
            controls.append(value)
    lines = session.headers(b", ".join(controls).decode("latin-1") if controls else None)
    if controls and NO_STORE in lines:
        headers = [line for line in headers if line[0].lower() != b"cache-control"]
    for line in lines:
        headers.append(_NO_STORE if line is NO_STORE else _VARY if line is VARY else _encode(line))
    return headers


def _encode(line: tuple[str, str]) -> Header:
    return line[0].lower().encode(), line[1].encode("latin-1")


_NO_STORE, _VARY = _encode(NO_STORE), _encode(VARY)


async def _refuse(error: SessionGone | StoreUnavailable, scope: Message, send: Send) -> None:
    """The whole reply; a WebSocket that cannot be answered with a page is closed, which clients see as 403."""
    _log.warning("%s %s: %s", scope["type"], scope["path"], error)
    refusal, kind = refusal_of(error), "http.response"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close", "code": 1013, "reason": refusal.text.strip()})
            return
        kind = "websocket.http.response"
    headers = [_encode(line) for line in refusal.headers]
    await send({"type": f"{kind}.start", "status": refusal.status, "headers": headers})
    await send({"type": f"{kind}.body", "body": refusal.body})
