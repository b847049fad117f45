"""Going through a file in small steps, so that nobody waits for it."""

from collections.abc import Iterator
from time import monotonic, sleep

from ..store import Record
from .file import SQLiteFile
from .steps import Connection

_STEP = 20  # expired rows, about a millisecond, before others have their turn
_LOGGED = 200  # rows that go before the log is moved into the file
_PAGE = 500  # sessions that are read at a time


def sweep(file: SQLiteFile[Connection], now: float, limit: int) -> int:
    """See `SQLiteStore.sweep`."""
    gone = 0
    while gone < limit:
        began, step = monotonic(), min(_STEP, limit - gone)
        dropped = file.write(Connection.drop, now, step)
        gone += dropped
        if dropped < step:
            break
        if gone % _LOGGED == 0:  # or the next request that has to do it would have all of it to do
            file.log.tidy()
        sleep(2 * (monotonic() - began))
    return gone


def page_by_page(file: SQLiteFile[Connection], now: float) -> Iterator[tuple[bytes, Record]]:
    """See `SQLiteStore.sessions`."""
    key = b""
    while page := file.read(Connection.after, key, now, _PAGE):
        yield from page
        key, _ = page[-1]
