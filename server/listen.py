"""Puts handlers on ports."""

import time
from collections.abc import Callable
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
from .steering import Steering
from .visitor import MAX_AGE, ReadsClock


@dataclass(frozen=True, slots=True)
class Settings:
    """What all handlers of a process share. `max_age` of their cookies in seconds, None for session cookies.

    `store` is where the session table keeps its sessions. `steering`: the lab's gates and clock, None without them. `tls`: it
    is spoken at another port, see `tls.py`.
    """

    log: Log
    host: str = "0.0.0.0"
    max_age: int | None = MAX_AGE
    store: Store = field(default_factory=MemoryStore)
    steering: Steering | None = None
    tls: bool = False

    @property
    def clock(self) -> Callable[[], float]:
        """Gives the seconds since the epoch."""
        return time.time if self.steering is None else self.steering.now


def listen(entry: Entry, port: int, settings: Settings) -> Listener:
    """One handler, listening but not yet answering. Port 0 takes any free one. Raises OSError naming address and port."""
    if issubclass(entry.handler, AsPublished):
        return Listener(settings.host, port, partial(entry.handler, settings.log))
    app = App(entry.name, about=entry.verdict, steering=settings.steering)
    if issubclass(entry.handler, IssuedSession):
        store, secure = entry.handler.over(settings.store), insists(entry, settings)
        table = issuing(store, settings.max_age, settings.clock, secure=secure)
        return Listener(settings.host, port, partial(entry.handler, table, app, settings.log))
    handler = entry.handler(settings.max_age)
    if isinstance(handler, ReadsClock):
        handler.clock = settings.clock
    answer = partial(app.answer, identify=handler.identify)
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
