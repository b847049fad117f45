"""The table's logic, written once: who a request comes from, and how sessions begin, change, move on and end.

It awaits every step of the store and nothing else. `table.py` gives it to threads, `asynchronous.py` to asyncio.
"""

import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from .cookie import Cookie
from .errors import SessionError, SessionGone, StoreUnavailable
from .ids import key_of, keys_of, label_of, new_id
from .inline import settled
from .store import NO_VALUES, AsyncStore, Change, Iterates, ListsByUser, Outcome, Record, Store, Sweeps, size_of
from .values import Json, decoded, encoded

NO_STORE, VARY = ("Cache-Control", "no-store"), ("Vary", "Cookie")
_PRIVATE = {"no-store", "private"}

_REFRESH_SECONDS = 60.0
_MOST_CANDIDATES = 8  # more cookies of our name than any browser sends by accident
_MOST_TRIES = 1000  # of what others keep changing meanwhile
_LONGEST_GRACE = 60.0
_SURROGATE = re.compile("[\ud800-\udfff]")
_PROBE = Change("probe", None, limit=0, checked=True, before="")  # no JSON is empty: it changes nothing, anywhere


@dataclass(frozen=True, slots=True)
class Listed:
    """A session in a user's list. Times in seconds since the epoch; `label` names it and opens nothing."""

    label: str
    created_at: float
    expires_at: float
    current: bool


class CoreTable:
    """The settings of a table, and what it does; see `SessionTable` for what they mean."""

    def __init__(
        self,
        store: Store | AsyncStore,
        *,
        idle_timeout: float = 30 * 60,
        absolute_timeout: float = 12 * 60 * 60,
        cookie: Cookie | None = None,
        clock: Callable[[], float] = time.time,
        max_bytes: int = 64 * 1024,
        grace: float = 10.0,
    ) -> None:
        if not (isfinite(absolute_timeout) and 0 < idle_timeout <= absolute_timeout):
            raise SessionError(
                f"idle_timeout is {idle_timeout} s and absolute_timeout {absolute_timeout} s: "
                "both must be finite and above 0, and idle no longer than absolute"
            )
        if max_bytes < 1:
            raise SessionError(f"max_bytes is {max_bytes}: give the bytes that one session may take, 1 at least")
        if not 0 <= grace <= _LONGEST_GRACE:
            raise SessionError(
                f"grace is {grace} s: give 0 to {_LONGEST_GRACE:.0f} seconds; it is for a lost reply only"
            )
        self.store = self._adapted(store)
        self.cookie, self.clock, self.max_bytes, self.grace = cookie or Cookie(), clock, max_bytes, grace
        self._idle, self._absolute = idle_timeout, absolute_timeout
        self._refresh = min(_REFRESH_SECONDS, idle_timeout / 10)
        self._faces = (self.store, store)  # the one in use, which may lack an ability, first

    def _adapted(self, store: Store | AsyncStore) -> AsyncStore:
        raise NotImplementedError

    async def _open[Kind: CoreSession](
        self, kind: type[Kind], cookie_lines: Iterable[str], host: str, path: str
    ) -> Kind:
        values = self.cookie.candidates(cookie_lines)
        if not values:
            return kind(self)
        surplus = len(values) > 1
        keys = keys_of(dict.fromkeys(values) if surplus else values)
        now, living = self.clock(), None
        for key in keys if len(keys) <= _MOST_CANDIDATES else ():
            if record := await self.store.read(key, now):
                if living:  # two of them: nobody knows which is whose
                    living = None
                    break
                living = key, record
        tidying = self.cookie.delete_elsewhere(host, path) if surplus else ()  # ours stays: a login may be under way
        if living:
            key, record = living
            end = self.end_of(record.created_at, now)
            if end - record.expires_at < self._refresh or await self.store.touch(key, end, now):
                return kind(self, key, record, keys, tidying)
        return kind(self, None, None, keys, tidying)

    async def _sessions_of(self, user: str) -> list[tuple[bytes, Record]]:
        now = self.clock()
        lists = next((face for face in self._faces if isinstance(face, ListsByUser)), None)
        iterates = next((face for face in self._faces if isinstance(face, Iterates)), None)
        if lists is not None:
            found = list(await settled(lists.sessions_of(user, now)))
        elif iterates is not None:
            found = [item for item in await settled(iterates.sessions(now)) if item[1].user == user]
        else:
            raise SessionError(
                f"{type(self._faces[-1]).__name__} cannot list the sessions of {user!r}: "
                "give it the method sessions_of, or sessions, as described in store.py"
            )
        return sorted(found, key=lambda item: -item[1].created_at)

    async def _list(self, user: str, current: bytes | None) -> list[Listed]:
        return [
            Listed(label_of(key), record.created_at, record.expires_at, key == current)
            for key, record in await self._sessions_of(user)
        ]

    async def _revoke_all(self, user: str, but: "CoreSession | None") -> int:
        ended = 0
        for _ in range(_MOST_TRIES):
            keys = [key for key, _ in await self._sessions_of(user) if but is None or key != but.key]
            found = [await self.store.delete(key) for key in keys]
            ended += sum(found)
            if all(found):  # otherwise a login may just have carried one of them on, under another key
                return ended
        raise StoreUnavailable(f"sessions of {user!r} were moved by others {_MOST_TRIES} times: try again later")

    async def _revoke_one(self, user: str, label: str) -> bool:
        keys = [key for key, _ in await self._sessions_of(user) if label_of(key) == label]
        return any([await self.store.delete(key) for key in keys])

    async def _sweep(self, limit: int) -> int:
        sweeps = next((face for face in self._faces if isinstance(face, Sweeps)), None)
        return 0 if sweeps is None else await settled(sweeps.sweep(self.clock(), limit))

    def end_of(self, created_at: float, now: float) -> float:
        """When a session that was used just now ends, if it is not used again."""
        idle, absolute = now + self._idle, created_at + self._absolute
        return idle if idle < absolute else absolute


