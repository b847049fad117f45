"""Who sent this request? Known is who brings an id that the server issued and finds in its table, and nobody else."""

import json
import re
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from secrets import token_urlsafe
from threading import Lock

from .cookie import Cookie
from .errors import SessionError, SessionGone
from .store import Record, Store

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

_ID_BYTES = 32
_ID = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in URL-safe Base64
_REFRESH_SECONDS = 60.0


class SessionTable:
    """Issues session ids, finds them again and ends them. Shared by all threads of a server.

    A session ends `idle_timeout` seconds after its last request and `absolute_timeout` seconds after it began.
    A request postpones the idle end at most once in 60 s, or in a tenth of a shorter timeout: mere reading costs no
    write, and the idle end may come that much early.
    Raises SessionError for timeouts that make no sense.
    """

    def __init__(
        self,
        store: Store,
        *,
        idle_timeout: float = 30 * 60,
        absolute_timeout: float = 12 * 60 * 60,
        cookie: Cookie | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not 0 < idle_timeout <= absolute_timeout:
            raise SessionError(
                f"idle_timeout is {idle_timeout} s and absolute_timeout {absolute_timeout} s: "
                "both must be above 0, and idle no longer than absolute"
            )
        self.store, self.cookie, self.clock = store, cookie or Cookie(), clock
        self._idle, self._absolute = idle_timeout, absolute_timeout
        self._refresh = min(_REFRESH_SECONDS, idle_timeout / 10)
        self.lock = Lock()

    def open(self, cookie_lines: Iterable[str]) -> "Session":
        """The session of a request, from all its Cookie header lines; a new and still empty one if none is known.

        Of all cookies with our name exactly one must lead to a living session: two mean that somebody planted one of
        them, and no rule of order tells which (RFC 6265 4.2.2). An unknown id is never adopted.
        """
        now = self.clock()
        keys = [key_of(value) for value in self.cookie.candidates(cookie_lines) if _ID.fullmatch(value)]
        living = [(key, record) for key in keys if (record := self.store.read(key, now))]
        if len(living) == 1:
            key, record = living[0]
            end = self.end_of(record.created_at, now)
            if end - record.expires_at < self._refresh or self.store.touch(key, end, now):
                return Session(self, key, record)
        return Session(self)

    def end_of(self, created_at: float, now: float) -> float:
        """When a session that was used just now ends, if it is not used again."""
        return min(now + self._idle, created_at + self._absolute)


class Session:
    """One request's view of a session. Make one per request with `SessionTable.open`; do not share it between threads.

    Nothing is stored, and no cookie sent, before the first `write` or `rotate`.
    `known`: the request carried an id that is in the table. `user`: who is logged in, or None.
    `set_cookies`: the Set-Cookie values that the reply has to carry.
    """

    def __init__(self, table: SessionTable, key: bytes | None = None, record: Record | None = None) -> None:
        self._table, self._key = table, key
        self.known = record is not None
        self.user = record.user if record else None
        self._values = dict(record.values) if record else {}
        self.set_cookies: tuple[str, ...] = ()

    @property
    def label(self) -> str | None:
        """A short name for logs, which tells sessions apart and opens none; None while nothing is stored."""
        return self._key.hex()[:12] if self._key else None

    def read(self, name: str) -> Json:
        """The value as it was when the request came in, own writes included; None if there is none."""
        text = self._values.get(name)
        return None if text is None else json.loads(text)

    def write(self, name: str, value: Json) -> None:
        """Set one value and leave all others alone; None removes it.

        Raises SessionGone if the session ended meanwhile, SessionError if the value is no JSON.
        """
        text = None if value is None else _encode(name, value)
        key = self._key or self._begin(user=None)
        if not self._table.store.write(key, name, text, self._table.clock()):
            raise self._gone()
        self._values.pop(name, None)
        if text is not None:
            self._values[name] = text

    def update[Value: Json](self, name: str, change: Callable[[Json], Value]) -> Value:
        """Replace a value by `change(the newest one)` and return it; the threads of this process take turns.

        Raises SessionGone if the session ended meanwhile.
        """
        with self._table.lock:
            if self._key:
                self._load(self._key)
            value = change(self.read(name))
            self.write(name, value)
            return value

    def rotate(self, user: str) -> None:
        """Login: go on under a new id that belongs to `user`; the old id is dead from here on.

        Values come along from an anonymous session or one of the same user, never from another user's.
        Raises SessionGone if the session ended meanwhile.
        """
        self._begin(user)

    def revoke(self) -> None:
        """Logout: the session is gone for good, whoever still holds its id. Needs no known session."""
        if self._key:
            self._table.store.delete(self._key)
        self._forget()
        self.set_cookies = (self._table.cookie.delete(),)

    def _begin(self, user: str | None) -> bytes:
        store, now = self._table.store, self._table.clock()
        new_id = token_urlsafe(_ID_BYTES)
        key, record = key_of(new_id), Record(created_at=now, expires_at=self._table.end_of(now, now), user=user)
        if self._key is None:
            store.create(key, record, now)
        elif not store.move(self._key, key, record, now):
            raise self._gone()
        self._load(key)
        self.set_cookies = (self._table.cookie.issue(new_id),)
        return key

    def _load(self, key: bytes) -> None:
        self._key = key
        record = self._table.store.read(key, self._table.clock())
        if record is None:
            raise self._gone()
        self.user, self._values = record.user, dict(record.values)

    def _forget(self) -> None:
        self._key, self.user, self._values = None, None, {}

    def _gone(self) -> SessionGone:
        gone = SessionGone(
            f"session {self.label} ended while this request was under way, by a logout, a login or expiry: "
            "nothing was changed; send the request again"
        )
        self._forget()
        return gone


def key_of(session_id: str) -> bytes:
    """The key at rest: an id itself is never stored."""
    return sha256(session_id.encode()).digest()


def _encode(name: str, value: Json) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise SessionError(f"session value {name!r} is no JSON ({error}): use numbers, texts, lists, dicts") from error
