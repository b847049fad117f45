"""Identity is: a random id that the server issued and finds in a dict. The fix, on one slide."""

from secrets import token_urlsafe

from sessiontable import Cookie

from ..message import Request
from ..visitor import Browsing, Session


class SmallTable:
    def __init__(self, max_age: int | None = None) -> None:
        self.cookie, self.sessions = Cookie("sid", max_age=max_age, secure=False), dict[str, Session]()

    def identify(self, request: Request) -> "Guest":
        claimed = self.cookie.candidates(request.cookie_lines)
        found = next((id_ for id_ in claimed if id_ in self.sessions), "")  # is it in my table?
        guest = Guest(found, self.sessions.get(found), self)
        if not guest.known:
            guest.log_in(None)
        return guest


class Guest(Browsing[SmallTable]):
    def log_in(self, user: str | None, max_age: int | None = None) -> None:
        self.log_out()
        self.id, self.session = token_urlsafe(32), Session(user)  # never the id from before
        self.table.sessions[self.id] = self.session
        self.set_cookies = (self.table.cookie.issue(self.id, max_age),)

    log_in_for = log_in  # with a lifetime: "remember me"

    def log_out(self) -> None:
        self.table.sessions.pop(self.id, None)
        self.session, self.set_cookies = Session(), (self.table.cookie.delete(),)

    def password_changed(self) -> None:
        for id_, session in list(self.table.sessions.items()):
            if session.user == self.user and id_ != self.id:
                self.table.sessions.pop(id_, None)
