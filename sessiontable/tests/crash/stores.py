"""The stores that servers under fire use, by a name that fits on a command line; one of them is made to fail."""

from threading import Lock

from sessiontable import Change, Outcome, Store
from sessiontable.sqlite import SQLiteStore
from sessiontable.urls import open_store

HASTY, ASYNCIO = "hasty+", "asyncio+"


class HastyStore(SQLiteStore):
    """Acknowledges writes that it has not yet stored, as one does who saves up for a larger transaction."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._late: list[tuple[bytes, Change, float]] = []
        self._lock = Lock()

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        with self._lock:
            self._late.append((key, change, now))
            if len(self._late) > 20:
                for late in self._late:
                    super().write(*late)
                self._late.clear()
        return Outcome.DONE


def opened(name: str) -> Store:
    """A store URL, or one that starts with "hasty+" for the store that must be caught; "asyncio+" is for the server."""
    name = name.removeprefix(ASYNCIO)
    if name.startswith(f"{HASTY}sqlite:"):
        return HastyStore(name.removeprefix(f"{HASTY}sqlite:"))
    return open_store(name)
