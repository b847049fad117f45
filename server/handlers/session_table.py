"""Identity is: a random id that the server issued and finds in its table. The fix.

The address, the port and the mere presence of a cookie prove nothing. What counts is an id that nobody can guess, that
this server issued to this browser, and that its own table still holds. An id that is not in the table is never adopted;
at login a new id takes the place of the old one, which is dead from then on; after logout none is valid any more.
The table itself is in src/cookielab/sessions and can be used in other servers as it is.
"""

import time
from collections.abc import Callable

from cookielab.sessions import Cookie, Json, MemoryStore, Session, SessionTable

from ..message import Request
from ..visitor import MAX_AGE, Visitor

IDLE_SECONDS = 2 * 60 * 60


class IssuedSession:
    """Takes nobody's word: looks the id up in the server's own table."""

    def __init__(self, max_age: int | None = MAX_AGE, clock: Callable[[], float] = time.time) -> None:
        absolute = max_age or MAX_AGE  # what the browser is told to forget, the server forgets as well
        self._table = SessionTable(
            MemoryStore(),
            idle_timeout=min(IDLE_SECONDS, absolute),
            absolute_timeout=absolute,
            cookie=Cookie("sid", max_age=max_age),
            clock=clock,
        )

    def identify(self, request: Request) -> Visitor:
        return _SessionVisitor(self._table.open(request.cookie_lines))


class _SessionVisitor:
    def __init__(self, session: Session) -> None:
        self._session = session
        self.known = session.known
        found = "is in the table of those that this server issued" if session.known else "is missing, or in no table"
        self.why = f"the id in your cookie sid {found}"

    @property
    def identity(self) -> str | None:
        return self._session.label  # from the hash of the id, so that no log and no page gives the id itself away

    @property
    def user(self) -> str | None:
        return self._session.user

    @property
    def set_cookies(self) -> tuple[str, ...]:
        return self._session.set_cookies

    def count_visit(self) -> int:
        return self._session.update("visits", _one_more)

    def log_in(self, user: str) -> None:
        self._session.rotate(user)

    def log_out(self) -> None:
        self._session.revoke()


def _one_more(visits: Json) -> int:
    return visits + 1 if isinstance(visits, int) else 1
