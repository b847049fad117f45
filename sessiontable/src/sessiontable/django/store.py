"""Django's SessionStore on the table: values are written one by one, a login gets a new id in one step, and belongs to its
user.
"""

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.signals import got_request_exception
from django.core.signing import JSONSerializer

from ..basics.ids import key_of, keys_of
from ..basics.values import decoded, encoded
from ..errors import SessionError, SessionGone, StoreUnavailable
from ..logic.inline import finish
from ..logic.lifetime import USUAL, Lifetime
from ..logic.mapping import NULL, Texts, is_change
from ..logic.noticing import result_of
from ..logic.table import Session
from ..logic.texts import MovingSession, TextSession
from .tables import table

_USER = "_auth_user_id"  # django.contrib.auth.SESSION_KEY, which cannot be imported before all apps are loaded
_EXPIRY = "_session_expiry"
_SWEPT = 1000
_log = logging.getLogger(__name__)


class SessionStore(SessionBase):  # type: ignore[misc]
    """`request.session`. What changed, also within a list or dict, is written value by value when the reply is ready.

    A login, as `django.contrib.auth` does it, moves the session to a new id at once. A session that has ended meanwhile
    is not brought back: that is Django's SessionInterrupted (400).
    """

    _session_key: str | None

    def __init__(self, session_key: str | None = None, values: Sequence[str] = ()) -> None:
        self._found: TextSession | None = None
        self._values = values
        self._was_set = self._renewing = self._sent = False
        self._failure: StoreUnavailable | None = None
        super().__init__(session_key)

    @classmethod
    def of(cls, values: list[str]) -> "SessionStore":
        """The session of a browser that sent several cookies of this name: exactly one must lead to a living one."""
        return cls(next((value for value in values if keys_of([value])), None), values)  # load looks at all of them

    def current(self) -> Session:
        """The table's view of this session."""
        self._session  # noqa: B018 (it loads)
        return self._inner().session

    @property
    def modified(self) -> bool:
        """Whether something was set, or has changed within a list or dict that was loaded; or the cookie ends too early."""
        if self._was_set or "_session_cache" not in self.__dict__:
            return self._was_set
        if self._inner().moved and not self.get_expire_at_browser_close():
            return True
        stored = self._inner().texts
        nested = {name: value for name, value in self._session_cache.items() if isinstance(value, list | dict)}
        return any(self._text(name, value) != stored.get(str(name)) for name, value in nested.items())

    @modified.setter
    def modified(self, value: bool) -> None:
        self._was_set = value

    @property
    def session_key(self) -> str | None:
        """The id, which is also the value of the cookie."""
        if self._renewing:
            self._at_once()
        return self._session_key

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        if key == _USER:
            self._at_once()

    async def aset(self, key: str, value: Any) -> None:
        await super().aset(key, value)
        if key == _USER:
            await sync_to_async(self._at_once)()

    def update(self, *args: Any, **named: Any) -> Any:
        """`update(mapping)` is that of a dict. `update(name, change)` replaces a value by `change(the newest one)` as one
        step among all processes, at once, and returns it: for counters and baskets.
        """
        if not is_change(args):
            return super().update(*args, **named)
        name, change = args
        values, inner = self._session, self._inner()
        if self._renewing or self._changes(inner, values):
            self._at_once()
            inner = self._inner()
        inner.session.update(name, lambda stored: self._changed(name, change, stored))
        self._session_key = inner.new_id or self._session_key
        values.pop(name, None)
        values.update(self._loaded(inner, but=values))
        self.modified = True
        return values.get(name)

    def load(self) -> dict[str, Any]:
        """All values; none where there is no such session. Raises StoreUnavailable."""
        return self._loaded(self._inner())

    def save(self, must_create: bool = False) -> None:
        """Store what has changed. Raises UpdateError where the session has ended meanwhile."""
        if must_create:
            self._found, self._session_key, self._values = None, None, ()
        self._get_session(no_load=must_create)
        try:
            self._store()
        except SessionGone as error:
            raise UpdateError from error

    def create(self) -> None:
        """Begin a session, with what has been set."""
        if self._found is not None and self._found.session.key is not None:
            self._found = None
        self._session_key, self._values, self._renewing = None, (), False
        self.save()
        self.modified = True

    def cycle_key(self) -> None:
        """A new id for the same session; the old one is dead. At a login it is that of `_auth_user_id`, in one step."""
        self._renewing = self.modified = True
        if _USER in self._session:
            self._at_once()

    async def acycle_key(self) -> None:
        await sync_to_async(self.cycle_key)()

    def exists(self, session_key: str | None) -> bool:
        """Whether there is such a session."""
        keys, now = keys_of([session_key or ""]), table().clock()
        return bool(keys) and finish(table().store.read(keys[0], now)) is not None

    def delete(self, session_key: str | None = None) -> None:
        """End this session, or another one."""
        own, self._renewing = self._session_key, False
        found, self._found = self._found, self._found if session_key and session_key != own else None
        if found is not None and self._found is None:
            found.session.revoke()
        elif ended := session_key or own:
            Session(table(), [ended]).revoke()

    @classmethod
    def clear_expired(cls) -> None:
        """Throw away what has expired: `manage.py clearsessions`."""
        while table().sweep(_SWEPT):
            pass

    def undo(self) -> None:
        """Take back a login whose cookie does not go out."""
        if self._found is not None:
            self._found.session.undo()

    @property
    def failure(self) -> SessionGone | StoreUnavailable | None:
        """The error that this session has raised."""
        return self._failure if self._found is None else self._found.session.failure

    def end_reply(self) -> None:
        """Its header is out: a login is an error from here on."""
        self._sent = True
        if self._found is not None:
            self._found.session.sent = True

    def store_late(self) -> None:
        """Store what a streamed reply has changed; log what cannot be stored any more."""
        try:
            if self.modified:
                self._store()
        except SessionError as error:
            _log.error("what a streamed reply has set in its session is lost: %s", error)

    def _inner(self) -> TextSession:
        if self._found is None:
            ids = self._values or ([self._session_key] if self._session_key else [])
            found = MovingSession(table(), ids)
            found.used, found.sent = True, self._sent
            try:
                self._session_key = next((each for each in ids if found.known and key_of(each) == found.key), None)
            except StoreUnavailable as error:
                self._failure = error
                raise
            self._found = TextSession(found)
        return self._found

    def _changed(self, name: str, change: Callable[[Any], Any], stored: Any) -> Any:
        found = None if stored is None else self._value(name, encoded(name, stored) or NULL)
        text, given = encoded(name, stored), found[0] if found else None
        value = result_of(name, change, given, lambda now: self._text(name, now) == text)
        return None if value is None else decoded(self._text(name, value))

    def _at_once(self) -> None:
        try:
            self._store()
        except SessionGone as error:
            raise SessionInterrupted(str(error)) from error

    def _store(self) -> None:
        data, inner, renewing = self._session, self._inner(), self._renewing
        self._renewing = False
        user = str(data[_USER]) if data.get(_USER) else None
        if inner.session.user is not None and user is None:  # who was logged in is not any more, by clear() or pop()
            inner.session.revoke()
            inner = self._found = TextSession(MovingSession(table(), []))
            inner.session.sent = self._sent
        life, texts = self._life(inner, data), self._changes(inner, data)
        put, before = {name: text for name, text in texts.items() if text is not None}, {*inner.texts, *texts}
        with inner.locked:
            if user is not None and user != inner.session.user:
                inner.login(user, put, life)
            elif inner.session.key is None or renewing or (_EXPIRY in texts and life != inner.life):
                inner.begin(put, life)
            data.update(self._loaded(inner, but=before))  # what others have stored since this request came in
            if left := self._changes(inner, data):
                inner.write(left)
        self._session_key = inner.new_id or self._session_key

    def _loaded(self, inner: TextSession, but: Collection[str] = ()) -> dict[str, Any]:
        values = {name: self._value(name, text) for name, text in inner.texts.items() if name not in but}
        return {name: value[0] for name, value in values.items() if value}

    def _changes(self, inner: TextSession, data: Mapping[str, Any]) -> Texts:
        texts, stored = {str(name): self._text(name, value) for name, value in data.items()}, inner.texts
        changed: Texts = {name: text for name, text in texts.items() if stored.get(name) != text}
        return changed | {name: None for name in stored if name not in texts}

    def _life(self, inner: TextSession, data: Mapping[str, Any]) -> Lifetime:
        """What `set_expiry` asks for."""
        expiry, usual = data.get(_EXPIRY), table().absolute_timeout
        if isinstance(expiry, str):
            until = datetime.fromisoformat(expiry).timestamp()
            seconds = max(1, int(until - (inner.created_at or table().clock())))
            return Lifetime(seconds, seconds)
        return Lifetime(max(1, int(expiry)), max(int(expiry), usual)) if expiry else USUAL

    def _text(self, name: Any, value: Any) -> str:
        told = self.serializer().dumps(value).decode("latin-1")
        return encoded(str(name), json.loads(told) if self._is_json else told) or NULL

    def _value(self, name: str, text: str) -> tuple[Any] | None:
        told = text if self._is_json else decoded(text)
        try:
            return (self.serializer().loads(str(told).encode("latin-1")),)
        except Exception:
            _log.warning("session value %a is left out: %s cannot read it", name, self.serializer.__name__)
            return None

    @property
    def _is_json(self) -> bool:
        return isinstance(self.serializer, type) and issubclass(self.serializer, JSONSerializer)


def _failed(*, request: Any = None, **_: Any) -> None:
    """A request ends with Django's error page, which carries no cookie."""
    session = getattr(request, "session", None)
    if isinstance(session, SessionStore):
        session.undo()


got_request_exception.connect(_failed)
