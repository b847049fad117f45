"""Sessions for WSGI: Flask, and any app that speaks the protocol itself (PEP 3333)."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from .core import NO_STORE
from .errors import SessionGone, StoreUnavailable
from .refusal import refusal_of
from .table import Session, SessionTable

type Headers = list[tuple[str, str]]

_log = logging.getLogger(__name__)


class SessionMiddleware:
    """Puts the `Session` of a request into `environ["cookielab.session"]`.

    The reply gets its header lines when its first piece comes out of the app, so that an app which is a generator may
    use the session until then. What comes later and would need another line is an error, not lost in silence:
    `rotate`, the first `write` of a new session, or to ask who this is for the first time.
    A `StoreUnavailable` is answered with 503 and a `SessionGone` with 409, also where the framework has made it a 500
    already; once the reply has begun they go on to the server.
    """

    def __init__(self, app: WSGIApplication, table: SessionTable) -> None:
        self.app, self.table = app, table

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            session = self._open(environ)
        except StoreUnavailable as error:
            return _refuse(error, environ, start_response)
        environ["cookielab.session"] = session
        reply = _Reply(session, environ, start_response)
        try:
            return reply.of(self.app(environ, reply.start))
        except (SessionGone, StoreUnavailable) as error:
            return reply.refuse(error)

    def _open(self, environ: WSGIEnvironment) -> Session:
        # Servers join Cookie lines with a comma; no id contains one, so what is between them can be looked at alone.
        lines = environ.get("HTTP_COOKIE", "").split(",")
        path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), encoding="latin-1")
        return self.table.open(lines, host=environ.get("HTTP_HOST", ""), path=path)


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
        self.begin()
        self._write(piece)

    def begin(self) -> None:
        """Tell the server status and headers, once. Raises what made the app answer 500, if that was a session."""
        if self._said and not self._begun:
            if self.session.failure and self._said[0].startswith("500"):
                raise self.session.failure
            self._tell()

    def _tell(self, *exc_info: Any) -> None:
        status, headers = self._said or ("", [])
        controls = [value for name, value in headers if name.lower() == "cache-control"]
        lines = self.session.headers(", ".join(controls))
        if controls and NO_STORE in lines:
            headers = [line for line in headers if line[0].lower() != "cache-control"]
        self.session.sent = self._begun = True
        self._write = self._start_response(status, headers + lines, *exc_info)

    def of(self, pieces: Iterable[bytes]) -> Iterable[bytes]:
        """The body for the server."""
        if self._said and isinstance(pieces, list | tuple):  # nothing of the app runs any more
            self.begin()
            self.session.used = True
            return pieces
        return _Body(self, pieces)

    def refuse(self, error: SessionGone | StoreUnavailable) -> list[bytes]:
        """Answer instead of the app. Raises the error if the reply has begun."""
        if self._begun:
            raise error
        self._begun = True
        return _refuse(error, self._environ, self._start_response)


class _Body:
    """The pieces of a body, the first of which begins the reply."""

    def __init__(self, reply: _Reply, pieces: Iterable[bytes]) -> None:
        self._reply, self._pieces, self._rest = reply, pieces, iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self._rest, None)
            self._reply.begin()
        except (SessionGone, StoreUnavailable) as error:
            self._rest = iter(self._reply.refuse(error))
            piece = next(self._rest, None)
        if piece is None:
            raise StopIteration
        return piece

    def close(self) -> None:
        """The server has sent all, or gives up. Whoever asks now, a log for example, cannot change the reply."""
        self._reply.session.used = True
        if close := getattr(self._pieces, "close", None):
            close()


def _refuse(
    error: SessionGone | StoreUnavailable, environ: WSGIEnvironment, start_response: StartResponse
) -> list[bytes]:
    _log.warning("%s %s: %s", environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), error)
    refusal = refusal_of(error)
    start_response(f"{refusal.status} {refusal.reason}", refusal.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [refusal.body]
