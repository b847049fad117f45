"""Redis for asyncio: all calls of an event loop share a connection, see `line.py`."""

import asyncio
from threading import local

from .eviction import NEVER, policy_of
from .host import RedisHost
from .line import Line
from .steps import RedisSteps, Reply


class AsyncRedisStore(RedisSteps):
    """`RedisStore` for asyncio, for any number of event loops. `aclose` gives this loop's connections back."""

    def __init__(self, host: RedisHost, prefix: str) -> None:
        self._lines = _Lines(host)
        super().__init__(self._lines, prefix, self._lists_are_complete)

    async def _lists_are_complete(self) -> bool:
        return await policy_of(self.wire) == NEVER

    async def aclose(self) -> None:
        await self._lines.close()


class _Lines(local):
    """The connections of a thread, and so of its running event loop: one that takes commands, and those before it."""

    def __init__(self, host: RedisHost) -> None:
        self._host = host
        self._line: Line | None = None
        self._all: set[Line] = set()

    async def ask(self, *command: bytes) -> Reply:
        line = self._current()
        reply = await line.asked(command)
        if isinstance(reply, Exception):
            return await self._again(line, reply, command)
        return reply

    async def ask_all(self, commands: list[tuple[bytes, ...]]) -> list[Reply]:
        line = self._current()
        asked = [line.asked(command) for command in commands]
        replies = [await each for each in asked]
        for at, reply in enumerate(replies):
            if isinstance(reply, Exception):
                replies[at] = await self._again(line, reply, commands[at])
        return replies

    async def give_up(self) -> None:
        self._host.trust.give_up()

    async def close(self) -> None:
        self._line = None
        mine = [line for line in self._all if line.loop is asyncio.get_running_loop()]
        for line in mine:
            line.close()
        await asyncio.gather(*(line.task for line in mine), return_exceptions=True)

    async def _again(self, line: Line, error: Exception, command: tuple[bytes, ...]) -> Reply:
        """Ask once more, where the server did nothing and may not be the one that the name leads to now."""
        trust = self._host.trust
        if trust.lost(line.age, error):
            line = self._current()
            reply = await line.asked(command)
            if not isinstance(reply, Exception):
                return reply
            trust.lost(line.age, reply)
            error = reply
        raise self._host.explained(error) from error

    def _current(self) -> Line:
        line = self._line
        if line is None or line.loop is not asyncio.get_running_loop() or not line.takes_commands():
            return self._new()
        return line

    def _new(self) -> Line:
        before = self._line
        if before is not None and before.loop is asyncio.get_running_loop():
            before.retire()
        self._line = line = Line(self._host, self._all.discard)
        self._all.add(line)
        return line
