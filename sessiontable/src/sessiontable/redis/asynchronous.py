"""Redis for asyncio: all calls of an event loop share a connection, see `line.py`."""

import asyncio
from collections.abc import Coroutine
from threading import local
from typing import Any

from ..store import Change, Outcome, Record
from .eviction import NEVER, policy_of
from .faults import ScriptMissing
from .host import RedisHost
from .line import Line
from .scripts import WRITE
from .steps import RedisSteps, Reply, arguments_of


class AsyncRedisStore(RedisSteps):
    """`RedisStore` for asyncio, for any number of event loops. `aclose` gives this loop's connections back."""

    def __init__(self, host: RedisHost, prefix: str) -> None:
        self._lines = _Lines(host)
        super().__init__(self._lines, prefix, self._lists_are_complete)

    async def read(self, key: bytes, now: float) -> Record | None:
        command = b"HGETALL", self._at(key)
        line = self._lines.current()
        reply = await line.asked(command)
        if isinstance(reply, Exception):
            reply = await self._lines.again(line, reply, command)
        return await self.record_of(reply, now)

    def begin_write(self, key: bytes, change: Change, now: float) -> asyncio.Future[Outcome]:
        """See `BeginsWrites`."""
        line, given = self._lines.current(), (b"1", self._at(key), *arguments_of(change, now))

        def answer(outcome: asyncio.Future[Outcome], reply: Reply) -> None:
            if type(reply) is str and reply in Outcome.__members__:
                outcome.set_result(Outcome[reply])
            else:
                self._lines.begin(self._write_again(line, reply, given, outcome))

        return line.asked((b"EVALSHA", WRITE.digest, *given), answer)

    async def _write_again(
        self, line: Line, reply: Reply, given: tuple[bytes, ...], outcome: asyncio.Future[Outcome]
    ) -> None:
        try:
            try:
                if isinstance(reply, Exception):
                    reply = await self._lines.again(line, reply, (b"EVALSHA", WRITE.digest, *given))
            except ScriptMissing:
                reply = await self._lines.ask(b"EVAL", WRITE.text, *given)
            told = await self.outcome_of(reply)
            if not outcome.done():
                outcome.set_result(told)
        except Exception as wrong:
            if not outcome.done():
                outcome.set_exception(wrong)
        except BaseException:  # the loop ends
            outcome.cancel()
            raise

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
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, *command: bytes) -> Reply:
        line = self.current()
        reply = await line.asked(command)
        if isinstance(reply, Exception):
            return await self.again(line, reply, command)
        return reply

    async def ask_all(self, commands: list[tuple[bytes, ...]]) -> list[Reply]:
        line = self.current()
        asked = [line.asked(command) for command in commands]
        replies = [await each for each in asked]
        for at, reply in enumerate(replies):
            if isinstance(reply, Exception):
                replies[at] = await self.again(line, reply, commands[at])
        return replies

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it in a task that nobody waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def give_up(self) -> None:
        self._host.trust.give_up()

    async def close(self) -> None:
        self._line = None
        mine = [line for line in self._all if line.loop is asyncio.get_running_loop()]
        for line in mine:
            line.close()
        await asyncio.gather(*(line.task for line in mine), return_exceptions=True)

    async def again(self, line: Line, error: Exception, command: tuple[bytes, ...]) -> Reply:
        """Ask once more, where the server did nothing and may not be the one that the name leads to now."""
        trust = self._host.trust
        if trust.lost(line.age, error):
            line = self.current()
            reply = await line.asked(command)
            if not isinstance(reply, Exception):
                return reply
            trust.lost(line.age, reply)
            error = reply
        raise self._host.explained(error) from error

    def current(self) -> Line:
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
