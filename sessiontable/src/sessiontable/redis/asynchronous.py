"""Redis for asyncio: all calls of an event loop share a connection, and what they ask in one turn goes out in one write.

The replies come in the order of the commands, and one task alone reads them. A caller that is cancelled or times out
therefore cannot leave a reply behind for somebody else (redis-py and ChatGPT, March 2023).
"""

import asyncio
from collections import deque
from threading import local
from typing import NamedTuple

import redis

from .host import RedisHost
from .steps import RedisSteps, Reply

_LAST_CHANCE = 1 / 20  # of the timeout: a loop that was busy itself finds the replies first


class AsyncRedisStore(RedisSteps):
    """`RedisStore` for asyncio, for any number of event loops. `aclose` gives this loop's connections back."""

    def __init__(self, host: RedisHost, prefix: str) -> None:
        self._lines = _Lines(host)
        super().__init__(self._lines, prefix)

    async def aclose(self) -> None:
        await self._lines.close()


class _Lines(local):
    """The connections of a thread, and so of its running event loop: one that takes commands, and those before it."""

    def __init__(self, host: RedisHost) -> None:
        self._host = host
        self._line: _Line | None = None
        self._all: set[_Line] = set()

    async def ask(self, *command: bytes) -> Reply:
        (reply,) = await self.ask_all([command])
        return reply

    async def ask_all(self, commands: list[tuple[bytes, ...]]) -> list[Reply]:
        line = self._line
        if line is None or not line.open or line.loop is not asyncio.get_running_loop():
            line = self._line = _Line(self._host, self._all)
        replies = await line.exchanged(commands)
        for reply in replies:
            if isinstance(reply, Exception):
                raise self._host.explained(reply) from reply
        return replies

    async def close(self) -> None:
        self._line = None
        mine = [line for line in self._all if line.loop is asyncio.get_running_loop()]
        for line in mine:
            line.close()
        await asyncio.gather(*(line.task for line in mine), return_exceptions=True)


class _Waiting(NamedTuple):
    reply: asyncio.Future[Reply]
    deadline: float


class _Line:
    """One connection. It ends at the first error, and no command is sent twice: nobody knows what became of it."""

    def __init__(self, host: RedisHost, lines: "set[_Line]") -> None:
        self.open = True
        """Whether it takes commands. It does not after a call was broken off; those who wait still get their replies."""
        self.loop = asyncio.get_running_loop()
        self._host, self._connection = host, host.async_connection()
        self._waiting: deque[_Waiting] = deque()
        self._outgoing: list[bytes] = []
        self._filled = asyncio.Event()
        self._error: Exception | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._late: _Waiting | None = None
        self.task = self.loop.create_task(self._serve())
        lines.add(self)
        self.task.add_done_callback(lambda _: lines.discard(self))

    async def exchanged(self, commands: list[tuple[bytes, ...]]) -> list[Reply]:
        """The replies; an Exception among them is what went wrong with that command."""
        deadline = self.loop.time() + self._host.timeout
        asked = [_Waiting(self.loop.create_future(), deadline) for _ in commands]
        self._waiting += asked
        self._outgoing += [_packed(command) for command in commands]
        self._filled.set()
        if self._timer is None:
            self._timer = self.loop.call_at(deadline, self._look_at_the_clock)
        try:
            return [await waiting.reply for waiting in asked]
        except BaseException:
            self.open = False
            if not self._waiting:
                self.close()
            raise

    def close(self) -> None:
        self.open = False
        self.task.cancel()

    async def _serve(self) -> None:
        writer = None
        try:
            await self._connection.connect()
            writer = self.loop.create_task(self._write())
            while self.open or self._waiting:
                reply = await self._reply()
                waiting = self._waiting.popleft().reply
                if not waiting.done():
                    waiting.set_result(reply)
        except (redis.RedisError, OSError, UnicodeDecodeError) as error:
            self._error = self._error or error
        except asyncio.CancelledError:
            if self._error is None:
                raise
        finally:
            self.open = False
            if writer:
                writer.cancel()
            if self._timer:
                self._timer.cancel()
            for waiting, _ in self._waiting:
                if not waiting.done():
                    waiting.set_result(self._error or redis.ConnectionError("the connection was closed"))
            await self._connection.disconnect(nowait=True)

    async def _reply(self) -> Reply:
        try:
            reply = await self._connection.read_response(disconnect_on_error=False)
        except redis.ResponseError as error:
            reply = error
        if not self._waiting:
            raise redis.InvalidResponse("it sent a reply that nobody had asked for")
        return reply

    async def _write(self) -> None:
        try:
            while True:
                await self._filled.wait()
                self._filled.clear()
                outgoing, self._outgoing = self._outgoing, []
                await self._connection.send_packed_command([b"".join(outgoing)], check_health=False)
        except (redis.RedisError, OSError) as error:
            self._fail(error)

    def _look_at_the_clock(self) -> None:
        self._timer = None
        if not self._waiting:
            return
        first, soon = self._waiting[0], self.loop.time()
        if first is self._late:
            self._fail(TimeoutError(f"no answer within {self._host.timeout:g} s"))
            return
        if first.deadline <= soon:
            self._late = first
            soon += self._host.timeout * _LAST_CHANCE
        self._timer = self.loop.call_at(max(first.deadline, soon), self._look_at_the_clock)

    def _fail(self, error: Exception) -> None:
        self._error = error
        self.close()


def _packed(command: tuple[bytes, ...]) -> bytes:
    """As Redis reads it (RESP). redis-py's own takes all types, and a third of the time of the whole call."""
    return b"*%d\r\n%b" % (len(command), b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in command]))
