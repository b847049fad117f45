"""The store's methods as steps on Redis, written once for threads and asyncio: `store.py` and `asynchronous.py`.

All but `move` change one key in one step. A login needs two keys, which may be on two machines, so it goes

    1. LEAVE   the old key: from now on absent to all, it holds the session as it was, and the name of the new key
    2. CREATE  the new key
    3. STRIP   the old key: the bare trail remains

What was acknowledged before 1 is in what 1 returns. Whoever crashes after 1 or 2 has not answered the login; the same
user's next login under the old id walks the trail to where the session is: still held, or alive at the next key. If
the next key is empty, its CREATE may yet come from somebody who is slow: the walk then makes a trail of it, too, and
CREATE makes no session where anything is. So of many who walk at the same time one comes through and the others find
nothing. A logout leaves a mark where a session had moved to, for otherwise the key would look as if CREATE had never
come, and a held copy would bring back what has ended. The mark outlives all sessions that could come from that copy.

A trail serves once: a session that is alive behind two of them is out of reach.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from math import ceil
from typing import Any, Protocol, runtime_checkable

from ..errors import SessionError, StoreUnavailable
from ..store import Change, Outcome, Record, size_of
from . import scripts
from .faults import ScriptMissing
from .scripts import Script

_SPARE = 60.0  # seconds that the server keeps a key longer: clocks differ, and a test's clock may stand still
_LONGEST_MS = 100 * 365 * 86_400_000
_MOST_HOPS = 16
_PAGE = 100  # sessions that are asked for at a time

type Reply = Any
"""Texts, numbers, lists of them, None."""


class Wire(Protocol):
    """Commands to the server. Both raise StoreUnavailable, SessionError or ScriptMissing."""

    async def ask(self, *command: bytes) -> Reply: ...

    async def ask_all(self, commands: list[tuple[bytes, ...]]) -> list[Reply]:
        """One after the other, in one go."""


@runtime_checkable
class ManyNodes(Protocol):
    """A wire that leads to several servers, each with keys of its own."""

    async def nodes(self) -> Sequence[Wire]:
        """A wire to each of them."""


@runtime_checkable
class HasConnections(Protocol):
    """A wire that can do without those that it has."""

    async def give_up(self) -> None:
        """Use the connections that are there no more."""


class RedisSteps:
    """An `AsyncStore` that lists by user, on any wire.

    `complete`: tells whether the lists are, for sure: a server that throws keys out to save memory may have taken one.
    """

    def __init__(self, wire: Wire, prefix: str, complete: Callable[[], Awaitable[bool]] | None = None) -> None:
        self.wire, self.prefix, self._complete = wire, prefix, complete
        self._session, self._user = f"{prefix}s:".encode(), f"{prefix}u:".encode()

    async def create(self, key: bytes, record: Record, now: float) -> None:
        await self._begin(b"new", key, record, now, _SPARE)

    async def read(self, key: bytes, now: float) -> Record | None:
        return await self.record_of(await self.wire.ask(b"HGETALL", self._at(key)), now)

    async def write(self, key: bytes, change: Change, now: float) -> Outcome:
        return await self.outcome_of(await self._run(scripts.WRITE, self._at(key), *arguments_of(change, now)))

    async def record_of(self, reply: Reply, now: float) -> Record | None:
        """The living session that a HGETALL tells of."""
        try:
            return _record(reply, now)
        except (TypeError, ValueError):
            raise await self._at_odds(reply) from None

    async def outcome_of(self, reply: Reply) -> Outcome:
        """What `scripts.WRITE` has said."""
        try:
            return Outcome[reply]
        except (TypeError, KeyError):
            raise await self._at_odds(reply) from None

    async def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        """A user's list learns first how long the session lives: it forgets nothing that is alive."""
        arguments = _number(now), _number(expires_at), _ms(expires_at, now)
        reply = await self._run(scripts.TOUCH, self._at(key), *arguments, _flag(False))
        if isinstance(reply, str):
            await self._enlist(key, reply, expires_at, now)
            reply = await self._run(scripts.TOUCH, self._at(key), *arguments, _flag(True))
        return await self._yes(reply)

    async def move(self, old: bytes, new: bytes, record: Record, now: float, trail_until: float) -> Record | None:
        found = await self._leave(old, new, record, now, trail_until)
        if found is None:
            return None
        before, holders = found
        kept = before.values if before.user in (None, record.user) else {}
        after = Record(record.created_at, record.expires_at, record.user, {**kept, **record.values})
        if not await self._begin(b"moved", new, after, now, 2 * _SPARE):
            return None  # another login of the same user was quicker
        for holder in holders:
            await self._run(scripts.STRIP, holder, _ms(trail_until, now))
        return after

    async def delete(self, key: bytes) -> bool:
        return await self._yes(await self._run(scripts.DELETE, self._at(key)))

    async def sessions_of(self, user: str, now: float) -> list[tuple[bytes, Record]]:
        """The living sessions of this user with their keys; where lists may be gone, from a look at all sessions."""
        found = dict(await self.listed(user, now))
        if self._complete and not await self._complete():
            keys = [key for key in await self._keys() if key not in found]
            owners = await self._each(b"HGET", keys, b"user")
            found |= await self._read_all([key for key, owner in owners if owner == user], now)
        return list(found.items())

    async def listed(self, user: str, now: float) -> list[tuple[bytes, Record]]:
        """Those of them that stand in the user's list."""
        members = await self.wire.ask(b"ZRANGEBYSCORE", self._list_of(user), b"(" + _number(now), b"+inf")
        try:
            keys = [bytes.fromhex(member) for member in members]
        except (TypeError, ValueError):
            raise await self._at_odds(members) from None
        read = await self._read_all(keys, now)
        return [(key, record) for key, record in read if record.user == user]

    async def sessions(self, now: float) -> list[tuple[bytes, Record]]:
        """All living sessions with their keys."""
        return await self._read_all(await self._keys(), now)

    async def _keys(self) -> list[bytes]:
        pattern = re.sub(rb"([*?\[\]\\])", rb"\\\1", self._session) + b"*"
        names = set[str]()
        for node in await self.wire.nodes() if isinstance(self.wire, ManyNodes) else [self.wire]:
            cursor = ""
            while cursor != "0":
                reply = await node.ask(b"SCAN", _bytes(cursor or "0"), b"MATCH", pattern, b"COUNT", b"1000")
                try:
                    cursor, found = reply
                    cursor = str(int(cursor))
                    names.update(found)
                except (TypeError, ValueError):
                    raise await self._at_odds(reply) from None
        return [bytes.fromhex(name[-64:]) for name in names]

    async def _read_all(self, keys: list[bytes], now: float) -> list[tuple[bytes, Record]]:
        replies = await self._each(b"HGETALL", keys)
        try:
            found = [(key, _record(reply, now)) for key, reply in replies]
        except (TypeError, ValueError):
            raise await self._at_odds(replies) from None
        return [(key, record) for key, record in found if record]

    async def _each(self, command: bytes, keys: list[bytes], *arguments: bytes) -> list[tuple[bytes, Reply]]:
        """What the command says of each key."""
        replies: list[Reply] = []
        for at in range(0, len(keys), _PAGE):
            page = keys[at : at + _PAGE]
            replies += await self.wire.ask_all([(command, self._at(key), *arguments) for key in page])
        return list(zip(keys, replies, strict=True))

    async def _begin(self, how: bytes, key: bytes, record: Record, now: float, spare: float) -> bool:
        if record.user is not None:  # listed before it is alive: whoever ends all of a user's sessions misses none
            await self._enlist(key, record.user, record.expires_at, now)
        reply = await self._run(
            scripts.CREATE, self._at(key), how, _ms(record.expires_at, now, spare), *_fields(record)
        )  # fmt: skip
        return await self._yes(reply)

    async def _leave(
        self, old: bytes, new: bytes, record: Record, now: float, trail_until: float
    ) -> tuple[Record, list[bytes]] | None:
        """The session as it was when it became a trail, and the keys that hold it; see above."""
        key, to, held, ends = self._at(old), self._at(new), None, 0.0
        holders: list[bytes] = []
        for hop in range(_MOST_HOPS):
            block = b"0" if held is None else _ms(max(ends, trail_until), now, 2 * _SPARE)
            said = await self._run(
                scripts.LEAVE, key, _number(now), to, _bytes(record.user or ""), _number(trail_until),
                _number(record.expires_at), _ms(trail_until, now), _flag(hop <= 1), block,
            )  # fmt: skip
            try:
                state, *reply = said
                fields = _dict(reply[0]) if reply else {}
            except (TypeError, ValueError):
                raise await self._at_odds(said) from None
            if state == "absent":
                return None
            if "created_at" in fields:
                held = _held(fields)
                holders.append(key)
            if state != "trail":
                break
            key, ends = _bytes(fields["to"]), float(fields["ends"])
        else:
            return None
        return (held, holders) if held else None

    async def _enlist(self, key: bytes, user: str, expires_at: float, now: float) -> None:
        await self._run(
            scripts.ENLIST, self._list_of(user), key.hex().encode(), _number(expires_at), _ms(expires_at, now),
            _number(now - _SPARE),
        )  # fmt: skip

    async def _run(self, script: Script, key: bytes, *arguments: bytes) -> Reply:
        with suppress(ScriptMissing):
            return await self.wire.ask(b"EVALSHA", script.digest, b"1", key, *arguments)
        return await self.wire.ask(b"EVAL", script.text, b"1", key, *arguments)

    async def _yes(self, reply: Reply) -> bool:
        if type(reply) is not int:
            raise await self._at_odds(reply)
        return reply > 0

    async def _at_odds(self, reply: Reply) -> StoreUnavailable:
        """The answer is none to what was asked: it, and what else comes on such a connection, may be somebody else's."""
        if isinstance(self.wire, HasConnections):
            await self.wire.give_up()
        return StoreUnavailable(
            f"Redis gave a {type(reply).__name__} that answers no session store: see what is at its address, a proxy perhaps"
        )

    def _at(self, key: bytes) -> bytes:
        return self._session + key.hex().encode()

    def _list_of(self, user: str) -> bytes:
        return self._user + sha256(_bytes(user)).hexdigest().encode()


