"""Deliberate faults: small variants of the table, its sessions, its store or its cookie, each of which a proof must catch.

They are what session libraries really do (`property` names a row of the table in the docs), or what this one might.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from itertools import count
from typing import Any

from sessiontable import AsyncStore, Change, Cookie, Outcome, Record, User
from sessiontable.basics import ids as real
from sessiontable.logic.core import CoreTable
from sessiontable.logic.lifetime import USUAL, Lifetime
from sessiontable.logic.session import CoreSession
from tests.plain import SID

from .passing import Passing
from .schedule import Point

type Read = Callable[[bytes, float], Record | None]
"""How a store is asked on the spot."""


def same(store: AsyncStore) -> AsyncStore:
    return store


@dataclass(frozen=True)
class Fault:
    """A variant, the property that it lacks, and the invariants one of which it must break."""

    name: str = "none"
    property: str = ""
    breaks: tuple[str, ...] = ()
    store: Callable[[AsyncStore], AsyncStore] = same
    table: type[CoreTable] = CoreTable
    session: type[CoreSession] = CoreSession
    cookie: Cookie = SID
    new_id: Callable[[], str] = real.new_id
    key_of: Callable[[str], bytes] = real.key_of

    def __str__(self) -> str:
        return self.name


NONE = Fault()


class Adopts(CoreTable):
    async def _open[Kind: CoreSession](self, kind: type[Kind], lines: Iterable[str], host: str, path: str) -> Kind:
        session, ids = await super()._open(kind, lines, host, path), self.cookie.candidates(lines)
        if session.known or len(ids) != 1 or not real.keys_of(ids):
            return session
        now = self.clock()
        key, record = real.key_of(ids[0]), Record(now, self.end_of(now, now))
        await self.store.create(key, record, now)
        return await super()._open(kind, lines, host, path)


class WritesUnconditionally(Passing):
    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        outcome = await super().write(key, change, now)
        if outcome is not Outcome.ABSENT or change.value is None:
            return outcome
        await self.create(key, Record(now, now + 100, "alice", {change.name: change.value}), now)
        return Outcome.DONE


class LooksBeforeItWrites(Passing):
    """Check and write in two steps: right as long as nobody comes in between."""

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        found = await self.read(key, now)
        if found is None:
            return Outcome.ABSENT
        if change.checked and found.values.get(change.name) != change.before:
            return Outcome.CHANGED
        await Point()
        values = {**found.values, change.name: change.value}
        await self.create(
            key,
            Record(
                found.created_at,
                found.expires_at,
                found.user,
                {name: text for name, text in values.items() if text is not None},
            ),
            now,
        )
        return Outcome.DONE


class WritesAll(CoreSession):
    async def _change(self, key: bytes, change: Change) -> bool:
        table = self._table
        found = await table.store.read(key, table.clock())
        for name in found.values if found else ():
            await table.store.write(key, Change(name, self._values.get(name), change.limit), table.clock())
        return await super()._change(key, change)


class UpdatesBlindly(Passing):
    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return await super().write(key, Change(change.name, change.value, change.limit), now)


class KeepsOldId(Passing):
    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        before = await self.read(old, now)
        moved = await super().move(old, new, record, now, trail_until)
        if before:
            await self.create(old, before, now)
        return moved


class TakesAllAlong(Passing):
    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        before = await self.read(old, now)
        moved = await super().move(old, new, record, now, trail_until)
        if not (before and moved) or before.user in {None, moved.user}:
            return moved
        for name, text in before.values.items():
            await self.write(new, Change(name, text, 10**6), now)
        return await self.read(new, now)


class KnowsNoTime(Passing):
    async def read(self, key: bytes, now: float) -> Record | None:
        return await super().read(key, 0)

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        return await super().touch(key, expires_at, 0)

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return await super().write(key, change, 0)


class IdleOnly(CoreTable):
    def end_of(self, created_at: float, now: float, life: Lifetime = USUAL) -> float:
        return now + self._idle


class AbsoluteOnly(CoreTable):
    def end_of(self, created_at: float, now: float, life: Lifetime = USUAL) -> float:
        return created_at + self._absolute


class ListsAllButOne(CoreTable):
    async def sessions_by_key(self, user: User, quick: bool = False) -> list[tuple[bytes, Record]]:
        return (await super().sessions_by_key(user, quick))[:1]


class StoresVisitors(CoreTable):
    async def _open[Kind: CoreSession](self, kind: type[Kind], lines: Iterable[str], host: str, path: str) -> Kind:
        session = await super()._open(kind, lines, host, path)
        if not session.known:
            await session._begin(None, {})
        return session


class OnlyForgets(CoreSession):
    async def _revoke(self) -> None:
        self._forget()
        self._own = self._table.cookie.delete()


class LetsCachesKeep(CoreSession):
    def headers(self, cache_control: str | None = None) -> list[tuple[str, str]]:
        return [line for line in super().headers(cache_control) if line[0] != "Cache-Control"]


class BeginsAnew(CoreSession):
    """What this table did once: after SessionGone the next write began another session."""

    async def _begin(
        self, user: User | None, values: dict[str, str], life: Lifetime = USUAL, created_at: float | None = None
    ) -> None:
        self.failure = None
        await super()._begin(user, values, life, created_at)


class ListsOnce(CoreTable):
    """What this table did once: what a login carried on meanwhile was not ended."""

    async def _revoke_all(self, user: User, but: CoreSession | None) -> int:
        keys = [key for key, _ in await self.sessions_by_key(user)]
        return sum([await self.store.delete(key) for key in keys if but is None or key != but.key])


class NeverMovesTheEnd(CoreSession):
    """The quick look leaves it to somebody who never comes."""

    def _look_at_once(self, read: Read, later: bool) -> bool:
        return super()._look_at_once(read, later=True)


class LooksAtNoClock(CoreSession):
    """The quick look alone."""

    def _look_at_once(self, read: Read, later: bool) -> bool:
        return super()._look_at_once(lambda key, now: read(key, 0), later)


class ForgetsWhatWasSent(CoreSession):
    """The quick look alone."""

    def _look_at_once(self, read: Read, later: bool) -> bool:
        done = super()._look_at_once(read, later)
        self._keys = ()
        return done


class FirstWins(Cookie):
    def candidates(self, lines: Iterable[str]) -> list[str]:
        return values_of(self, lines)[:1]


class FirstLine(Cookie):
    def candidates(self, lines: Iterable[str]) -> list[str]:
        return values_of(self, list(lines)[:1])


class LosesTheJar(Cookie):
    def candidates(self, lines: Iterable[str]) -> list[str]:
        try:
            return [morsel.value for line in lines for name, morsel in SimpleCookie(line).items() if name == self.name]
        except CookieError:
            return []


class GivesAgain(CoreTable):
    """What this table did once: among surplus cookies it gave ours again, also when a login had just replaced it."""

    async def _open[Kind: CoreSession](self, kind: type[Kind], lines: Iterable[str], host: str, path: str) -> Kind:
        session, values = await super()._open(kind, lines, host, path), self.cookie.candidates(lines)
        own: Any = [value for value in values if session.key and real.key_of(value) == session.key]
        if own and len(values) > 1:
            session._tidying = (*session._tidying, self.cookie.issue(own[0]))
        return session


def values_of(cookie: Cookie, lines: Iterable[str]) -> list[str]:
    return Cookie.candidates(cookie, lines)


def few_ids() -> Callable[[], str]:
    """Ids that come again."""
    numbers = count()
    return lambda: f"{next(numbers) % 3:043d}"


FAULTS = [
    Fault("unknown id adopted", "strict", ("authenticity", "finality"), table=Adopts),
    Fault("unconditional write", "no resurrection", ("finality",), store=WritesUnconditionally),
    Fault("whole-blob write", "no lost update", ("durability",), session=WritesAll),
    Fault("raw id at rest", "hashed at rest", ("secrecy",), key_of=str.encode),
    Fault("no-store dropped", "no-store", ("privacy",), session=LetsCachesKeep),
    Fault(
        "first duplicate wins",
        "every cookie counts",
        ("steadiness", "isolation"),
        cookie=FirstWins("sid", secure=False),
    ),
    Fault(
        "split lines not joined",
        "every cookie counts",
        ("continuity", "steadiness"),
        cookie=FirstLine("sid", secure=False),
    ),
    Fault(
        "a broken neighbour loses the jar",
        "every cookie counts",
        ("steadiness", "continuity", "isolation"),
        cookie=LosesTheJar("sid", secure=False),
    ),
    Fault("old id kept after login", "new id at login", ("finality",), store=KeepsOldId),
    Fault("logout deletes only the cookie", "server-side logout", ("finality",), session=OnlyForgets),
    Fault("expired accepted", "two limits", ("finality",), store=KnowsNoTime),
    Fault("idle limit alone", "two limits", ("finality",), table=IdleOnly),
    Fault("absolute limit alone", "two limits", ("finality",), table=AbsoluteOnly),
    Fault("list lies", "lists", ("listing",), table=ListsAllButOne),
    Fault("another user's values come along", "new id at login", ("isolation",), store=TakesAllAlong),
    Fault("ids come again", "strict", ("uniqueness",), new_id=few_ids()),
    Fault("visitors stored", "", ("thrift",), table=StoresVisitors),
    Fault("gone begins anew", "no resurrection", ("finality",), session=BeginsAnew),
    Fault("given again", "every cookie counts", ("steadiness",), table=GivesAgain),
    Fault("quick look moves no end", "two limits", ("continuity",), session=NeverMovesTheEnd),
    Fault("quick look accepts expired", "two limits", ("finality",), session=LooksAtNoClock),
    Fault(
        "quick look forgets the id",
        "new id at login",
        ("steadiness", "continuity", "durability"),
        session=ForgetsWhatWasSent,
    ),
    Fault("blind update", "no lost update", ("durability",), store=UpdatesBlindly),
]
"""What the state machine must catch."""

AT_ONCE = {
    "unconditional write": "write, logout",
    "whole-blob write": "write a, write b",
    "old id kept after login": "write, login",
    "logout deletes only the cookie": "read, logout",
    "gone begins anew": "two writes, logout",
    "blind update": "update, update",
    "looks before it writes": "write, logout",
    "lists once": "revoke all, login again",
}
"""The faults that the interleavings must catch, with a program that does."""

ONLY_AT_ONCE = [
    Fault("looks before it writes", "no resurrection", ("finality", "durability"), store=LooksBeforeItWrites),
    Fault("lists once", "lists", ("finality",), table=ListsOnce),
]
"""Faults that show themselves only between the steps of requests that run at once."""
