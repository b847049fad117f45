"""The table that the settings of a Django project ask for, and a user's sessions in it."""

from threading import Lock
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from ..errors import SessionError
from ..logic.core import Listed
from ..logic.table import Session, SessionTable
from ..urls import open_store

_lock = Lock()
_tables: list[SessionTable] = []


def table() -> SessionTable:
    """The table of the setting SESSIONTABLE: its "store" is a URL (see `open_store`) or a store; all else is as in
    `SessionTable`. Where it says nothing else a session lives for SESSION_COOKIE_AGE. Raises ImproperlyConfigured.
    """
    with _lock:
        if not _tables:
            _tables.append(_made(getattr(settings, "SESSIONTABLE", None)))
        return _tables[0]


def _made(options: Any) -> SessionTable:
    if not isinstance(options, dict) or "store" not in options:
        raise ImproperlyConfigured(
            f'the setting SESSIONTABLE is {options!r}: give it a store, as SESSIONTABLE = {{"store": "sqlite:sessions.db"}}'
        )
    given = {"idle_timeout": settings.SESSION_COOKIE_AGE, "absolute_timeout": settings.SESSION_COOKIE_AGE, **options}
    if "idle_timeout" in options and "absolute_timeout" not in options:
        given["absolute_timeout"] = max(options["idle_timeout"], settings.SESSION_COOKIE_AGE)
    if "absolute_timeout" in options and "idle_timeout" not in options:
        given["idle_timeout"] = min(options["absolute_timeout"], settings.SESSION_COOKIE_AGE)
    store = given.pop("store")
    if "cookie" in given:
        raise ImproperlyConfigured(
            "the setting SESSIONTABLE has a cookie: Django's own settings make it, SESSION_COOKIE_*"
        )
    try:
        return SessionTable(open_store(store) if isinstance(store, str) else store, **given)
    except (SessionError, TypeError) as error:
        raise ImproperlyConfigured(f"the setting SESSIONTABLE makes no table: {error}") from error


def _forget(*, setting: str, **_: Any) -> None:
    """A test has changed the settings."""
    if setting in {"SESSIONTABLE", "SESSION_COOKIE_AGE"}:
        with _lock:
            _tables.clear()


setting_changed.connect(_forget)


def sessions_of(user: Any, request: Any = None) -> list[Listed]:
    """The living sessions of a user, who is given as a model or by the primary key; that of the request is marked."""
    return table().sessions_of(_name(user), _session(request))


def end_session(user: Any, label: str) -> bool:
    """End the session with this label if it is one of this user's. False: it is not, or no longer."""
    return table().revoke_one(_name(user), label)


def end_sessions(user: Any, but: Any = None) -> int:
    """End all sessions of a user, all but that of the request `but` if one is given. How many ended."""
    return table().revoke_all(_name(user), _session(but))


def _name(user: Any) -> str:
    return str(user._meta.pk.value_to_string(user) if hasattr(user, "_meta") else user)


def _session(request: Any) -> Session | None:
    found: Session | None = None if request is None else request.session.current()
    return found
