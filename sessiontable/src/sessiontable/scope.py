"""The session of an ASGI request, with its type, which a scope or a framework's `request.session` has not."""

from collections.abc import Mapping
from typing import Any, Protocol

from .errors import SessionError
from .logic.asynchronous import AsyncSession


class HasScope(Protocol):
    """A request or a WebSocket of Starlette, FastAPI, Litestar or Quart."""

    @property
    def scope(self) -> Any: ...


def session_of(request: HasScope | Mapping[str, Any]) -> AsyncSession:
    """The session of a request, a WebSocket, or an ASGI scope. Nobody has looked it up yet; see `AsyncSession.load`.

    Raises SessionError where the middleware is missing.
    """
    scope = getattr(request, "scope", request)
    if not isinstance(scope, dict):
        raise SessionError(
            f"session_of got {request!r:.80}: give an ASGI scope, or a request or WebSocket that has one"
        )
    session = scope.get("session")
    if not isinstance(session, AsyncSession):
        raise SessionError(
            f"scope['session'] is {session!r:.80}: add the middleware, app.add_middleware(SessionMiddleware, table=table), "
            "or SessionMiddleware(app, table) around an app that has no such method"
        )
    return session
