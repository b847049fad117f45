"""The session table for threads: http.server, WSGI, and all code that does not await."""

from collections.abc import Callable, Iterable

from .core import CoreSession, CoreTable, Listed
from .inline import finish, for_threads
from .store import AsyncStore, Store
from .values import Json


class SessionTable(CoreTable):
    """Issues session ids, finds them again and ends them. One for all threads of a server.

    A session ends `idle_timeout` seconds after its last request and `absolute_timeout` seconds after it began.
    A request postpones the idle end at most once in 60 s, or in a tenth of a shorter timeout: mere reading costs no
    write, and the idle end may come that much early.
    `max_bytes`: what names and values of one session may take, as JSON in UTF-8.
    `grace` in seconds: so long after a login its old id still leads to the new session, once, for the same login
    repeated because the reply was lost. It takes the credentials again: alone the old id opens nothing, or whoever
    planted it would be in.
    Raises SessionError for settings that make no sense. Every method may raise StoreUnavailable.
    """

    def _adapted(self, store: Store | AsyncStore) -> AsyncStore:
        return for_threads(store)

    def open(self, cookie_lines: Iterable[str], *, host: str = "", path: str = "/") -> "Session":
        """The session of a request, from all its Cookie header lines; a new and still empty one if none is known.

        Of all cookies with our name exactly one must lead to a living session: two mean that somebody planted one of
        them, and no rule of order tells which (RFC 6265bis 5.8.3). An unknown id is never adopted. The reply then
        removes the surplus ones, for which `host` and `path` of the request are needed as the client sent them.
        """
        return finish(self._open(Session, cookie_lines, host, path))

    def sessions_of(self, user: str, current: "Session | None" = None) -> list[Listed]:
        """The living sessions of a user, the newest first, with the current one marked.

        Raises SessionError for a store that can neither list by user nor go through all its sessions.
        """
        return finish(self._list(user, current.key if current else None))

    def revoke_all(self, user: str, but: "Session | None" = None) -> int:
        """End all sessions of a user, as after a change of password, all `but` the current one if that is given.

        Returns how many ended. A login that is under way at the same moment may come after.
        """
        return finish(self._revoke_all(user, but))

    def revoke_one(self, user: str, label: str) -> bool:
        """End the session with this label if it is one of this user's. False: it is not, or no longer."""
        return finish(self._revoke_one(user, label))

    def sweep(self, limit: int = 100) -> int:
        """Throw away at most `limit` expired sessions, so that the step stays short; returns how many it were.

        Call it now and then. 0 where nothing is left, or where the store does it by itself.
        """
        return finish(self._sweep(limit))


class Session(CoreSession):
    """One request's view of a session. Make one per request with `SessionTable.open`; do not share it between threads.

    Nothing is stored, and no cookie sent, before the first `write` or `rotate`.
    """

    def write(self, name: str, value: Json) -> None:
        """Set one value and leave all others alone; None removes it.

        Raises SessionGone if the session ended meanwhile, SessionError if the value is no JSON or too large.
        """
        finish(self._write(name, value))

    def update[Value: Json](self, name: str, change: Callable[[Json], Value]) -> Value:
        """Replace a value by `change(the newest one)` and return it, as one step among all processes.

        `change` is called again where another request was quicker. Raises what `write` raises.
        """
        return finish(self._update(name, change))

    def rotate(self, user: str) -> None:
        """Login: go on under a new id that belongs to `user`; the old id is dead from here on.

        Values come along from an anonymous session or one of the same user, never from another user's.
        Raises SessionGone if the session ended meanwhile.
        """
        finish(self._rotate(user))

    def revoke(self) -> None:
        """Logout: the session is gone for good, whoever still holds its id. Needs no known session."""
        finish(self._revoke())
