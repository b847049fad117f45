"""Puts handlers on ports."""

from dataclasses import dataclass
from functools import partial

from .app import App
from .connection import Connection, Listener
from .handlers import CATALOGUE, INDEX_PORT, Entry
from .handlers.as_published import AsPublished
from .index import Index
from .log import Log
from .visitor import MAX_AGE


@dataclass(frozen=True, slots=True)
class Settings:
    """What all handlers of a process share. `max_age` of their cookies in seconds, None for session cookies."""

    log: Log
    host: str = "0.0.0.0"
    max_age: int | None = MAX_AGE


def listen(entry: Entry, port: int, settings: Settings) -> Listener:
    """One handler, listening but not yet answering. Port 0 takes any free one. Raises OSError naming address and port."""
    if issubclass(entry.handler, AsPublished):
        return Listener(settings.host, port, partial(entry.handler, settings.log))
    app = App(entry.name, entry.handler(settings.max_age), about=entry.verdict)
    return Listener(settings.host, port, partial(Connection, app, settings.log))


def listen_all(index_port: int, settings: Settings) -> list[tuple[str, Listener]]:
    """The index and every handler, each at its distance from the index in the catalogue; with 0 at any free ports."""
    served = [
        (entry, listen(entry, index_port and index_port + entry.port - INDEX_PORT, settings)) for entry in CATALOGUE
    ]
    index = Index(tuple((entry, listener.port) for entry, listener in served))
    listener = Listener(settings.host, index_port, partial(Connection, index, settings.log))
    return [("index", listener), *((entry.name, listener) for entry, listener in served)]
