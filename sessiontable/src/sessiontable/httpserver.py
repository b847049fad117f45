"""Sessions for http.server: a mixin for the request handler."""

import ssl
from http.server import BaseHTTPRequestHandler

from .errors import SessionError, SessionGone, StoreUnavailable
from .http.refusal import over_plain_http, refusal_of, told_by
from .logic.table import Session, SessionTable


class SessionMixin(BaseHTTPRequestHandler):
    """Gives a handler `self.session`, and each reply the header lines that the session needs.

        class Handler(SessionMixin, BaseHTTPRequestHandler):
            session_table = SessionTable(MemoryStore())

    http.server keeps one handler for all requests of a connection: the session here lasts for one request.
    A `StoreUnavailable` is answered with 503 and a `SessionGone` with 409, unless the reply has begun.
    """

    session_table: SessionTable
    _session: Session | None = None
    _status = 0
    _begun = False
    _cache_control: tuple[str, ...] = ()

    @property
    def session(self) -> Session:
        """The session of this request, looked up when it is first asked something."""
        if self._session is None:
            if not isinstance(table := getattr(self, "session_table", None), SessionTable):
                raise SessionError(
                    f"{type(self).__name__}.session_table is {table!r:.80}: give the class a SessionTable, as "
                    "session_table = SessionTable(store)"
                )
            lines, host = self.headers.get_all("Cookie", []), self.headers.get("Host", "")
            self._session = table.session(lines, host=host, path=self.path)
            self._session.plain_http = self._is_plain()
            self._session.sent = self._begun
        return self._session

    def session_headers(self, cache_control: str | None = None) -> list[tuple[str, str]]:
        """The header lines that the reply has to carry, for a handler that writes replies by itself; see
        `Session.headers`. Empty where nobody asked for the session.
        """
        if self._session is None:
            return []
        self._session.settle()
        lines = self._session.headers(cache_control)
        self._session.sent = True
        return lines

    def handle_one_request(self) -> None:
        self._session, self._status, self._begun = None, 0, False
        try:
            super().handle_one_request()
        except Exception as error:
            if self._session is not None:
                self._session.undo()
            told = told_by(error)
            if told is None or self._begun:
                raise
            self.refuse(told)
        else:
            self._check_reply()

    def _check_reply(self) -> None:
        """The handler is done: what it changed last is stored. Raises SessionError for a cookie that has not gone out."""
        if self._session is not None and not self._session.failure:
            self._session.settle()
            if self._session.undo():
                raise SessionError(
                    "a reply that was written by hand went out without the new session cookie, so what needed it was taken "
                    "back: use send_response and end_headers, or write the lines of self.session_headers() into the header"
                )

    def refuse(self, error: SessionGone | StoreUnavailable) -> None:
        """Answer instead of the handler. Closes the connection: the handler may not have read the request's body."""
        refusal = refusal_of(error)
        self._session = None
        self._headers_buffer: list[bytes] = []  # what the handler had prepared counts no more
        self.log_error("%s", error)
        self.send_response(refusal.status, refusal.reason)
        for name, value in [*refusal.headers, ("Connection", "close")]:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(refusal.body)

    def send_response_only(self, code: int, message: str | None = None) -> None:
        self._status, self._cache_control = int(code), ()
        super().send_response_only(code, message)

    def send_header(self, keyword: str, value: str) -> None:
        """As ever, but Cache-Control waits for `end_headers`, where the session may have to replace it."""
        if keyword.lower() == "cache-control":
            self._cache_control += (str(value),)
        else:
            super().send_header(keyword, value)

    def end_headers(self) -> None:
        own = ", ".join(self._cache_control)
        lines = self.session_headers(own) if self._is_final() else []
        if own and not any(name == "Cache-Control" for name, _ in lines):
            lines.append(("Cache-Control", own))
        for name, value in lines:
            super().send_header(name, value)
        super().end_headers()

    def flush_headers(self) -> None:
        self._begun = self._begun or self._is_final()
        super().flush_headers()

    def _is_plain(self) -> bool:
        scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        return over_plain_http(scheme, self.headers.get("X-Forwarded-Proto", ""))

    def _is_final(self) -> bool:
        """Whether this is the reply, and not one of those that may precede it, as 100 Continue."""
        return self._status == 101 or self._status >= 200
