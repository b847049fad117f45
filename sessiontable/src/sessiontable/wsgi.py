"""Sessions for WSGI: Flask, and any app that speaks the protocol itself (PEP 3333)."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from .errors import SessionError, SessionGone, StoreUnavailable
from .http.refusal import over_plain_http, refusal_of, says_nothing, told_by
from .logic.arrival import NO_STORE
from .logic.table import Session, SessionTable

type Headers = list[tuple[str, str]]

_log = logging.getLogger(__name__)


KEY = "cookielab.session"
"""Where the session is in `environ`. The name is that of before; libraries of an app may have learnt it."""


class SessionMiddleware:
    """Puts the `Session` of a request into `environ["cookielab.session"]`.

    A request that asks nothing of its session costs no look-up, and is served while the store is down.
    The reply gets its header lines when its first piece comes out of the app, so that an app which is a generator may
    use the session until then. What comes later and would need another line is an error, not lost in silence:
    `rotate`, the first value of a new session, or to ask who this is for the first time.
    A `StoreUnavailable` is answered with 503 and a `SessionGone` with 409, also where the framework has made it a 500
    page that says nothing; once the reply has begun they go on to the server. Where the app fails after a login or a
    first value without an answer of its own, what needed a cookie is taken back.
    An app within that has this middleware with the same table uses the same session.
    """

    def __init__(self, app: WSGIApplication, table: SessionTable) -> None:
        if not isinstance(table, SessionTable):
            raise SessionError(
                f"SessionMiddleware of sessiontable.wsgi got the table {table!r:.80}: give a SessionTable, as "
                "SessionMiddleware(app, SessionTable(store))"
            )
        self.app, self.table = app, table

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        around = environ.get(KEY)
        if isinstance(around, Session) and around.is_of(self.table):
            return self.app(environ, start_response)
        if around is not None:  # an app within that has a table of its own: the one around keeps its session
            environ = {**environ}
        session = environ[KEY] = self._session(environ)
        reply = _Reply(session, environ, start_response)
        try:
            return reply.of(self.app(environ, reply.start))
        except Exception as error:
            return reply.instead(error)
        except BaseException:  # as a time-out of gevent's, or of gunicorn's
            session.undo()
            raise

    def _session(self, environ: WSGIEnvironment) -> Session:
        # Pairs are told apart by ";" alone: what a server has joined with a comma cannot be taken apart safely.
        line = environ.get("HTTP_COOKIE", "")
        path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), encoding="latin-1") if line else "/"
        session = self.table.session([line], host=environ.get("HTTP_HOST", ""), path=path)
        scheme, forwarded = environ.get("wsgi.url_scheme", ""), environ.get("HTTP_X_FORWARDED_PROTO", "")
        session.plain_http = over_plain_http(scheme, forwarded)
        return session


class _Reply:
    """What the app answers. The server is told when the first piece is there, not when the app calls start_response."""

    def __init__(self, session: Session, environ: WSGIEnvironment, start_response: StartResponse) -> None:
        self.session, self._environ, self._start_response = session, environ, start_response
        self._said: tuple[str, Headers] | None = None
        self._begun = False

    def start(self, status: str, headers: Headers, exc_info: Any = None, /) -> Callable[[bytes], object]:
        """The app's start_response. With `exc_info` it takes back what it said before, if that is not sent yet."""
        if self._said and exc_info is None:
            raise AssertionError("start_response was called twice, and the second time without exc_info (PEP 3333)")
        self._said = (status, headers)
        if self._begun:
            self._tell(exc_info)
        return self.write

    def write(self, piece: bytes) -> None:
        """What start_response gives to an app that would rather write than return its body."""
        self.begin(piece)
        self._write(piece)

    def begin(self, piece: bytes = b"") -> None:
        """Tell the server status and headers, once. Raises what made the app answer 500, if that was a session, and its
        page says nothing else.
        """
        if self._said and not self._begun:
            self.session.settle()
            if self.session.failure and self._said[0].startswith("500") and says_nothing(piece):
                raise self.session.failure
            self._tell()

    def _tell(self, *exc_info: Any) -> None:
        status, headers = self._said or ("", [])
        controls = [value for name, value in headers if name.lower() == "cache-control"]
        lines = self.session.headers(", ".join(controls))
        if controls and NO_STORE in lines:
            headers = [line for line in headers if line[0].lower() != "cache-control"]
        self.session.sent = True
        try:
            self._write = self._start_response(status, headers + lines, *exc_info)
        except BaseException:  # the server does not like a header line
            self.session.sent = self._begun
            raise
        self._begun = True

    def of(self, pieces: Iterable[bytes]) -> Iterable[bytes]:
        """The body for the server."""
        file = self._environ.get("wsgi.file_wrapper")
        if self._said and isinstance(file, type) and isinstance(pieces, file):
            self.begin()  # the server sends it in a way of its own, which a wrapper around it would hide
            self.session.used = True
            return pieces
        if self._said and isinstance(pieces, list | tuple):  # nothing of the app runs any more
            self.begin(b"".join(pieces))
            self.session.used = True
            return pieces
        return _Body(self, pieces)

    def instead(self, error: Exception) -> list[bytes]:
        """Answer instead of an app that has failed. Raises the error if that is not for here, or the reply has begun."""
        told = told_by(error)
        self.session.undo()
        if self._begun or told is None:
            raise error
        self._begun = True
        return _refuse(told, self._environ, self._start_response)


class _Body:
    """The pieces of a body, the first of which begins the reply."""

    def __init__(self, reply: _Reply, pieces: Iterable[bytes]) -> None:
        self._reply, self._pieces, self._rest = reply, pieces, iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self._rest, None)
            self._reply.begin(piece or b"")
        except Exception as error:
            self._rest = iter(self._reply.instead(error))
            piece = next(self._rest, None)
        if piece is None:
            raise StopIteration
        return piece

    def close(self) -> None:
        """The server has sent all, or gives up. Whoever asks now, a log for example, cannot change the reply."""
        session = self._reply.session
        session.used = True
        try:
            if session.sent and not session.failure:
                session.settle()  # what was changed within a list since the reply began
            elif not session.sent:
                session.undo()
        finally:
            if close := getattr(self._pieces, "close", None):
                close()


def _refuse(
    error: SessionGone | StoreUnavailable, environ: WSGIEnvironment, start_response: StartResponse
) -> list[bytes]:
    _log.warning("%a %a: %s", environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")[:200], error)
    refusal = refusal_of(error)
    start_response(f"{refusal.status} {refusal.reason}", refusal.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [refusal.body]