def arguments_of(change: Change, now: float) -> tuple[bytes, ...]:
    """What `scripts.WRITE` is given."""
    name, text, limit, checked, before = change
    return (
        _number(now), b"%d" % limit, b":" + _bytes(name), b"1" if text is None else b"0", _bytes(text or ""),
        b"1" if checked else b"0", *(() if before is None else (_bytes(before),)),
    )  # fmt: skip


def _record(reply: Reply, now: float) -> Record | None:
    fields = _dict(reply)
    if "expires_at" not in fields or "to" in fields:
        return None
    record = _held(fields)
    return record if record[1] > now else None


def _held(fields: dict[str, str]) -> Record:
    values = {name[1:]: text for name, text in fields.items() if name[:1] == ":"}
    try:
        return Record(float(fields["created_at"]), float(fields["expires_at"]), fields.get("user"), values)
    except (KeyError, ValueError) as error:
        raise SessionError(
            f"Redis holds under a session's key what no session store has written ({error!r}): change the prefix"
        ) from error


def _fields(record: Record) -> list[bytes]:
    pairs = [b"created_at", _number(record.created_at), b"expires_at", _number(record.expires_at)]
    pairs += [b"size", _int(size_of(record.values))]
    if record.user is not None:
        pairs += [b"user", _bytes(record.user)]
    for name, text in record.values.items():
        pairs += [_field(name), _bytes(text)]
    return pairs


def _dict(reply: Reply) -> dict[str, str]:
    """Raises TypeError or ValueError for what is no list of pairs."""
    if type(reply) is not list:
        raise TypeError(reply)
    texts: Iterator[str] = iter(reply)
    return dict(zip(texts, texts, strict=True))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _field(name: str) -> bytes:
    return b":" + _bytes(name)


def _number(seconds: float) -> bytes:
    return repr(float(seconds)).encode()


def _int(number: int) -> bytes:
    return b"%d" % number


def _flag(on: bool) -> bytes:
    return b"1" if on else b"0"


def _ms(end: float, now: float, spare: float = _SPARE) -> bytes:
    """How long the server keeps a key: never less than until the end."""
    return b"%d" % min(_LONGEST_MS, max(1, ceil((end - now + spare) * 1000)))
