"""Sessions for ASGI: Starlette, FastAPI, Litestar, and any app that speaks the protocol itself."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any

from .errors import SessionError, SessionGone, StoreUnavailable
from .http.errorpage import error_page, has_own_page
from .http.refusal import over_plain_http, refusal_of, says_nothing, told_by
from .logic.arrival import NO_STORE, VARY
from .logic.asynchronous import AsyncSession, AsyncSessionTable
from .scope import session_of

__all__ = ["App", "Header", "Message", "Receive", "Send", "SessionMiddleware", "session_of"]

type Message = Any  # a dict; each framework has types of its own for scopes and messages
type Header = tuple[bytes, bytes]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Message, Receive, Send], Awaitable[None]]

_log = logging.getLogger(__name__)
_STARTS = {"http.response.start", "websocket.accept", "websocket.http.response.start"}
_MOST_PARTS = 1000
_inside: ContextVar[AsyncSession | None] = ContextVar("the session whose app runs here", default=None)


class SessionMiddleware:
    """Puts the `AsyncSession` of a request into `scope["session"]`, which is `request.session` in Starlette and FastAPI.

    A request that asks nothing of its session costs no look-up, and is served while the store is down. A store in memory
    or in a file is asked when the app asks; one that has to be awaited, as Redis, is asked before the app runs in all
    parts of the site (by the first segment of the path) where the app has asked before. `ahead`: everywhere.

    The reply gets its header lines when it begins; what was set through the mapping is stored before. What comes later
    and would need another line is an error, not lost in silence: `rotate`, the first value of a new session, or to ask
    who this is for the first time. All else still works then, also in a WebSocket, which may ask at any time.
    A `StoreUnavailable` is answered with 503 and a `SessionGone` with 409, also where the framework has made it a 500
    page that says nothing; once the reply has begun they go on to the server. Where the app fails after a login or a
    first value, the cookie goes out with the error page, or what needed it is taken back.
    An app within that has this middleware with the same table uses the same session.
    """

    def __init__(self, app: App, table: AsyncSessionTable, *, ahead: bool = False) -> None:
        if not isinstance(table, AsyncSessionTable):
            raise SessionError(
                f"SessionMiddleware of sessiontable.asgi got the table {table!r:.80}: give an AsyncSessionTable, as "
                "SessionMiddleware(app, table=AsyncSessionTable(store))"
            )
        self.app, self.table, self._ahead = app, table, ahead
        self._parts = dict[str, None]()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        kind, around = scope["type"], scope.get("session")
        if kind not in {"http", "websocket"} or (around is not None and self._is_ours(around)):
            await self.app(scope, receive, send)
            return
        session = scope["session"] = self._session(scope)
        if self._ahead or (self._parts and _part(scope) in self._parts):
            try:
                await session.look()
            except StoreUnavailable:
                """Whoever asks is told so; who does not ask is not turned away."""
        detour: _Reply | None = None

        def straight(message: Message) -> Awaitable[None]:
            """What the app calls to send. Where nothing stands in the way, no coroutine of ours is made for it."""
            nonlocal detour
            if detour is None:
                kind = message["type"]
                if kind in _STARTS:
                    if scope.get("session") is session and not (
                        session.unsettled or session.failure or session.set_cookies
                    ):
                        return send(_begun(session, message))
                elif session.sent or kind != "websocket.close":
                    if session.sent and not message.get("more_body"):
                        session.used = True  # all is out: whoever asks now, a log for example, cannot change the reply
                    return send(message)
                detour = _Reply(session, scope, send)
            return detour.send(message)

        mark, framework = _inside.set(session), scope.get("app")
        try:
            await self.app(scope, receive, straight)
            if session.unsettled:  # a WebSocket, or a reply that had begun
                await session.settle()
            session.over = True  # an error's own page may be made once more, by a framework that does not show it then
        except Exception as error:
            detour = detour or _Reply(session, scope, send)
            if not await detour.stands_for(error, receive, framework):
                raise
        finally:
            if not session.sent:  # cancelled, a WebSocket that was not accepted, or no reply at all
                await session.undo()
            _inside.reset(mark)
            if isinstance(around, AsyncSession):
                scope["session"] = around
            if session.surprised and len(self._parts) < _MOST_PARTS:
                self._parts[_part(scope)] = None

    def _is_ours(self, around: object) -> bool:
        return isinstance(around, AsyncSession) and around.is_of(self.table)

    def _session(self, scope: Message) -> AsyncSession:
        table, headers = self.table, scope["headers"]
        ids: Sequence[str] = ()
        for name, value in headers:
            if name == b"cookie":
                found = table.cookie.candidates((value.decode("latin-1"),))
                ids = [*ids, *found] if ids else found
        if len(ids) > 1:  # then it matters where they may have come from
            path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
            session = AsyncSession(table, ids, _first(headers, b"host"), path)
        else:
            session = AsyncSession(table, ids)
        session.inside = _inside
        if table.cookie.secure:
            session.plain_http = over_plain_http(scope.get("scheme", ""), _first(headers, b"x-forwarded-proto"))
        return session


class _Reply:
    """What the app sends, where something has to be done before it goes to the server, or instead."""

    __slots__ = ("_held", "_page", "_scope", "_send", "_session", "refused")

    def __init__(self, session: AsyncSession, scope: Message, send: Send) -> None:
        self._session, self._scope, self._send, self.refused = session, scope, send, False
        self._held: Message = None
        self._page = b""

    async def send(self, message: Message) -> None:
        session, kind = self._session, message["type"]
        if self.refused:
            return  # the rest of the framework's own page
        if kind in _STARTS:
            await self._start(message)
            return
        if kind == "websocket.close" and not session.sent:
            await session.undo()  # its cookie will never go out
        if self._held is not None:
            self._page += message.get("body", b"")
            if says_nothing(self._page):  # so far; Quart says it in two messages
                if not message.get("more_body"):
                    await self.refuse(session.failure)  # type: ignore[arg-type]
                return
            held, self._held = self._held, None
            await self._begin(held)
            message = {**message, "body": self._page}
        if session.sent and not message.get("more_body"):
            session.used = True
        await self._send(message)

    async def _start(self, message: Message) -> None:
        session = self._session
        if (found := self._scope.get("session")) is not session and not _is_another(found, session):
            raise SessionError(
                f"scope['session'] has been replaced by {self._scope.get('session')!r:.80} (Litestar's clear_session "
                "and set_session do so): use session.clear(), or await session.revoke()"
            )
        if session.unsettled:
            try:
                await session.settle()
            except (SessionGone, StoreUnavailable) as error:  # not given to the app, which thinks it has answered
                await self.refuse(error)
                return
        if session.failure and message.get("status") == 500:
            self._held = message  # until it is known what it says
        else:
            await self._begin(message)

    async def _begin(self, message: Message) -> None:
        try:
            await self._send(_begun(self._session, message))
        except BaseException:  # the server does not like a header line, or has nobody to send it to
            self._session.sent = False
            raise

    async def refuse(self, error: SessionGone | StoreUnavailable) -> None:
        """Answer instead of the app."""
        self.refused = True
        await self._session.undo()
        await _refuse(error, self._scope, self._send)

    async def stands_for(self, error: Exception, receive: Receive, framework: Any) -> bool:
        """What is done about an error that the app has not caught; whether that is all."""
        told, session = told_by(error), self._session
        if told and self.refused:
            return True
        if session.sent or self.refused:
            return False
        if told:
            await self.refuse(told)
            return True
        if session.set_cookies or session.used or has_own_page(framework):
            page = await error_page(framework, self._scope, error)
            if page is not None:
                self._scope["session"] = session
                await page(self._scope, receive, self.send)
        return False


def _is_another(found: object, session: AsyncSession) -> bool:
    """Whether this is the session of an app within that has a table and a cookie of its own."""
    return isinstance(found, AsyncSession) and found.cookie_name != session.cookie_name


def _part(scope: Message) -> str:
    """The part of a site that a path is in."""
    return str(scope["path"].split("/", 2)[1][:100]) if "/" in scope["path"] else ""


def _begun(session: AsyncSession, message: Message) -> Message:
    """The start of a reply, with the session's header lines: from here on it is sent."""
    # A copy: an app may send the same dict in every reply, and another person's cookie would be in it.
    message = {**message, "headers": _with_session(session, message.get("headers", ()))}
    session.sent = True
    if message["type"] == "websocket.accept":
        session.used = True  # no cache keeps what a WebSocket says
    return message


