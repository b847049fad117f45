"""How Flask gets its session from the table, and the reply its header lines."""

import logging
from typing import Any, cast
from urllib.parse import quote

import flask
from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

from ..basics.users import User
from ..errors import SessionError, SessionGone, StoreUnavailable
from ..http.refusal import over_plain_http, refusal_of, says_nothing
from ..logic.arrival import NO_STORE
from ..logic.table import Session, SessionTable
from ..wsgi import KEY
from .values import FlaskSession

_OURS = "sessiontable.flask"
"""Where the session is in `environ`."""
_GIVEN = "_sessiontable_cookies"
"""Where a reply keeps the cookies that it was given last."""
_log = logging.getLogger(__name__)

session = cast("FlaskSession", flask.session)
"""`flask.session`, for a type checker that should know of `session.rotate` and `session.user`."""


def login(user: User, values: dict[str, Any] | None = None, **limits: Any) -> None:
    """Login, after the password has been checked: a new id, which belongs to `user`. See `Session.rotate`."""
    _current().rotate(user, values, **limits)


def logout() -> None:
    """The session of this request is gone for good, whoever still holds its id."""
    _current().revoke()


def _current() -> FlaskSession:
    found = flask.session._get_current_object()  # type: ignore[attr-defined]
    if not isinstance(found, FlaskSession):
        raise SessionError(
            f"flask.session is a {type(found).__name__}: call sessiontable.flask.Sessions(app, table) when the app is made"
        )
    return found


class Sessions(SessionInterface):
    """Makes `flask.session` a session of this table. The settings of the cookie are the table's, not SESSION_COOKIE_*.

    `user_key`: the value by which the app or a library says who is logged in; Flask-Login's is "_user_id". Where that is
    set the session gets a new id, which belongs to this user, and where it is removed the session ends.
    A request that asks nothing of its session costs no look-up. A `StoreUnavailable` is answered with 503 and a
    `SessionGone` with 409, unless the app has an error handler for it.
    """

    def __init__(
        self, app: Flask | None = None, table: SessionTable | None = None, *, user_key: str = "_user_id"
    ) -> None:
        self._user_key = user_key
        if app is not None:
            self.init_app(app, table)

    def init_app(self, app: Flask, table: SessionTable | None = None) -> None:
        """The same for an app that a factory makes."""
        if not isinstance(table, SessionTable):
            raise SessionError(
                f"Sessions got the table {table!r}: give a SessionTable, as Sessions(app, SessionTable(store))"
            )
        self.table = table
        app.session_interface = self
        for kind in (StoreUnavailable, SessionGone):
            if kind not in app.error_handler_spec[None][None]:
                app.register_error_handler(kind, _page)
        app.teardown_request(_end)

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """The session of this request, which nobody has looked up yet."""
        environ = request.environ
        found = environ.get(_OURS)
        if not (isinstance(found, FlaskSession) and found.table_session.is_of(self.table)):
            around = environ.get(KEY)
            inner = around if isinstance(around, Session) and around.is_of(self.table) else self._session(request)
            lifetime = int(app.permanent_session_lifetime.total_seconds())
            found = environ[_OURS] = FlaskSession(inner, self._user_key, lifetime)
        return found

    def _session(self, request: Request) -> Session:
        environ = request.environ
        path = quote(request.root_path + request.path)
        inner = self.table.session([environ.get("HTTP_COOKIE", "")], host=environ.get("HTTP_HOST", ""), path=path)
        inner.plain_http = over_plain_http(request.scheme, request.headers.get("X-Forwarded-Proto", ""))
        return inner

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store what is not stored yet, and give the reply its header lines."""
        assert isinstance(session, FlaskSession)
        inner, environ = session.table_session, flask.request.environ if flask.has_request_context() else {}
        try:
            if not (inner.failure and response.status_code >= 409):
                session.settle()
            if inner.failure and response.status_code == 500 and not response.direct_passthrough:
                _refuse_instead(response, inner.failure)
        except (SessionGone, StoreUnavailable) as error:
            _become(response, error)
        if inner is environ.get(KEY):
            return  # the middleware around this app has the reply
        _without_former_cookies(response, inner.set_cookies)
        lines = inner.headers(response.headers.get("Cache-Control"))
        if NO_STORE in lines:
            response.headers.pop("Cache-Control", None)
        for name, value in lines:
            response.vary.add(value) if name == "Vary" else response.headers.add(name, value)
        inner.sent = True
        if response.is_streamed:
            response.call_on_close(lambda: setattr(inner, "used", True))
        else:
            inner.used = True  # whoever asks now, a log for example, cannot change the reply

    def get_cookie_name(self, app: Flask) -> str:
        """The name as browsers see it."""
        return self.table.cookie.wire_name

    def get_cookie_domain(self, app: Flask) -> str | None:
        """The table's."""
        return self.table.cookie.domain

    def get_cookie_path(self, app: Flask) -> str:
        """The table's."""
        return self.table.cookie.path

    def get_cookie_secure(self, app: Flask) -> bool:
        """The table's."""
        return self.table.cookie.secure

    def get_cookie_samesite(self, app: Flask) -> str:
        """The table's."""
        return self.table.cookie.same_site


def _without_former_cookies(response: Response, cookies: tuple[str, ...]) -> None:
    """An app may give the same reply to everybody: not with the first one's cookie in it."""
    if old := getattr(response, _GIVEN, ()):
        kept = [line for line in response.headers.getlist("Set-Cookie") if line not in old]
        response.headers.setlist("Set-Cookie", kept)
    if old or cookies:
        setattr(response, _GIVEN, cookies)


def _page(error: SessionGone | StoreUnavailable) -> Response:
    page = flask.make_response()
    _become(page, error)
    return page


def _refuse_instead(response: Response, error: SessionGone | StoreUnavailable) -> None:
    """A framework's page for an error that nobody had caught says nothing: one of the app's own is left."""
    if says_nothing(response.get_data()):
        _become(response, error)


def _become(response: Response, error: SessionGone | StoreUnavailable) -> None:
    """The whole reply is another one."""
    _log.warning("%a %a: %s", flask.request.method, flask.request.path[:200], error)
    refusal = refusal_of(error)
    if hasattr(response.response, "close"):
        response.response.close()
    response.direct_passthrough = False
    response.headers.clear()
    response.status_code = refusal.status
    response.set_data(refusal.body)
    for name, value in refusal.headers:
        response.headers[name] = value


def _end(error: BaseException | None) -> None:
    """What a streamed reply has changed within a value is stored; what needed a cookie that never went out is taken back."""
    found = flask.request.environ.get(_OURS)
    if isinstance(found, FlaskSession):
        if found.table_session.sent and not found.table_session.failure:
            found.settle()
        elif error is not None:
            found.table_session.undo()
