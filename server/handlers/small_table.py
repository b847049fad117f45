"""Identity is: a random id that the server issued and finds in a dict. The fix on one slide, and what the mistakes spoil.

Four things are all of it: ids that nobody can guess, "is it in my table?", a new id at login, none after logout. Each of
the handlers beside this file that subclass it undoes one of these things, and shows what follows. For real use there is
the session table, which also ends sessions by time, outlives a restart and loses no update.
"""

from secrets import token_urlsafe
from threading import RLock

from sessiontable import Cookie

from ..message import NOT_KEPT, Request
from ..visitor import MAX_AGE


class Session:
    """What the server remembers of one browser."""

    def __init__(self, user: str | None = None) -> None:
        self.user = user
        self.visits = 0
        self.address: str | None = None
        self.data: dict[str, str] = {}


class SmallTable:
    """Takes nobody's word: the id has to be in the table."""

    notes_in_session = False
    """Notes belong to users; a handler may keep them in the session instead, as carts and drafts often are."""

    def __init__(self, max_age: int | None = MAX_AGE) -> None:
        self.cookie = Cookie("sid", max_age=max_age, secure=False)
        self.sessions: dict[str, Session] = {}
        self.lock = RLock()

    def new_id(self) -> str:
        return token_urlsafe(32)

    def claimed(self, request: Request) -> list[str]:
        """What the request says: every value of our cookie. It proves nothing."""
        return self.cookie.candidates(request.cookie_lines)

    def find(self, request: Request) -> str | None:
        """The first claimed id that is in the table."""
        return next((claimed for claimed in self.claimed(request) if claimed in self.sessions), None)

    def identify(self, request: Request) -> "Guest":
        with self.lock:
            found = self.find(request)
            guest = Guest(self, request, found)
            if found is None:
                self.meet(guest)
            return guest

    def meet(self, guest: "Guest") -> None:
        """A browser without an id of the table gets one."""
        guest.begin(Session())

    def log_in(self, guest: "Guest", user: str) -> None:
        """A new id and an empty session; the old id is dead."""
        self.sessions.pop(guest.id, None)
        guest.begin(Session(user))

    def log_out(self, guest: "Guest") -> None:
        self.sessions.pop(guest.id, None)
        guest.set_cookies = (self.cookie.delete(),)

    def caching(self, guest: "Guest") -> tuple[tuple[str, str], ...]:
        """What caches are told: to keep nothing, for each reply is made for one person."""
        return NOT_KEPT

    def password_changed(self, guest: "Guest") -> None:
        """The user's other sessions end."""
        for id_, session in list(self.sessions.items()):
            if session.user == guest.user and id_ != guest.id:
                del self.sessions[id_]


class Guest:
    """One request's visitor, by an id of the table."""

    def __init__(self, table: SmallTable, request: Request, found: str | None) -> None:
        self.table, self.request, self.known = table, request, found is not None
        self.id = found or ""
        self.session = table.sessions.get(self.id, Session())
        self.set_cookies: tuple[str, ...] = ()

    def begin(self, session: Session) -> None:
        """Gives the browser a new id for this session."""
        self.id, self.session = self.table.new_id(), session
        self.table.sessions[self.id] = session
        self.set_cookies = (self.table.cookie.issue(self.id),)

    @property
    def identity(self) -> str | None:
        return self.id[:8] + "…" if self.id else None

    @property
    def why(self) -> str:
        return f"the id in your cookie sid is {'' if self.known else 'not '}in the table"

    @property
    def user(self) -> str | None:
        return self.session.user

    def count_visit(self) -> int:
        with self.table.lock:
            self.session.visits += 1
            return self.session.visits

    def log_in(self, user: str) -> None:
        with self.table.lock:
            self.table.log_in(self, user)

    def log_out(self) -> None:
        with self.table.lock:
            self.table.log_out(self)
            self.session = Session()

    def caching(self) -> tuple[tuple[str, str], ...]:
        return self.table.caching(self)

    def notes(self) -> dict[str, str] | None:
        return self.session.data if self.table.notes_in_session else None

    def password_changed(self) -> None:
        with self.table.lock:
            self.table.password_changed(self)
