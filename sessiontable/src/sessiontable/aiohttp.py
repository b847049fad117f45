"""Sessions for aiohttp's server.

>>> setup(app, AsyncSessionTable(SQLiteStore("sessions.db")))
>>> async def home(request):
...     session = await get_session(request)
...     return web.json_response({"user": session.user})
"""

import logging
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from .errors import SessionError, SessionGone, StoreUnavailable
from .http.refusal import over_plain_http, refusal_of, told_by
from .logic.arrival import NO_STORE
from .logic.asynchronous import AsyncSession, AsyncSessionTable

_NAME = "sessiontable"
_KEY: Any = web.RequestKey(_NAME, AsyncSession) if hasattr(web, "RequestKey") else _NAME  # there since aiohttp 3.14
_ALL: Any = web.RequestKey(f"{_NAME}s", list) if hasattr(web, "RequestKey") else f"{_NAME}s"
"""Those of the apps around it too, where they have tables of their own."""
_log = logging.getLogger(__name__)


def setup(app: web.Application, table: AsyncSessionTable) -> None:
    """Give every request of this app, and of those within it, a session.

    The reply gets its header lines when it begins, also that of a WebSocket or a stream; what was set through the mapping
    is stored before. A `StoreUnavailable` is answered with 503 and a `SessionGone` with 409. Where the app fails after a
    login or a first value, the cookie goes out with the error page.
    """
    if not isinstance(table, AsyncSessionTable):
        raise SessionError(
            f"setup got the table {table!r}: give an AsyncSessionTable, as setup(app, AsyncSessionTable(store))"
        )
    app.middlewares.insert(0, _middleware(table))
    app.on_response_prepare.append(_prepare)


async def get_session(request: web.Request) -> AsyncSession:
    """The session of this request, looked up. Raises StoreUnavailable, which is answered with 503."""
    session: AsyncSession | None = request.get(_KEY)
    if session is None:
        raise SessionError(
            "this request has no session: call sessiontable.aiohttp.setup(app, table) when the app is made"
        )
    await session.load()
    return session


def _middleware(table: AsyncSessionTable) -> "web.middleware":  # type: ignore[valid-type]
    @web.middleware
    async def with_session(request: web.Request, handler: Handler) -> web.StreamResponse:
        around = request.get(_KEY)
        if isinstance(around, AsyncSession) and around.is_of(table):
            return await handler(request)  # an app within that has this table, too
        session = request[_KEY] = _session(table, request)
        sessions = request[_ALL] = [*request.get(_ALL, ()), session]
        try:
            response = await handler(request)
            await session.settle()
        except web.HTTPException as response:  # a reply that was raised, as a redirect after the login
            return await _settled(session, request, response)
        except Exception as error:
            told = told_by(error)
            if session.sent:
                raise
            return await _refusal(told, request, session) if told else await _settled(session, request, error)
        except BaseException:  # cancelled: nobody gets a reply
            await session.undo()
            raise
        finally:
            session.over = True
            if len(sessions) > 1:
                request[_KEY] = around
        return response

    return with_session


async def _settled(session: AsyncSession, request: web.Request, raised: Exception) -> web.StreamResponse:
    try:
        await session.settle()
    except (SessionGone, StoreUnavailable) as error:
        return await _refusal(error, request, session)
    except SessionError:  # it cannot be stored: the page that tells of it goes out without
        session.give_up_changes()
    raise raised


def _session(table: AsyncSessionTable, request: web.Request) -> AsyncSession:
    session = table.session(
        request.headers.getall("Cookie", []), host=request.headers.get("Host", ""), path=request.rel_url.raw_path
    )
    session.plain_http = over_plain_http(request.scheme, request.headers.get("X-Forwarded-Proto", ""))
    return session


async def _prepare(request: web.Request, response: web.StreamResponse) -> None:
    """The header of the reply is about to go out."""
    for session in request.get(_ALL, ()):
        if not session.sent:
            await _begin(session, response)


async def _begin(session: AsyncSession, response: web.StreamResponse) -> None:
    if session.unsettled:
        await session.settle()
    lines = session.headers(", ".join(response.headers.getall("Cache-Control", [])))
    if NO_STORE in lines:
        response.headers.popall("Cache-Control", None)
    for name, value in lines:
        response.headers.add(name, value)
    session.sent = True
    session.used = session.used or isinstance(response, web.Response | web.WebSocketResponse)  # all is said


async def _refusal(error: SessionGone | StoreUnavailable, request: web.Request, session: AsyncSession) -> web.Response:
    """A whole reply, without a cookie: the session may be sound."""
    _log.warning("%a %a: %s", request.method, request.path[:200], error)
    refusal = refusal_of(error)
    request[_ALL] = [each for each in request[_ALL] if each is not session]
    await session.undo()
    return web.Response(status=refusal.status, body=refusal.body, headers=dict(refusal.headers))
