"""What `flask.session` is: a mapping on a session of the table, which is looked up when a view first asks it something."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask.sessions import SessionMixin

from ..basics.users import User
from ..basics.values import decoded, encoded
from ..logic.lifetime import USUAL, Lifetime
from ..logic.mapping import GONE, NULL, Texts, is_change
from ..logic.noticing import result_of
from ..logic.table import Session
from ..logic.texts import TextSession
from .tags import tagged, untagged

_PERMANENT = "_permanent"
_KEPT = (list, dict, tuple)  # a tuple may hold a list


class FlaskSession(SessionMixin):
    """`flask.session`. What is set or changed, also within a list or dict, is stored value by value before the reply begins.

    `session.permanent = True`: it lives as long as `app.permanent_session_lifetime` says, and its cookie, too. Otherwise
    the table's limits count. `session.clear()` is the logout. `rotate`, `renew`, `refresh`, `revoke`,
    `update(name, change)` are those of `Session`; `table_session` is the `Session` itself.
    """

    def __init__(self, inner: Session, user_key: str, lifetime: int) -> None:
        self.table_session, self._user_key, self._lifetime = inner, user_key, lifetime
        self._stored = TextSession(inner)
        self._open: dict[str, Any] = {}  # what was handed out and can change, or was set, or GONE
        self._set: set[str] = set()

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    @property
    def user(self) -> User | None:
        """Who is logged in, or None."""
        return self.table_session.user

    @property
    def label(self) -> str | None:
        """A short name for logs, which opens nothing."""
        return self.table_session.label

    @property
    def new(self) -> bool:  # type: ignore[override]
        """Whether the request came without a session."""
        return not self.table_session.known

    @property
    def modified(self) -> bool:
        """Whether something was set or changed. It need not be set: changes within a value are noticed."""
        return bool(self._set or self.changes())

    @modified.setter
    def modified(self, value: bool) -> None:
        pass

    def __getitem__(self, name: str) -> Any:
        if name in self._open:
            value = self._open[name]
            if value is GONE:
                raise KeyError(name)
            return value
        value = untagged(decoded(self._stored.texts[name]))
        if isinstance(value, _KEPT):
            self._open[name] = value
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        _text(name, value)
        if name == self._user_key and _is_user(value) and str(value) != str(self.user):
            self.rotate(value, {name: value})
            return
        self._open[name] = value
        self._set.add(name)
        if self.table_session.sent:
            self.settle()

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        if name == self._user_key and str(self[name]) == str(self.user):
            self._log_out()
            return
        self._open[name] = GONE
        self._set.add(name)
        if self.table_session.sent:
            self.settle()

    def __iter__(self) -> Iterator[str]:
        stored = list(self.table_session)
        yield from [name for name in stored if self._open.get(name) is not GONE]
        yield from [name for name in self._open if name not in stored and self._open[name] is not GONE]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return self._open[name] is not GONE if name in self._open else name in self.table_session

    def clear(self) -> None:
        """End the session, as it does in Flask: the logout."""
        self._open.clear()
        if self._stored.exists:
            self.revoke()

    def update(self, *args: Any, **named: Any) -> Any:
        """`update(name, change)` is that of `Session`; otherwise that of a mapping."""
        if not is_change(args) or named:
            return super().update(*args, **named)
        name, change = args
        self.settle()
        self._open.pop(name, None)
        return untagged(self.table_session.update(name, lambda stored: _changed(name, change, stored)))

    def rotate(self, user: User, values: Mapping[str, Any] | None = None, **limits: Any) -> None:
        """Login, see `Session.rotate`: a new id, which belongs to `user`. What another user has left is not taken along."""
        if self.user is not None and self.user != user:
            self._keep_what_was_set()
        if not limits and self.permanent:
            limits = {"idle_timeout": self._lifetime, "absolute_timeout": self._lifetime, "max_age": self._lifetime}
        along = {name: value for name, value in self._open.items() if value is not GONE} | dict(values or {})
        self.table_session.rotate(user, {name: tagged(value) for name, value in along.items()}, **limits)
        for name in values or ():
            self._open.pop(name, None)

    def renew(self) -> None:
        """See `Session.renew`."""
        self.settle()
        self.table_session.renew()

    def refresh(self) -> None:
        """See `Session.refresh`."""
        self.settle()
        self._open.clear()
        self.table_session.refresh()

    def revoke(self) -> None:
        """Logout: the session is gone for good, whoever still holds its id."""
        self._open.clear()
        self._set.clear()
        self.table_session.revoke()

    def changes(self) -> Texts:
        """What is not stored yet."""
        stored = self._stored.texts if self._open else {}
        texts = {name: None if value is GONE else _text(name, value) for name, value in self._open.items()}
        return {name: text for name, text in texts.items() if text != stored.get(name)}

    def settle(self) -> None:
        """Store what is not stored yet."""
        if not (texts := self.changes()):
            return
        inner, life = self._stored, self._life()
        put = {name: text for name, text in texts.items() if text is not None}
        with inner.locked:
            if inner.session.key is None:
                if set(put) - {_PERMANENT}:  # that alone is no reason to begin a session for everybody who looks in
                    inner.begin(put, life)
                return
            if _PERMANENT in texts and life != inner.life:
                inner.begin(put, life)
                texts = {name: None for name in texts if name not in put}
            inner.write(texts)

    def _life(self) -> Lifetime:
        if not self.get(_PERMANENT, False):
            return USUAL
        return Lifetime(self._lifetime, self._lifetime, self._lifetime, self.table_session.device)

    def _log_out(self) -> None:
        """The way of libraries that remove their value and leave the others: what was set in this request stays, as a
        message for the next page; the rest belongs to the one who has left.
        """
        self._keep_what_was_set()
        self.table_session.revoke()

    def _keep_what_was_set(self) -> None:
        self._open = {name: value for name, value in self._open.items() if name in self._set and value is not GONE}


def _changed(name: str, change: Callable[[Any], Any], stored: Any) -> Any:
    return tagged(result_of(name, change, untagged(stored), lambda now: tagged(now) == stored))


def _text(name: str, value: Any) -> str:
    return encoded(name, tagged(value)) or NULL


def _is_user(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""