def _with_session(session: AsyncSession, own: Iterable[Header]) -> list[Header]:
    """The header lines of a reply with those of the session, which may replace the reply's own Cache-Control."""
    headers, cookies = [*own], session.set_cookies
    if not (session.used or cookies):
        return headers
    controls = [value for name, value in headers if len(name) == _LENGTH and name.lower() == _CACHE_CONTROL]
    if not (controls or cookies):
        headers += _DEPENDS
        return headers
    lines = session.headers(b", ".join(controls).decode("latin-1") if controls else None)
    if controls and NO_STORE in lines:
        headers = [line for line in headers if line[0].lower() != _CACHE_CONTROL]
    return headers + [_encode(line) for line in lines]


def _first(headers: Iterable[Header], wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in headers if name == wanted), "")


def _encode(line: tuple[str, str]) -> Header:
    return line[0].lower().encode(), line[1].encode("latin-1")


_CACHE_CONTROL = b"cache-control"
_LENGTH = len(_CACHE_CONTROL)
_DEPENDS = (_encode(NO_STORE), _encode(VARY))


async def _refuse(error: SessionGone | StoreUnavailable, scope: Message, send: Send) -> None:
    """The whole reply; a WebSocket that cannot be answered with a page is closed, which clients see as 403."""
    _log.warning("%s %a: %s", scope["type"], scope["path"][:200], error)
    refusal, kind = refusal_of(error), "http.response"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close", "code": 1013, "reason": refusal.text.strip()})
            return
        kind = "websocket.http.response"
    headers = [_encode(line) for line in refusal.headers]
    await send({"type": f"{kind}.start", "status": refusal.status, "headers": headers})
    await send({"type": f"{kind}.body", "body": refusal.body})
