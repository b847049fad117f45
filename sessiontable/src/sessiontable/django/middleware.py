"""In place of Django's SessionMiddleware, for what an engine cannot do: refusals, caches, cookies that were planted."""

import logging
from typing import Any

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware as DjangoMiddleware
from django.http import HttpResponse
from django.views.defaults import ERROR_PAGE_TEMPLATE

from ..errors import SessionGone, StoreUnavailable
from ..http.cookie import values_of
from ..http.refusal import refusal_of, told_by
from ..logic.arrival import is_private
from .store import SessionStore

_log = logging.getLogger(__name__)
_HAS_COOKIE = "_sessiontable_cookie"
_NOTHING = (ERROR_PAGE_TEMPLATE % {"title": "Server Error (500)", "details": ""}).encode()
"""Django's own page, for an error that a middleware has raised: one of the app's own is left."""


class SessionMiddleware(DjangoMiddleware):  # type: ignore[misc]
    """Answers a `StoreUnavailable` with 503 and a session that has ended with 409, keeps replies that depend on who
    somebody is out of caches, takes back a login whose reply is an error page without a cookie, and believes no cookie
    where a browser sends two that count.
    """

    def process_request(self, request: Any) -> None:
        """Give the request its session, which nobody has looked up yet."""
        name = settings.SESSION_COOKIE_NAME
        values = list(dict.fromkeys(values_of(name, request.META.get("HTTP_COOKIE", ""))))
        request.session = SessionStore.of(values) if len(values) > 1 else SessionStore(values[0] if values else None)

    def process_exception(self, request: Any, error: Exception) -> Any:
        """What a view raised."""
        told = _told_by(error)
        return None if told is None else _refusal(request, told)

    def process_response(self, request: Any, response: Any) -> Any:
        """Store what has changed; the cookie and the header lines."""
        session, name = getattr(request, "session", None), settings.SESSION_COOKIE_NAME
        if getattr(response, _HAS_COOKIE, False):  # the same reply for everybody: not with the first one's cookie
            response.cookies.pop(name, None)
        try:
            response = super().process_response(request, response)
        except (StoreUnavailable, SessionInterrupted) as error:
            if isinstance(session, SessionStore):
                session.undo()
            return _refusal(request, _told_by(error) or SessionGone(str(error)))
        if isinstance(session, SessionStore):
            setattr(response, _HAS_COOKIE, name in response.cookies)
            if response.status_code >= 500 and name not in response.cookies:
                session.undo()
                if session.failure and not response.streaming and response.content == _NOTHING:
                    return _refusal(request, session.failure)
            session.end_reply()
            if response.streaming:
                response._resource_closers.append(session.store_late)
            if session.accessed and not is_private(response.get("Cache-Control", "")):
                response["Cache-Control"] = "no-store"
        return response


def _told_by(error: BaseException) -> SessionGone | StoreUnavailable | None:
    return SessionGone(str(error)) if isinstance(error, SessionInterrupted) else told_by(error)


def _refusal(request: Any, error: SessionGone | StoreUnavailable) -> Any:
    _log.warning("%a %a: %s", request.method, request.path[:200], error)
    refusal = refusal_of(error)
    return HttpResponse(refusal.body, status=refusal.status, headers=dict(refusal.headers))
