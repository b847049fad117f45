"""What the routes need to know of a client, and the memory that all naive handlers share."""

from dataclasses import dataclass
from threading import Lock
from typing import Protocol, runtime_checkable

from .message import Request

MAX_AGE = 50_000  # seconds; the article's value
_SHOWN = 80  # characters of a key; a client may have chosen a long one


class Visitor(Protocol):
    """Whoever a handler takes the client for, during one request."""

    @property
    def identity(self) -> str | None:
        """The key that the client was recognised by; None while it has none."""

    @property
    def known(self) -> bool:
        """True if this request was recognised as that of a returning visitor."""

    @property
    def why(self) -> str:
        """The reason, as a sentence for the page."""

    @property
    def user(self) -> str | None:
        """Who is logged in."""

    @property
    def set_cookies(self) -> tuple[str, ...]:
        """Set-Cookie values for the reply."""

    def count_visit(self) -> int:
        """One visit more; returns how many there were."""

    def log_in(self, user: str) -> None: ...

    def log_out(self) -> None: ...


@runtime_checkable
class KeepsNotes(Protocol):
    """A visitor whose notes lie somewhere of their own; None: with the user, as usual."""

    def notes(self) -> dict[str, str] | None: ...


@runtime_checkable
class EndsOthers(Protocol):
    """A visitor whose other sessions can be ended."""

    def password_changed(self) -> None: ...


@runtime_checkable
class CountsTries(Protocol):
    """A visitor whose logins are counted. Raises Refused where there have been too many."""

    def tries_to_log_in(self, *, right: bool) -> None: ...


@runtime_checkable
class SaysCaching(Protocol):
    """A visitor whose replies say something of their own to caches, in place of `no-store`."""

    def caching(self) -> tuple[tuple[str, str], ...]: ...


@runtime_checkable
class Finishes(Protocol):
    """A visitor who has something to do when the request has been answered."""

    def finish(self) -> None: ...


class Handler(Protocol):
    """One way in which a server answers "who is this?". `max_age` of its cookies in seconds, None for session cookies."""

    def __init__(self, max_age: int | None = MAX_AGE) -> None: ...

    def identify(self, request: Request) -> Visitor: ...


class _Person:
    def __init__(self) -> None:
        self.visits = 0
        self.user: str | None = None


class NaiveHandler:
    """Remembers people by whatever key a subclass finds in the request, and believes it."""

    def __init__(self, max_age: int | None = MAX_AGE) -> None:
        self.max_age = max_age
        self._people: dict[str, _Person] = {}
        self._lock = Lock()

    def meet(self, key: str, why: str, *, known: bool | None = None, set_cookies: tuple[str, ...] = ()) -> Visitor:
        """The person remembered under this key, who is known if the key was met before, unless the caller decides."""
        with self._lock:
            met = key in self._people
            person = self._people.setdefault(key, _Person())
        shown = key if len(key) <= _SHOWN else key[:_SHOWN] + "…"
        return _Guest(shown, met if known is None else known, why, set_cookies, person, self._lock)


@dataclass(slots=True)
class _Guest:
    identity: str | None
    known: bool
    why: str
    set_cookies: tuple[str, ...]
    _person: _Person
    _lock: Lock

    @property
    def user(self) -> str | None:
        return self._person.user

    def count_visit(self) -> int:
        with self._lock:
            self._person.visits += 1
            return self._person.visits

    def log_in(self, user: str) -> None:
        self._person.user = user

    def log_out(self) -> None:
        self._person.user = None
