"""Puts handlers on ports."""

from dataclasses import dataclass, field
from functools import partial

from sessiontable import MemoryStore, Store

from .app import App
from .connection import Connection, Listener
from .handlers import CATALOGUE, Entry
from .handlers.foundation.as_published import AsPublished
from .handlers.session_table import IssuedSession, issuing
from .index import Index
from .log import Log
from .visitor import MAX_AGE


@dataclass(frozen=True, slots=True)
class Settings:
    """What all handlers of a process share. `max_age` of their cookies in seconds, None for session cookies.

    `store` is where the session table keeps its sessions. `tls`: it is spoken at another port, see `tls.py`.
    """

    log: Log
    host: str = "0.0.0.0"
    max_age: int | None = MAX_AGE
    store: Store = field(default_factory=MemoryStore)
    tls: bool = False


def listen(entry: Entry, port: int, settings: Settings) -> Listener:
    """One handler, listening but not yet answering. Port 0 takes any free one. Raises OSError naming address and port."""
    if issubclass(entry.handler, AsPublished):
        return Listener(settings.host, port, partial(entry.handler, settings.log))
    app = App(entry.name, about=entry.verdict)
    if issubclass(entry.handler, IssuedSession):
        table = issuing(entry.handler.over(settings.store), settings.max_age, secure=insists(entry, settings))
        return Listener(settings.host, port, partial(entry.handler, table, app, settings.log))
    answer = partial(app.answer, identify=entry.handler(settings.max_age).identify)
    return Listener(settings.host, port, partial(Connection, app.name, answer, settings.log))


def insists(entry: Entry, settings: Settings) -> bool:
    """Whether this handler serves nobody without TLS, which is there."""
    return settings.tls and bool(getattr(entry.handler, "insists_on_tls", False))


def listen_all(index_port: int, settings: Settings) -> list[tuple[str, Listener]]:
    """The index and every handler, each at the distance of its place in the catalogue; with 0 at any free ports."""
    served = [
        (entry, listen(entry, index_port and index_port + place, settings)) for place, entry in enumerate(CATALOGUE, 1)
    ]
    index = Index(tuple((entry, listener.port) for entry, listener in served))
    listener = Listener(settings.host, index_port, partial(Connection, index.name, index.answer, settings.log))
    return [("index", listener), *((entry.name, listener) for entry, listener in served)]
