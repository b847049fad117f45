"""Identity is: a random id that the server issued and finds in its table. The fix.

The address, the port and the mere presence of a cookie prove nothing. What counts is an id that nobody can guess, that
this server issued to this browser, and that its own table still holds. An id that is not in the table is never adopted;
at login a new id takes the place of the old one, which is dead from then on; after logout none is valid any more.
The table itself is in sessiontable/ and can be used in other servers as it is.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sessiontable import Cookie, Session, SessionGone, SessionTable, Store, StoreUnavailable
from sessiontable.httpserver import SessionMixin

from ..app import App
from ..connection import Connection
from ..log import Log
from ..message import Reply, Request
from ..visitor import IDLE_SECONDS, MAX_AGE, Visitor


class IssuedSession(SessionMixin, Connection):
    """Takes nobody's word: `self.session`, which the mixin finds in the server's own table, says who this is."""

    insists_on_tls = True
    """Where it has TLS it serves nobody without, and its cookie is never sent without."""

    @staticmethod
    def over(store: Store) -> Store:
        """The store as it is; a mistake puts something between."""
        return store

    def __init__(self, table: SessionTable, app: App, log: Log, *connection: Any) -> None:
        self.session_table, self._app = table, app
        super().__init__(app.name, self._reply, log, *connection)

    def _reply(self, request: Request) -> Reply:
        reply = self._app.answer(request, self._identify)
        return replace(reply, headers=(*reply.headers, *self.session_headers("no-store")))

    def _identify(self, request: Request) -> Visitor:
        return _SessionVisitor(self.session, self.session_table)

    def refuse(self, error: SessionGone | StoreUnavailable) -> None:
        """Better no answer than one to a stranger in somebody's place: nobody is recognised, no cookie is sent."""
        self.decline(409 if isinstance(error, SessionGone) else 503, str(error))


def issuing(
    store: Store, max_age: int | None, clock: Callable[[], float] = time.time, *, secure: bool = False
) -> SessionTable:
    """The table. What the browser is told to forget after `max_age` seconds, the server forgets as well."""
    absolute = max_age or MAX_AGE
    cookie = Cookie("sid", max_age=max_age, secure=secure)  # over plain http a browser would not keep it
    return SessionTable(
        store, idle_timeout=min(IDLE_SECONDS, absolute), absolute_timeout=absolute, cookie=cookie, clock=clock
    )


class _SessionVisitor:
    set_cookies = ()  # the mixin sends them

    def __init__(self, session: Session, table: SessionTable) -> None:
        self._session, self._table, self.known = session, table, session.known
        found = "is in the table of those that this server issued" if session.known else "is missing, or in no table"
        self.why = f"the id in your cookie sid {found}"

    @property
    def identity(self) -> str | None:
        return self._session.label  # from the hash of the id, so that no log and no page gives the id itself away

    @property
    def user(self) -> str | None:
        user = self._session.user
        return None if user is None else str(user)

    def count_visit(self) -> int:
        return self._session.update("visits", lambda visits: visits + 1 if isinstance(visits, int) else 1)

    def log_in(self, user: str) -> None:
        self._session.rotate(user)

    def log_in_for(self, user: str, max_age: int) -> None:
        server_side = max_age or None
        self._session.rotate(user, max_age=max_age, idle_timeout=server_side, absolute_timeout=server_side)

    def log_out(self) -> None:
        self._session.revoke()

    def password_changed(self) -> None:
        if self._session.user:
            self._table.revoke_all(self._session.user, but=self._session)
