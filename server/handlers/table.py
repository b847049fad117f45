"""The small table once more, in steps that can be spoilt one by one: what the mistakes beside this file derive from.

Each of them undoes one step and shows what follows. Spoilt by nobody, it does what `small_table.py` does.
"""

import time
from collections.abc import Callable
from secrets import token_urlsafe
from threading import RLock

from sessiontable import Cookie

from ..message import NOT_KEPT, Request
from ..visitor import IDLE_SECONDS, MAX_AGE, Browsing, Session

__all__ = ["Guest", "Session", "Table"]


class Table:
    """Takes nobody's word: the id has to be in the table."""

    notes_in_session = False
    """Notes belong to users; a handler may keep them in the session instead, as carts and drafts often are."""

    def __init__(self, max_age: int | None = MAX_AGE) -> None:
        self.cookie = Cookie("sid", max_age=max_age, secure=False)
        self.life = max_age or MAX_AGE
        self.clock: Callable[[], float] = time.time
        self.sessions: dict[str, Session] = {}
        self.lock = RLock()

    def new_id(self) -> str:
        return token_urlsafe(32)

    def claimed(self, request: Request) -> list[str]:
        """What the request says: every value of our cookie. It proves nothing."""
        return self.cookie.candidates(request.cookie_lines)

    def find(self, request: Request) -> str | None:
        """The first claimed id that is in the table, and whose time is not over."""
        return next((claimed for claimed in self.claimed(request) if self.alive(self.sessions.get(claimed))), None)

    def alive(self, session: Session | None) -> bool:
        """Whether it is there, was used in the last two hours, and is younger than its cookie may become."""
        now = self.clock()
        return session is not None and now - session.used < IDLE_SECONDS and now - session.began < self.life

    def identify(self, request: Request) -> "Guest":
        with self.lock:
            found = self.find(request)
            guest = self.guest(request, found)
            if found is None:
                self.meet(guest)
            else:
                guest.session.used = self.clock()
            return guest

    def guest(self, request: Request, found: str | None) -> "Guest":
        """What stands for this request from here on."""
        return Guest(self, request, found)

    def meet(self, guest: "Guest") -> None:
        """A browser without an id of the table gets one."""
        guest.begin(Session())

    def log_in(self, guest: "Guest", user: str) -> None:
        """A new id and an empty session; the old id is dead."""
        self.sessions.pop(guest.id, None)
        guest.begin(Session(user))

    def issued(self, guest: "Guest") -> str:
        """The Set-Cookie value, with the lifetime that this login asks for."""
        return self.cookie.issue(guest.id, guest.max_age)

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


class Guest(Browsing[Table]):
    """One request's visitor, by an id of the table."""

    def __init__(self, table: Table, request: Request, found: str | None) -> None:
        super().__init__(found or "", table.sessions.get(found or ""), table)
        self.request = request
        self.max_age: int | None = None

    def begin(self, session: Session) -> None:
        """Gives the browser a new id for this session."""
        self.id, self.session = self.table.new_id(), session
        session.began = session.used = self.table.clock()
        self.table.sessions[self.id] = session
        self.set_cookies = (self.table.issued(self),)

    def log_in(self, user: str) -> None:
        with self.table.lock:
            self.table.log_in(self, user)

    def log_in_for(self, user: str, max_age: int) -> None:
        self.max_age = max_age
        self.log_in(user)

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
