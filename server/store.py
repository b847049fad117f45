"""Where the session table keeps its sessions, as the command line or the variable STORE names it."""

from difflib import get_close_matches
from pathlib import Path

from sessiontable import SessionError, Store
from sessiontable.urls import open_store

NAMED = {
    "memory": "memory:",
    "sqlite": f"sqlite://{Path.home() / 'sessions.db'}",
    "redis": "redis://redis.lab.test:6379/0",
}
"""Short names: in the process, in a file of the server's own, in the lab's Redis."""


def find_store(text: str) -> Store:
    """The store of a short name or a URL. SessionError for what is neither, and for a file that cannot be used."""
    if ":" in text or text in NAMED:
        return open_store(NAMED.get(text, text))
    near = get_close_matches(text, NAMED, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    raise SessionError(f"unknown store {text!r}: {meant}There are {', '.join(NAMED)}, and URLs such as sqlite:PATH")
