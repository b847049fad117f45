"""The table's logic, written once: whose sessions there are, and how they are found, listed and ended.

It awaits every step of the store and nothing else. `table.py` gives it to threads, `asynchronous.py` to asyncio;
`session.py` is one request's view.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..basics.ids import label_of
from ..basics.users import User
from ..basics.values import Json, decoded
from ..errors import StoreUnavailable
from ..store import Record, Sweeps
from .inline import settled
from .lifetime import life_of
from .rules import Rules
from .session import CoreSession

_MOST_TRIES = 1000  # of what others keep changing meanwhile


@dataclass(frozen=True, slots=True)
class Listed:
    """A session in a user's list. Times in seconds since the epoch; `label` names it and opens nothing.

    `last_used_at`: to the precision with which the idle end is moved, a minute at the most. `device`: what `rotate` was
    told. `read(name)` gives a stored value.
    """

    label: str
    created_at: float
    expires_at: float
    current: bool
    last_used_at: float = 0.0
    device: str | None = None
    _values: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def read(self, name: str) -> Json:
        """A value of that session, None if there is none."""
        return decoded(self._values.get(name))


class Holds(Protocol):
    """What has a session of the table in it, as `flask.session`."""

    @property
    def table_session(self) -> CoreSession: ...


def held(session: CoreSession | Holds | None) -> CoreSession | None:
    """The session itself."""
    return session if session is None or isinstance(session, CoreSession) else session.table_session


class CoreTable(Rules):
    """What a table does; see `SessionTable`."""

    async def _open[Kind: CoreSession](
        self, kind: type[Kind], cookie_lines: Iterable[str], host: str, path: str
    ) -> Kind:
        session = kind(self, self.cookie.candidates(cookie_lines), host, path)
        await session.look()
        session.arrived = self.ends
        return session

    async def _list(self, user: User, current: CoreSession | None) -> list[Listed]:
        if current is not None:
            await current.look()  # perhaps nobody has asked it yet
        own = None if current is None else current.key
        return [self._listed(key, record, own) for key, record in await self.sessions_by_key(user)]

    def _listed(self, key: bytes, record: Record, current: bytes | None) -> Listed:
        life = life_of(record.values)
        used = max(record.created_at, record.expires_at - (life.idle or self._idle))
        device = life.device
        return Listed(label_of(key), record.created_at, record.expires_at, key == current, used, device, record.values)

    async def _revoke_all(self, user: User, but: CoreSession | None) -> int:
        ended = 0
        if but is not None:
            await but.look()
        for _ in range(_MOST_TRIES):
            keys = [key for key, _ in await self.sessions_by_key(user) if but is None or key != but.key]
            found = [await self.end(key, user) for key in keys]
            ended += sum(found)
            if all(found):  # otherwise a login may just have carried one of them on, under another key
                return ended
        raise StoreUnavailable(f"sessions of {user!r} were moved by others {_MOST_TRIES} times: try again later")

    async def _revoke_one(self, user: User, label: str) -> bool:
        keys = [key for key, _ in await self.sessions_by_key(user) if label_of(key) == label]
        return any([await self.end(key, user) for key in keys])

    async def _sweep(self, limit: int) -> int:
        sweeps = next((face for face in self._faces if isinstance(face, Sweeps)), None)
        return 0 if sweeps is None else await settled(sweeps.sweep(self.clock(), limit))
