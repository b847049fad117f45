"""Who a request comes from, written once: how its session is found, and what of it is read.

It awaits every step of the store and nothing else, but for a look on the spot, see `_look_at_once`. Nothing is looked up
before somebody asks.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from typing import Any

from ..basics.ids import key_if_id, keys_of, label_of
from ..basics.users import User, restored
from ..basics.values import Json, decoded
from ..errors import SessionError, SessionGone, StoreUnavailable
from ..store import NO_VALUES, AsyncStore, Record
from .inline import Inline
from .lifetime import NAME, USUAL, Lifetime, life_of
from .mapping import Values
from .rules import AHEAD, Rules

NO_STORE, VARY = ("Cache-Control", "no-store"), ("Vary", "Cookie")
_PRIVATE = {"no-store", "private"}
MOST_CANDIDATES = 8  # more cookies of our name than any browser sends by accident
_log = logging.getLogger(__name__)


def is_private(cache_control: str) -> bool:
    """Whether a reply's Cache-Control keeps it out of shared caches."""
    return not _PRIVATE.isdisjoint(cache_control.lower().replace(",", " ").split())


class Arrival(Values):
    """What a request brought along: the part of a session that changes nothing but its idle end.

    `used`: somebody asked who this is or what is stored, so the reply depends on it.
    `sent`: the header of the reply is out, so nothing may happen that needs another line there; adapters set it.
    `over`: the request has ended, so nobody stores what is set through the mapping; adapters for asyncio set it.
    `failure`: the error that this session raised, for adapters around an app that makes it a 500.
    `arrived`: what `Rules.ends` was then.
    `key`: where it stands in the store; None while nothing is stored, or nothing was looked up.
    `plain_http`: the reply goes out over http, where a browser drops a cookie that is Secure; adapters set it.
    `inside`: where it says whose app runs: whoever is outside, and asks for the first time after the reply has begun,
    cannot change it any more; adapters set it.
    `_due`: until when the session should live, where that is still to be stored.
    `_before`: what `undo` brings back: the session that this request has moved on, and its key.
    """

    __slots__ = (
        "_before", "_created_at", "_due", "_expires_at", "_id", "_ids", "_keys", "_known", "_life", "_living", "_looked",
        "_own", "_place", "_table", "_tidying", "_user", "arrived", "failure", "inside", "key", "over", "plain_http", "sent",
        "used",
    )  # fmt: skip

    def __init__(self, table: Rules, ids: Sequence[str] = (), host: str = "", path: str = "/") -> None:
        # All of them here, in one go: an attribute that only a class has takes a request ten times as long to read.
        self._values, self._handed = NO_VALUES, None
        self._table, self._ids, self._place = table, ids, (host, path)
        self._looked, self.arrived = not ids, table.ends
        self.used = self.sent = self.over = self._known = self.plain_http = False
        self.failure: SessionGone | StoreUnavailable | None = None
        self.key: bytes | None = None
        self.inside: ContextVar[Any] | None = None
        self._user: User | None = None
        self._id: str | None = None
        self._own: str | None = None
        self._keys: Sequence[bytes] = ()
        self._living: Sequence[bytes] = ()
        self._tidying: Sequence[str] = ()
        self._created_at = self._expires_at = 0.0
        self._life: Lifetime = USUAL
        self._due: float | None = None
        self._before: tuple[bytes | None, Record | None] | None = None

    def is_of(self, table: object) -> bool:
        """Whether it is a session of this table."""
        return self._table is table

    @property
    def cookie_name(self) -> str:
        """As browsers see it."""
        return self._table.cookie.wire_name

    async def look(self, store: "AsyncStore | None" = None, later: bool = False) -> None:
        """Look up who this is, unless that is known. `later`: whatever has to be written waits for `settle`.

        Raises StoreUnavailable.
        """
        if self._looked:
            return
        table, found = self._table, []
        store = store or table.store
        if type(store) is Inline and self._look_at_once(store.at_once, later):
            return
        now = table.clock()
        ids = self._ids if len(self._ids) == 1 else [*dict.fromkeys(self._ids)]
        self._keys = keys = keys_of(ids)
        if len(keys) <= MOST_CANDIDATES:
            for key in keys:
                try:
                    record = await store.read(key, now)
                except StoreUnavailable as error:
                    self.failure = error
                    raise
                if record is not None and table.alive(record, now):
                    found.append((key, record))
        self._looked = True
        if len(found) == 1:
            await self._adopt(*found[0], store, now, later)
        elif found:  # nobody knows which is whose; both are ours, so what is tidied away is nobody else's
            self._living = [key for key, _ in found]
            table.planted += 1
            self._tidying = table.cookie.delete_elsewhere(*self._place, table.planted)
            for key, record in found:
                table.tell(table.hooks.planted, restored(record.user), key)

    def _look_at_once(self, read: "Callable[[bytes, float], Record | None]", later: bool) -> bool:
        """The same, in a third of the time, for what is usual: one cookie, and a store that answers on the spot.

        False where there is more to do, which `look` does then.
        """
        table, ids = self._table, self._ids
        if len(ids) != 1 or table.is_timed:
            return False
        key = key_if_id(ids[0])
        if key is not None:
            now = table.clock()
            try:
                record = read(key, now)
            except StoreUnavailable as error:
                self.failure = error
                raise
            if record is not None and record[0] <= now + AHEAD:
                created_at, expires_at, user, values = record
                usual = NAME not in values and not table.rolls
                life = USUAL if usual else life_of(values)
                end = table.end_of(created_at, now, life)
                due = end - expires_at >= (table.refresh if usual else table.refresh_of(life))
                if due and not later:
                    return False
                if usual and not due:  # as `_take` does
                    self.key, self._known, self._user = key, True, restored(user)
                    self._created_at, self._expires_at, self._values = created_at, expires_at, values
                else:
                    self._take(key, record, life, end if due else None, later)
            self._keys = (key,)
        self._looked = True
        return True

    async def _adopt(self, key: bytes, record: Record, store: "AsyncStore", now: float, later: bool) -> None:
        life = life_of(record.values) if NAME in record.values else USUAL
        end = self._table.end_of(record.created_at, now, life)
        due = end - record.expires_at >= self._table.refresh_of(life)
        if not due or later or await self._touched(store, key, end, now):
            self._take(key, record, life, end if due else None, later)

    def _take(self, key: bytes, record: Record, life: Lifetime, end: float | None, later: bool) -> None:
        """This session it is. `end`: until when it lives now, where that has moved."""
        self.key, self._known, self._life = key, True, life
        self._user, self._values = restored(record.user), record.values
        self._created_at, self._expires_at = record.created_at, record.expires_at if end is None else end
        if end is not None:
            self._due = end if later else None
            self._renew_cookie(key)
        elif (self._table.rolls or life is not USUAL) and self._table.is_short_of(record, life):
            self._renew_cookie(key)

    async def _touched(self, store: "AsyncStore", key: bytes, end: float, now: float) -> bool:
        """Move the idle end. A store that can be read and not written lets people read: then it is only logged."""
        try:
            return await store.touch(key, end - self._withheld(), now)
        except StoreUnavailable as error:
            _log.warning("session %s goes on, but its idle end could not be moved: %s", label_of(key), error)
            return True

    def _withheld(self) -> float:
        """Seconds by which the idle end is moved less where its cookie cannot be renewed, as by a WebSocket: so the end is
        due to be moved in the next request, and that one sends the cookie.
        """
        return self._table.refresh_of(self._life) if self.sent and self._table.cookie.lasts(self._life.max_age) else 0.0

    def _renew_cookie(self, key: bytes) -> None:
        """A cookie with Max-Age would end although the session goes on: the browser gets it again."""
        if self._table.cookie.lasts(self._life.max_age) and not self.sent:
            ours = [value for value in dict.fromkeys(self._ids) if keys_of([value]) == [key]]
            self._id = self._id or (ours[0] if ours else None)
            if self._id:
                self._own = self._table.cookie.issue(self._id, self._life.max_age)

    def _look_now(self) -> None:
        """Look up on the spot, for whoever asks without `await`."""
        raise NotImplementedError

    def _use(self) -> None:
        if not self._looked:
            if isinstance(self.failure, StoreUnavailable):  # it was asked ahead
                raise self.failure
            self._look_now()
        if self.sent and not self.used and self._ids and not (self.inside and self.inside.get() is not self):
            raise SessionError(
                "the session was asked for after the reply had begun, too late for Cache-Control: no-store: "
                "ask before; session.user is enough"
            )
        self.used = True

    @property
    def known(self) -> bool:
        """Whether the request carried an id that is in the table."""
        self._use()
        return self._known

    @property
    def user(self) -> User | None:
        """Who is logged in, or None."""
        self._use()
        return self._user

    @property
    def device(self) -> str | None:
        """What the login was told of the device."""
        self._use()
        return self._life.device

    @property
    def label(self) -> str | None:
        """A short name for logs, which tells sessions apart and opens nothing; None while nothing is stored.

        It looks nothing up: None, too, where nobody has asked yet.
        """
        return label_of(self.key) if self.key else None

    def read(self, name: str) -> Json:
        """The value as it was when the request came in, own writes included; None if there is none."""
        if not (self._looked and self.used):
            self._use()
        if self._handed and name in self._handed:
            return decoded(self.changes().get(name, self._values.get(name)))
        text = self._values.get(name) if name != NAME else None
        return None if text is None else decoded(text)

    def names(self) -> list[str]:
        """The names of all values."""
        return list(self)

    @property
    def set_cookies(self) -> tuple[str, ...]:
        """The Set-Cookie values that the reply has to carry."""
        return () if self._own is None and not self._tidying else (*self._tidying, *([self._own] if self._own else []))

    def headers(self, cache_control: str | None = None) -> list[tuple[str, str]]:
        """The header lines that the reply has to carry, after all has been read and written.

        `cache_control` is the reply's own, which counts where it keeps the reply from shared caches; otherwise the
        line here has to take its place. Empty where the reply does not depend on the session.
        """
        lines = [("Set-Cookie", cookie) for cookie in self.set_cookies] if self._own or self._tidying else []
        if lines or self.used:
            lines += (VARY,) if cache_control and is_private(cache_control) else (NO_STORE, VARY)
        return lines

    async def _ask[Answer](self, call: Awaitable[Answer]) -> Answer:
        try:
            return await call
        except StoreUnavailable as error:
            self.failure = error
            raise
