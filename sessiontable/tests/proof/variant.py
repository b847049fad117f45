"""A table of either face with a fault in it, or none; its store is one that a proof puts in front of the real one."""

from collections.abc import Callable, Iterable
from typing import Any

from sessiontable import AsyncSessionTable, AsyncStore, SessionTable, Store
from sessiontable.logic.core import CoreTable
from sessiontable.logic.session import CoreSession

from .faults import Fault, same
from .model import ABSOLUTE, GRACE, IDLE

FACES: dict[str, type[CoreTable]] = {"threads": SessionTable, "asyncio": AsyncSessionTable}


def of_spoilt_sessions(fault: type[CoreSession]) -> type[CoreTable]:
    """A table that opens sessions with the fault."""

    class Spoilt(CoreTable):
        async def _open[Kind: CoreSession](self, kind: type[Kind], lines: Iterable[str], host: str, path: str) -> Kind:
            return await super()._open(type(kind.__name__, (fault, kind), {}), lines, host, path)

    return Spoilt


def table_on(
    store: Store | AsyncStore,
    face: str,
    fault: Fault,
    clock: Callable[[], float],
    front: Callable[[AsyncStore], AsyncStore] = same,
) -> Any:
    """The table of this face, with the fault; all that it asks its store goes through `front`."""
    kind: Any = FACES[face]
    if fault.table is not CoreTable:
        kind = type("Faulty", (fault.table, kind), {})
    if fault.session is not CoreSession:
        kind = type("Faulty", (of_spoilt_sessions(fault.session), kind), {})
    limits = {"idle_timeout": int(IDLE), "absolute_timeout": int(ABSOLUTE), "grace": int(GRACE)}
    table = kind(store, clock=clock, cookie=fault.cookie, **limits)
    table.store = fault.store(front(table.store))
    return table
