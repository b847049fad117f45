"""The routes, the same for every handler. Who somebody is, nothing here decides: the handler is asked, once a request."""

from collections.abc import Callable
from dataclasses import replace

from . import pages
from .message import Refused, Reply, Request, endpoint, json_reply
from .visitor import CountsTries, EndsOthers, Finishes, KeepsNotes, SaysCaching, Visitor

type Fields = dict[str, object]
type Identify = Callable[[Request], Visitor]

LONGEST_USER, LONGEST_NOTE = 64, 10_000


class App:
    """Answers requests for one handler. A note belongs to a user, and is kept until the server stops.

    People may log in without a password; whoever gives one gives `pw-` and their name, until they change it.
    """

    def __init__(self, name: str, about: str = "") -> None:
        self.name, self._about = name, about
        self._notes: dict[str, str] = {}
        self._passwords: dict[str, str] = {}
        self._routes: dict[str, dict[str, Callable[[Request, Visitor], Fields]]] = {
            "/": {"GET": self._visit},
            "/whoami": {"GET": self._nothing_more},
            "/login": {"POST": self._log_in},
            "/logout": {"POST": self._log_out},
            "/password": {"POST": self._change_password},
            "/note": {"GET": self._read_note, "PUT": self._write_note, "POST": self._write_note},  # a form cannot PUT
        }

    def answer(self, request: Request, identify: Identify) -> Reply:
        """The reply to a request: JSON, or a page for a browser."""
        if request.path == "/healthz":
            return json_reply(200, {"status": "ok"})
        visitor = identify(request)
        status = 200
        headers: tuple[tuple[str, str], ...] = ()
        try:
            more = self._route(request)(request, visitor)
        except Refused as refused:
            status, more, headers = refused.status, {"error": refused.error}, refused.headers
        fields = self._who(request, visitor) | more
        if isinstance(visitor, Finishes):
            visitor.finish()
        reply = self._page(request, status, fields, visitor) if request.wants_page else json_reply(status, fields)
        cookies = tuple(("Set-Cookie", line) for line in visitor.set_cookies)
        return replace(
            reply,
            headers=reply.headers + headers + cookies,
            caching=visitor.caching() if isinstance(visitor, SaysCaching) else reply.caching,
            identity=visitor.identity,
            known=visitor.known,
            user=visitor.user,
        )

    def _who(self, request: Request, visitor: Visitor) -> Fields:
        return {
            "handler": self.name,
            "identity": visitor.identity,
            "known": visitor.known,
            "user": visitor.user,
            "seen_from": endpoint(request.client),
        }

    def _route(self, request: Request) -> Callable[[Request, Visitor], Fields]:
        methods = self._routes.get(request.path)
        if methods is None:
            raise Refused(404, f"no such path: {request.path}; there are {', '.join(self._routes)} and /healthz")
        method = "GET" if request.method == "HEAD" else request.method
        if method not in methods:
            allowed = ", ".join(methods)
            raise Refused(405, f"{request.path} does not take {method}, only {allowed}", (("Allow", allowed),))
        return methods[method]

    def _page(self, request: Request, status: int, fields: Fields, visitor: Visitor) -> Reply:
        if request.method == "POST" and status == 200:
            return Reply(303, b"", "text/plain", (("Location", "/"),))  # a reload must not send the form again
        user = visitor.user
        note = self._notes.get(user, "") if user else ""
        return pages.visitor(status, fields, why=visitor.why, about=self._about, note=note)

    def _visit(self, request: Request, visitor: Visitor) -> Fields:
        return {"visits": visitor.count_visit()}

    def _nothing_more(self, request: Request, visitor: Visitor) -> Fields:
        return {}

    def _log_in(self, request: Request, visitor: Visitor) -> Fields:
        user = request.field("user", longest=LONGEST_USER)
        if not user.isprintable():
            raise Refused(400, f"user {user!r} holds control characters: use letters and digits")
        password = request.optional("password")
        right = password is None or password == self._passwords.get(user, f"pw-{user}")
        if isinstance(visitor, CountsTries):
            visitor.tries_to_log_in(right=right)
        if not right:
            raise Refused(401, f"this is not {user!r}'s password")
        visitor.log_in(user)
        return {}

    def _change_password(self, request: Request, visitor: Visitor) -> Fields:
        self._passwords[_user_of(visitor)] = request.field("password", longest=LONGEST_USER)
        if isinstance(visitor, EndsOthers):
            visitor.password_changed()
        return {}

    def _log_out(self, request: Request, visitor: Visitor) -> Fields:
        visitor.log_out()
        return {}

    def _read_note(self, request: Request, visitor: Visitor) -> Fields:
        drawer, label = self._drawer(visitor)
        return {"note": drawer.get(label)}

    def _write_note(self, request: Request, visitor: Visitor) -> Fields:
        drawer, label = self._drawer(visitor)
        note = drawer[label] = request.field("note", longest=LONGEST_NOTE)
        return {"note": note}

    def _drawer(self, visitor: Visitor) -> tuple[dict[str, str], str]:
        """Where this visitor's note is: among those of all users, or in a drawer of the handler's own."""
        user = _user_of(visitor)
        own = visitor.notes() if isinstance(visitor, KeepsNotes) else None
        return (self._notes, user) if own is None else (own, "note")


def _user_of(visitor: Visitor) -> str:
    user = visitor.user
    if user is None:
        raise Refused(401, 'nobody is logged in: POST /login with {"user": "…"} first')
    return user
