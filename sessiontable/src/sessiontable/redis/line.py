"""One connection of an event loop: what is asked in one turn goes out in one write, and replies come in that order.

Whoever asks gets a future. A caller who is cancelled leaves it behind, cancelled, and the reply that comes for it is
thrown away: it goes to nobody else, and the connection goes on (redis-py and ChatGPT, March 2023, was the other way).
"""

import asyncio
import select
from collections import deque
from collections.abc import Callable

import redis

from .host import RedisHost
from .resp import MISSING, packed, reader
from .steps import Reply
from .trust import MOST_IDLE

type Answer = Callable[[asyncio.Future[Reply], Reply], object]
type _Waiting = tuple[asyncio.Future[Reply], float, Answer]
"""Who waits, until when, and how he is answered."""

_LAST_CHANCE = 1 / 20  # of the timeout: a loop that was busy itself finds the replies first


class Line(asyncio.Protocol):
    """It ends at the first error, and no command is sent twice: nobody knows what became of it."""

    def __init__(self, host: RedisHost, ended: "Callable[[Line], object]") -> None:
        self.loop, self.age = asyncio.get_running_loop(), host.trust.age
        self._host, self._timeout = host, host.timeout
        self._open = True
        self._waiting: deque[_Waiting] = deque()
        self._outgoing: list[bytes] = []
        self._greeted = False
        self._transport: asyncio.Transport | None = None
        self._readable: Callable[[int], list[tuple[int, int]]] | None = None
        self._reader = reader()
        self._error: Exception | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._late: _Waiting | None = None
        self._last = self.loop.time()
        self._end = self.loop.create_future()
        self._tell = ended
        self.task = self.loop.create_task(self._live())  # a loop that ends cancels it, and so closes the connection
        self.task.add_done_callback(self._ended)

    def takes_commands(self) -> bool:
        """Not after an error, nor where others met one, nor after long idling, nor where there is something to read
        although nobody waits: that is the end of the connection, or a reply to nothing.
        """
        if not self._open or self.age != self._host.trust.age:
            return False
        if self._waiting:
            return True
        if self.loop.time() - self._last > MOST_IDLE:
            return False
        return not (self._readable and self._readable(0))

    def asked(self, command: tuple[bytes, ...], answer: Answer = asyncio.Future.set_result) -> asyncio.Future[Reply]:
        """The reply to come; what went wrong is a result, too. `answer` gives a future its reply."""
        loop, data = self.loop, packed(command)
        self._last = now = loop.time()
        reply: asyncio.Future[Reply] = loop.create_future()
        try:
            self._waiting.append((reply, now + self._timeout, answer))
            if not self._outgoing and self._greeted:
                loop.call_soon(self._write)
            self._outgoing.append(data)
            if self._timer is None:
                self._timer = loop.call_at(now + self._timeout, self._look_at_the_clock)
        except BaseException:
            self._broken_off()
            raise
        return reply

    def retire(self) -> None:
        """Take no more commands; those who wait still get their replies."""
        self._open = False
        if not self._waiting:
            self.close()

    def close(self) -> None:
        self._open = False
        self.task.cancel()

    def data_received(self, data: bytes) -> None:
        replies, waiting = self._reader, self._waiting
        if self._error is not None:
            return
        try:
            replies.feed(data)
            while True:
                try:
                    reply = replies.gets()
                except UnicodeDecodeError as error:
                    reply = error
                if reply is MISSING:
                    break
                if not waiting:
                    raise redis.InvalidResponse("it sent a reply that nobody had asked for")
                asked, _, answer = waiting.popleft()
                if not asked.done():
                    answer(asked, reply)
        except redis.InvalidResponse as error:
            self._fail(error)
        except BaseException:
            self._broken_off()
            raise
        if not (self._open or waiting):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or redis.ConnectionError("Connection closed by server."))

    async def _live(self) -> None:
        try:
            self._transport = transport = await self._host.connect(self)
            await self._greet()
            if hasattr(select, "poll"):
                poll = select.poll()
                poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
                self._readable = poll.poll
            self._greeted = True
            self._write()
            await self._end
        except (redis.RedisError, OSError) as error:
            self._fail(error)

    async def _greet(self) -> None:
        """Ahead of all that waits: nothing else may go out in the name of somebody else, or into another database."""
        commands = self._host.greeting()
        if not commands:
            return
        until = self.loop.time() + self._timeout
        replies: list[asyncio.Future[Reply]] = [self.loop.create_future() for _ in commands]
        self._waiting.extendleft((reply, until, asyncio.Future.set_result) for reply in reversed(replies))
        assert self._transport
        self._transport.write(b"".join(map(packed, commands)))
        for command, reply in zip(commands, replies, strict=True):
            if isinstance(error := await reply, Exception):
                raise redis.AuthenticationError(str(error)) if command[0] == b"AUTH" else error

    def _write(self) -> None:
        if self._outgoing and self._open_to_write():
            assert self._transport
            try:
                self._transport.write(b"".join(self._outgoing))
                self._outgoing.clear()
            except BaseException:
                self._broken_off()
                raise

    def _open_to_write(self) -> bool:
        return self._error is None and self._transport is not None and not self._transport.is_closing()

    def _look_at_the_clock(self) -> None:
        self._timer = None
        if not self._waiting:
            return
        first, soon = self._waiting[0], self.loop.time()
        if first is self._late:
            self._fail(TimeoutError(f"no answer within {self._timeout:g} s"))
            return
        if first[1] <= soon:
            self._late = first
            soon += self._timeout * _LAST_CHANCE
        self._timer = self.loop.call_at(max(first[1], soon), self._look_at_the_clock)

    def _broken_off(self) -> None:
        """A signal (Ctrl-C, an alarm) raised in the middle: nobody knows any more which reply is whose."""
        self._fail(redis.ConnectionError("a call was broken off in the middle"))

    def _fail(self, error: Exception) -> None:
        if self._error is None:
            self._error = error
            if self._waiting:
                self._host.trust.lost(self.age, error)
        self.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._open = False
        if not task.cancelled() and (unexpected := task.exception()):
            self._error = self._error or redis.ConnectionError(repr(unexpected))
        if self._timer:
            self._timer.cancel()
        if self._transport:
            self._transport.abort()
        error = self._error or redis.ConnectionError("the connection was closed")
        self._error = error
        for asked, _, answer in self._waiting:
            if not asked.done():
                answer(asked, error)
        self._waiting.clear()
        self._tell(self)
