"""The session table for threads: http.server, WSGI, and all code that does not await."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import RLock
from typing import Any, overload

from ..basics.users import User
from ..basics.values import Json, encoded
from ..store import AsyncStore, Store
from .core import CoreTable, Holds, Listed, held
from .inline import finish, for_threads
from .mapping import GONE, is_change, texts_to_begin_with, texts_to_write
from .session import CoreSession


class SessionTable(CoreTable):
    """Issues session ids, finds them again and ends them. One for all threads of a server.

    A session ends `idle_timeout` seconds after its last request and `absolute_timeout` seconds after its login, whole
    numbers both. A request postpones the idle end at most once in 60 s, or in a tenth of a shorter timeout: mere reading
    costs no write, and the idle end may come that much early. `rotate` may give one login other limits.
    `max_bytes`: what names and values of one session may take, as JSON in UTF-8.
    `max_per_user`: where a login would be one more than that, the oldest session of this user ends.
    `grace` in seconds: so long after a login its old id still leads to the new session, once, for the same login
    repeated because the reply was lost. It takes the credentials again: alone the old id opens nothing, or whoever
    planted it would be in.
    `hooks`: what is called at logins, logouts and the like; see `Hooks`.
    Raises SessionError for settings that make no sense. Every method may raise StoreUnavailable.
    """

    def _adapted(self, store: Store | AsyncStore) -> AsyncStore:
        return for_threads(store)

    def open(self, cookie_lines: Iterable[str], *, host: str = "", path: str = "/") -> "Session":
        """The session of a request, from all its Cookie header lines; a new and still empty one if none is known.

        Of all cookies with our name exactly one must lead to a living session: two mean that somebody planted one of
        them, and no rule of order tells which (RFC 6265bis 5.8.3). An unknown id is never adopted. Of two the reply
        removes those at other places, for which `host` and `path` of the request are needed as the client sent them.
        """
        return finish(self._open(Session, cookie_lines, host, path))

    def session(self, cookie_lines: Iterable[str], *, host: str = "", path: str = "/") -> "Session":
        """The same, looked up when somebody first asks it something: a request that does not costs nothing."""
        return Session(self, self.cookie.candidates(cookie_lines), host, path)

    def sessions_of(self, user: User, current: "Session | Holds | None" = None) -> list[Listed]:
        """The living sessions of a user, the newest first, with the current one marked.

        Raises SessionError for a store that can neither list by user nor go through all its sessions.
        """
        return finish(self._list(user, held(current)))

    def revoke_all(self, user: User, but: "Session | Holds | None" = None) -> int:
        """End all sessions of a user, as after a change of password, all `but` the current one if that is given.

        Returns how many ended. A login that is under way at the same moment may come after.
        """
        return finish(self._revoke_all(user, held(but)))

    def revoke_one(self, user: User, label: str) -> bool:
        """End the session with this label if it is one of this user's. False: it is not, or no longer."""
        return finish(self._revoke_one(user, label))

    def sweep(self, limit: int = 100) -> int:
        """Throw away at most `limit` expired sessions, so that the step stays short; returns how many it were.

        Call it now and then. 0 where nothing is left, or where the store does it by itself.
        """
        return finish(self._sweep(limit))


class Session(CoreSession):
    """One request's view of a session, and a mapping of its values: `session["x"]` reads, `session["x"] = 1` stores at once.

    Nothing is looked up before somebody asks; nothing is stored, and no cookie sent, before the first value or `rotate`.
    Threads of one request may share it.
    """

    __slots__ = ("_lock",)

    def __init__(self, table: SessionTable, ids: Sequence[str] = (), host: str = "", path: str = "/") -> None:
        CoreSession.__init__(self, table, ids, host, path)
        self._lock = RLock()

    def _look_now(self) -> None:
        with self._lock:
            finish(self.look())

    def _set(self, name: str, text: str | None, value: Any) -> None:
        with self._lock:
            finish(self._write_many({name: text}))
            if value is not GONE:
                super()._set(name, text, value)

    def write(self, name: str, value: Json) -> None:
        """Set one value and leave all others alone; None removes it.

        Raises SessionGone if the session ended meanwhile, SessionError if the value is no JSON or too large.
        """
        with self._lock:
            finish(self._write(name, encoded(name, value)))

    def write_many(self, values: Mapping[str, Json]) -> None:
        """Set several values, as `write` does each, so None removes; none is written where one of them cannot be stored."""
        with self._lock:
            finish(self._write_many(texts_to_write(values)))

    @overload  # type: ignore[override]
    def update[Value: Json](self, name: str, change: Callable[[Any], Value], /) -> Value: ...
    @overload
    def update(self, values: Mapping[str, Json] | Iterable[tuple[str, Json]] = (), /, **named: Json) -> None: ...
    def update(self, *args: Any, **named: Any) -> Any:  # type: ignore[misc]
        """`update(name, change)` replaces a value by `change(the newest one)` and returns it, as one step among all
        processes; `change` is called again where another request was quicker. Raises what `write` raises.

        `update(mapping)` sets several values, as that of a dict.
        """
        with self._lock:
            if is_change(args) and not named:
                return finish(self._update(*args))
            self._fill(*args, **named)
            return None

    def rotate(
        self,
        user: User,
        values: Mapping[str, Json] | None = None,
        *,
        idle_timeout: int | None = None,
        absolute_timeout: int | None = None,
        max_age: int | None = None,
        device: str | None = None,
    ) -> None:
        """Login: go on under a new id that belongs to `user`; the old id is dead from here on.

        Values come along from an anonymous session or one of the same user, never from another user's; `values` are set
        in the same step, None as a value like any other. The absolute limit begins with the login: a user who is logged
        in already gets a new id, and no more time. Other limits than the table's, in seconds, and another `max_age` of
        the cookie (0: it ends with the browser) are for "remember me"; `device` is shown in `sessions_of`.
        Raises SessionGone if the session ended meanwhile.
        """
        life = self._table.lifetime(idle_timeout, absolute_timeout, max_age, device)
        with self._lock:
            finish(self._rotate(user, life, texts_to_begin_with(values)))

    def renew(self) -> None:
        """Go on under a new id, as before; for an app that changes ids now and then. No session is made where none is."""
        with self._lock:
            finish(self._renew())

    def refresh(self) -> None:
        """Read values and user anew, in a request that takes long; it counts as use. Raises SessionGone."""
        with self._lock:
            finish(self._refresh())

    def revoke(self) -> None:
        """Logout: the session is gone for good, whoever still holds its id. Needs no known session."""
        with self._lock:
            self._handed = None
            finish(self._revoke())

    def clear(self) -> None:
        """As `revoke`."""
        self.revoke()

    def settle(self) -> None:
        """Store what has changed inside lists and dicts that were handed out. Adapters do it when the reply begins."""
        with self._lock:
            finish(self._settle())

    def undo(self) -> bool:
        """Take back a login or a first value whose cookie never reaches the browser; adapters do it after a failure.

        False: there was none.
        """
        with self._lock:
            return finish(self._undo())