class CoreSession:
    """One request's view of a session; see `Session`.

    `used`: somebody asked who this is or what is stored, so the reply depends on it.
    `sent`: the header of the reply is out, so nothing may happen that needs another line there; adapters set it.
    `failure`: the error that this session raised, for adapters around an app that makes it a 500.
    """

    used = sent = _known = False
    failure: SessionGone | StoreUnavailable | None = None
    _user: str | None = None
    _values: Mapping[str, str] = NO_VALUES
    _own: str | None = None

    def __init__(
        self,
        table: CoreTable,
        key: bytes | None = None,
        record: Record | None = None,
        sent: Sequence[bytes] = (),
        tidying: Sequence[str] = (),
    ) -> None:
        self._table, self.key, self._keys, self._tidying = table, key, sent, tidying
        if record:
            self._known, self._user, self._values = True, record.user, record.values

    @property
    def known(self) -> bool:
        """Whether the request carried an id that is in the table."""
        self._use()
        return self._known

    @property
    def user(self) -> str | None:
        """Who is logged in, or None."""
        self._use()
        return self._user

    @property
    def label(self) -> str | None:
        """A short name for logs, which tells sessions apart and opens none; None while nothing is stored."""
        return label_of(self.key) if self.key else None

    @property
    def set_cookies(self) -> tuple[str, ...]:
        """The Set-Cookie values that the reply has to carry."""
        return (*self._tidying, self._own) if self._own else (*self._tidying,)

    def headers(self, cache_control: str | None = None) -> list[tuple[str, str]]:
        """The header lines that the reply has to carry, after all has been read and written.

        `cache_control` is the reply's own, which counts where it keeps the reply from shared caches; otherwise the
        line here has to take its place. Empty where the reply does not depend on the session.
        """
        lines = [("Set-Cookie", cookie) for cookie in self.set_cookies] if self._own or self._tidying else []
        if lines or self.used:
            own = cache_control and set(cache_control.lower().replace(",", " ").split())
            lines += (VARY,) if own and not own.isdisjoint(_PRIVATE) else (NO_STORE, VARY)
        return lines

    def read(self, name: str) -> Json:
        """The value as it was when the request came in, own writes included; None if there is none."""
        self._use()
        text = self._values.get(name)
        return None if text is None else decoded(text)

    def names(self) -> list[str]:
        """The names of all values."""
        self._use()
        return list(self._values)

    async def _write(self, name: str, value: Json) -> None:
        text = encoded(name, value)
        if self.key:
            await self._change(self.key, Change(name, text, self._table.max_bytes))
        elif text is not None:
            await self._begin(None, {name: text})

    def _use(self) -> None:
        if self.sent and not self.used:
            raise SessionError(
                "the session was asked for after the reply had begun, too late for Cache-Control: no-store: "
                "ask before; session.user is enough"
            )
        self.used = True

    async def _ask[Answer](self, call: Awaitable[Answer]) -> Answer:
        try:
            return await call
        except StoreUnavailable as error:
            self.failure = error
            raise

    async def _update[Value: Json](self, name: str, change: Callable[[Json], Value]) -> Value:
        self._use()
        for _ in range(_MOST_TRIES):
            before = self._values.get(name)
            value = change(None if before is None else decoded(before))
            text = encoded(name, value)
            if self.key is None:
                if text is not None:
                    await self._begin(None, {name: text})
                return value
            if await self._change(self.key, Change(name, text, self._table.max_bytes, checked=True, before=before)):
                return value
            await self._load(self.key)
        raise StoreUnavailable(
            f"session value {name!r} was changed by others {_MOST_TRIES} times during one update: try again later"
        )

    async def _rotate(self, user: str) -> None:
        if not isinstance(user, str) or not user or _SURROGATE.search(user):
            raise SessionError(
                f"user is {user!r}: give the name or number of who logged in, as a text in Unicode that is not empty"
            )
        await self._begin(user, {})

    async def _revoke(self) -> None:
        for key in dict.fromkeys((*self._keys, *([self.key] if self.key else []))):
            await self._ask(self._table.store.delete(key))
        self._forget()
        self._own = self._table.cookie.delete()

    async def _change(self, key: bytes, change: Change) -> bool:
        """Whether the change was made; False: the value is no longer what it was."""
        self.used = True
        outcome = await self._ask(self._table.store.write(key, change, self._table.clock()))
        if outcome is Outcome.CHANGED:
            return False
        if outcome is Outcome.TOO_LARGE:
            raise self._too_large(change.name)
        if outcome is not Outcome.DONE:
            raise self._gone()
        values = dict(self._values)  # a copy: what the store returned may be its own
        if change.value is None:
            values.pop(change.name, None)
        else:
            values[change.name] = change.value
        self._values = values
        return True

    async def _begin(self, user: str | None, values: dict[str, str]) -> None:
        """A new id. What is known moves to it; so does what an earlier login of this user left at the old id."""
        if self.sent:
            raise SessionError(
                "a new session cookie is needed after the reply had begun, too late to send it: "
                "call rotate, or the first write, before"
            )
        if isinstance(self.failure, SessionGone):  # an app that goes on after that begins no session by accident
            raise self.failure
        table, now, fresh = self._table, self._table.clock(), new_id()
        if size_of(values) > table.max_bytes:
            raise self._too_large(*values)
        if not user:
            await self._check_for_login(now)
        key, record = key_of(fresh), Record(now, table.end_of(now, now), user, values)
        old = self.key or (self._keys[0] if user and len(self._keys) == 1 else None)
        moved = await self._ask(table.store.move(old, key, record, now, now + table.grace)) if old else None
        if moved is None:
            if self.key:
                raise self._gone()
            await self._ask(table.store.create(key, record, now))
        record = moved or record
        self.key, self._user, self._values, self.used = key, record.user, record.values, True
        self._own = table.cookie.issue(fresh)

    async def _check_for_login(self, now: float) -> None:
        """Raises SessionGone where a login has just carried on what the browser sent: a new cookie would undo that login.

        Such a request was on its way when the login's reply was: both cookies reach one browser, and the later one stays.
        """
        for key in self._keys[:_MOST_CANDIDATES]:
            if await self._ask(self._table.store.write(key, _PROBE, now)) is Outcome.MOVED:
                raise self._gone()

    async def _load(self, key: bytes) -> None:
        record = await self._ask(self._table.store.read(key, self._table.clock()))
        if record is None:
            raise self._gone()
        self._values = record.values

    def _forget(self) -> None:
        self.key, self._user, self._values, self._keys, self.used = None, None, {}, (), True

    def _gone(self) -> SessionGone:
        gone = SessionGone(
            f"session {self.label or label_of(self._keys[0])} ended while this request was under way, by a logout, a login or expiry: "
            "nothing was changed; send the request again"
        )
        self._forget()
        self.failure = gone
        return gone

    def _too_large(self, name: str) -> SessionError:
        return SessionError(
            f"session value {name!r} does not fit: session {self.label or 'to be'} would take more than "
            f"max_bytes={self._table.max_bytes}; keep large things elsewhere and their key here, or raise max_bytes"
        )
