"""One request's view of a session, written once: how it is changed, moved on and ended.

It awaits every step of the store and nothing else, but for a write on the spot, see `_write_at_once`.
"""

import logging
from collections.abc import Callable
from functools import partial

from ..basics.ids import key_of, keys_of, label_of, new_id
from ..basics.users import User, restored, stored
from ..basics.values import Json, decoded, encoded, same_as
from ..errors import SessionError, SessionGone, StoreUnavailable
from ..store import NO_VALUES, Change, Outcome, Record, size_of
from .arrival import MOST_CANDIDATES, Arrival
from .inline import Inline, finish
from .lifetime import NAME, USUAL, Lifetime, packed
from .mapping import Texts
from .noticing import result_of

_MOST_TRIES = 1000  # of what others keep changing meanwhile
_MOST_ENDED = 200  # by one logout; browsers keep fewer cookies for a host
_PROBE = Change("probe", None, limit=0, checked=True, before="")  # no JSON is empty: it changes nothing, anywhere
_log = logging.getLogger(__name__)


class CoreSession(Arrival):
    """One request's view of a session; see `Session`."""

    __slots__ = ()

    async def _settle(self) -> None:
        """Store what is not stored yet: what was changed through the mapping, and the idle end."""
        if self._handed:
            handed = {**self._handed}
            if changed := self.changes():
                await self._write_many(changed, replace=False)
            self._go_on(handed, changed)
        if self._due is not None:
            due, self._due, now = self._due, None, self._table.clock()
            if self.key:
                await self._touched(self._table.store, self.key, due, now)

    async def _write(self, name: str, text: str | None) -> None:
        if self.key is None or self._handed:  # where nobody has looked it does
            await self._write_many({name: text})
        else:
            await self._change(self.key, Change(name, text, self._table.max_bytes))

    def _write_at_once(self, store: Inline, key: bytes, name: str, text: str | None) -> None:
        """The same for a known session, and a store that answers on the spot, in half the time."""
        table = self._table
        self.used = True
        change, now = Change(name, text, table.max_bytes), table.clock()
        try:
            outcome = store.store.write(key, change, now)
        except StoreUnavailable as error:
            self.failure = error
            raise
        self._changed(change, outcome)
        if self._is_due(now):
            finish(self._count_use(key, now))

    async def _write_many(self, texts: Texts, replace: bool = True) -> None:
        """`replace`: what was handed out under these names is looked at no more."""
        self.used = True
        if not self._looked:
            await self.look()
        before = [(name, self._handed.get(name)) for name in texts] if replace and self._handed else ()
        if self.key is None:
            first = {name: text for name, text in texts.items() if text is not None}
            if first:
                await self._begin(None, first)
        else:
            limit = self._table.max_bytes
            for name, text in self._in_order(texts) if len(texts) > 1 else texts.items():
                await self._change(self.key, Change(name, text, limit))
        for name, entry in before:
            if entry and self._handed and self._handed.get(name) is entry:  # not what was set meanwhile
                del self._handed[name]

    def _in_order(self, texts: Texts) -> list[tuple[str, str | None]]:
        """What makes room comes first. Raises SessionError where they do not fit together: then none is written."""
        grows = {name: len(text or "") - len(self._values.get(name, "")) for name, text in texts.items()}
        after = {name: text for name, text in {**self._values, **texts}.items() if text is not None}
        if any(text is not None for text in texts.values()) and size_of(after) > self._table.max_bytes:
            raise self._too_large(max(grows, key=lambda name: grows[name]))
        return sorted(texts.items(), key=lambda item: grows[item[0]])

    async def _update[Value: Json](self, name: str, change: Callable[[Json], Value]) -> Value:
        await self.look()
        if self._handed and name in self._handed:
            await self._settle()
        self.used = True
        for _ in range(_MOST_TRIES):
            before = self._values.get(name)
            given = decoded(before)
            value: Value = result_of(name, change, given, partial(same_as, before))
            text = encoded(name, value)
            if self.key is None:
                if text is not None:
                    await self._begin(None, {name: text})
                return value
            if await self._change(self.key, Change(name, text, self._table.max_bytes, checked=True, before=before)):
                if self._handed:
                    self._read_anew()
                return value
            await self._load(self.key)
        raise StoreUnavailable(
            f"session value {name!r} was changed by others {_MOST_TRIES} times during one update: try again later"
        )

    async def _rotate(self, user: User, life: Lifetime, texts: dict[str, str]) -> None:
        name = stored(user)
        await self.look()
        await self._settle()
        await self._begin(user, texts, life, self._created_at if self._stored_user() == name else None)
        await self._end_planted()
        if self.key:
            self._table.tell(self._table.hooks.login, user, self.key)
            await self._table.thin_out(user, self.key)

    async def _renew(self) -> None:
        await self.look()
        await self._settle()
        if self.key:
            await self._begin(self._user, {}, self._life, self._created_at)

    async def _refresh(self) -> None:
        await self.look()
        await self._settle()
        if self.key is None:
            return
        now = self._table.clock()
        await self._load(self.key)
        await self._count_use(self.key, now)

    async def _revoke(self) -> None:
        """Whoever calls it forgets before what was set until then."""
        if not self._looked:
            self._keys, self._looked = keys_of(dict.fromkeys(self._ids)), True
        self._due = None
        for key in dict.fromkeys((*self._keys[:_MOST_ENDED], *([self.key] if self.key else []))):
            await self._ask(self._table.end(key, await self._owner(key)))
        afterwards = self._handed  # set since it was called: for the session that begins then
        self._forget()
        self._handed = afterwards and {name: (value, None) for name, (value, _) in afterwards.items()}
        self._before = None
        if not self.sent:
            self._own = self._table.cookie.delete()

    async def _change(self, key: bytes, change: Change) -> bool:
        """Whether the change was made; False: the value is no longer what it was."""
        self.used = True
        now = self._table.clock()
        outcome = await self._ask(self._table.store.write(key, change, now))
        if outcome is Outcome.CHANGED:
            return False
        self._changed(change, outcome)
        if self._is_due(now):
            await self._count_use(key, now)
        return True

    def _changed(self, change: Change, outcome: Outcome) -> None:
        """What a change has come to. Raises what stood in its way."""
        if outcome is not Outcome.DONE:
            if type(outcome) is not Outcome:
                raise SessionError(f"the store's write returned {outcome!r:.80}: give an Outcome, as Outcome.DONE")
            raise self._too_large(change.name) if outcome is Outcome.TOO_LARGE else self._gone()
        name, text = change.name, change.value
        if text is None:
            self._values = {each: value for each, value in self._values.items() if each != name}
        else:
            self._values = {**self._values, name: text}  # a copy: what the store returned may be its own

    def _is_due(self, now: float) -> bool:
        """Whether the idle end is to be moved."""
        table = self._table
        life = self._life
        refresh = table.refresh if life is USUAL else table.refresh_of(life)
        return table.end_of(self._created_at, now, life) - self._expires_at >= refresh

    async def _count_use(self, key: bytes, now: float) -> None:
        """A long request, as a WebSocket's, moves its idle end by what it does."""
        if key == self.key and self._is_due(now):  # not after a logout, where it had to wait for its turn
            end, self._due = self._table.end_of(self._created_at, now, self._life), None
            if not await self._touched(self._table.store, key, end, now):
                raise self._gone()
            self._expires_at = end
            self._renew_cookie(key)

    async def _begin(
        self, user: User | None, values: dict[str, str], life: Lifetime = USUAL, created_at: float | None = None
    ) -> None:
        """A new id. What is known moves to it; so does what an earlier login of this user left at the old id."""
        table = self._table
        self._may_send_cookie()
        now, fresh, name = table.clock(), new_id(), None if user is None else stored(user)
        along = self._values if self._user in (None, user) else NO_VALUES
        if values and size_of({**along, **values}) > max(table.max_bytes, size_of(along)):
            raise self._too_large(max(values, key=lambda each: len(values[each])))
        if life != USUAL or NAME in self._values:
            values = {**values, NAME: packed(life)}
        if name is None:
            await self._check_for_login(now)
        began = now if created_at is None else created_at
        key, record = key_of(fresh), Record(began, table.end_of(began, now, life), name, values)
        old = self.key or (self._keys[0] if name and len(self._keys) == 1 else None)
        moved = await self._ask(table.store.move(old, key, record, now, now + table.grace)) if old else None
        if moved is None:
            if self.key:
                raise self._gone()
            await self._ask(table.store.create(key, record, now))
        self._keep_for_undo(old, moved, values)
        record = moved or record
        if self._user not in (None, user):
            self._handed = None  # it was the other one's
        self.key, self._user, self._values, self.used = key, restored(record.user), record.values, True
        if self._handed:
            self._read_anew()
        self._id, self._life, self._due = fresh, life, None
        self._created_at, self._expires_at = record.created_at, record.expires_at
        self._own = table.cookie.issue(fresh, life.max_age)

    def _may_send_cookie(self) -> None:
        """Raises what stands in the way of a new session cookie."""
        if self.sent:
            raise SessionError(
                "a new session cookie is needed after the reply had begun, too late to send it: "
                "call rotate, or the first write, before"
            )
        if isinstance(self.failure, SessionGone):  # an app that goes on after that begins no session by accident
            raise self.failure
        if self.plain_http and self._table.cookie.secure:
            raise SessionError(
                "the session cookie is Secure and this request came over plain http: the browser would drop it, and "
                "nobody would be logged in. Behind a proxy that does TLS, let the server believe its X-Forwarded-Proto "
                "(uvicorn --proxy-headers, werkzeug's ProxyFix); for http, as while developing: Cookie(secure=False)"
            )

    def _keep_for_undo(self, old: bytes | None, moved: Record | None, given: dict[str, str]) -> None:
        if self._before is None:
            former = None
            if self.key and moved:
                values = {**moved.values, **self._values} if moved.user == self._stored_user() else self._values
                kept = {name: text for name, text in values.items() if name not in given or name in self._values}
                former = Record(self._created_at, self._expires_at, self._stored_user(), kept)
            self._before = old, former

    def _stored_user(self) -> str | None:
        return None if self._user is None else stored(self._user)

    async def _undo(self) -> bool:
        """Take back a login or a first write whose cookie never reaches the browser: its own id goes on as before.

        False: there was none.
        """
        if self._before is None or self.key is None or self.sent:
            return False
        (old, former), self._before, key = self._before, None, self.key
        self._forget()
        self._own = None
        try:
            if await self._table.store.delete(key) and old and former:
                await self._table.store.create(old, former, self._table.clock())
        except StoreUnavailable as error:
            _log.error("session %s could not be taken back after its request had failed: %s", label_of(key), error)
        return True

    async def _end_planted(self) -> None:
        """Of several of our sessions in one browser the login ends all: one was planted, and one is its own first one."""
        for key in self._living:
            await self._ask(self._table.end(key, await self._owner(key)))
        self._living = ()

    async def _owner(self, key: bytes) -> User | None:
        """Whose session is about to end; where that is not known it is asked for the hook alone."""
        if key == self.key or self._table.hooks.logout is None:
            return self._user
        record = await self._ask(self._table.store.read(key, self._table.clock()))
        return restored(record.user) if record else None

    async def _check_for_login(self, now: float) -> None:
        """Raises SessionGone where a login has just carried on what the browser sent: a new cookie would undo that login.
        So it does after a logout: what a late request stores would be found by whoever uses the browser next.

        Such a request was on its way when the login's reply was: both cookies reach one browser, and the later one stays.
        """
        for key in self._keys[:MOST_CANDIDATES]:
            if self._table.ended_since(self.arrived, key):
                raise self._gone()
            if await self._ask(self._table.store.write(key, _PROBE, now)) is Outcome.MOVED:
                raise self._gone()

    async def _load(self, key: bytes) -> None:
        now = self._table.clock()
        record = await self._ask(self._table.store.read(key, now))
        if record is None or not self._table.alive(record, now):
            raise self._gone()
        self._values, self._user = record.values, restored(record.user)
        self._expires_at = record.expires_at + self._withheld()
        if self._handed:
            self._read_anew()

    def _forget(self) -> None:
        self.key, self._id, self._user, self._values, self._keys, self.used = None, None, None, NO_VALUES, (), True
        self._handed, self._due, self._life = None, None, USUAL

    def _gone(self) -> SessionGone:
        key = self.key or self._keys[0]
        gone = SessionGone(
            f"session {label_of(key)} ended while this request was under way, by a logout, a login or expiry: "
            "nothing was changed; send the request again"
        )
        self._table.tell(self._table.hooks.gone, self._user, key)
        self._forget()
        self.failure = gone
        return gone

    def _too_large(self, name: str) -> SessionError:
        return SessionError(
            f"session value {name!r} does not fit: session {self.label or 'to be'} would take more than "
            f"max_bytes={self._table.max_bytes}; keep large things elsewhere and their key here, or raise max_bytes"
        )
