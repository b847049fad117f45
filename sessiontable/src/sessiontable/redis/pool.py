"""The connections that threads share: each serves one call at a time."""

import os
import time
from collections import deque
from contextlib import suppress

import redis

from .host import Connection, RedisHost
from .steps import Reply
from .trust import MOST_IDLE

_MOST = 64  # connections that are kept for later


class _Pooled:
    """A connection, the age of trust at which it was made, and when it came to rest."""

    __slots__ = ("age", "connection", "since")

    def __init__(self, host: RedisHost) -> None:
        self.age, self.connection, self.since = host.trust.age, host.connection(), 0.0


class Pool:
    """None serves a call after one that did not read all its replies: whatever breaks a call off, nobody is given what
    was meant for somebody else (redis-py and ChatGPT, March 2023).
    """

    def __init__(self, host: RedisHost) -> None:
        self._host = host
        self._idle: deque[_Pooled] = deque()
        """The one that was used last is at the right, and used first."""
        self._process = os.getpid()

    async def ask(self, *command: bytes) -> Reply:
        (reply,) = await self.ask_all([command])
        return reply

    async def ask_all(self, commands: list[tuple[bytes, ...]]) -> list[Reply]:
        replies, error, again = self._tried(commands)
        if again:
            replies, error, _ = self._tried(commands)
        if error:
            raise self._host.explained(error) from error
        return replies

    async def give_up(self) -> None:
        self._host.trust.give_up()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().connection.disconnect()

    def _tried(self, commands: list[tuple[bytes, ...]]) -> tuple[list[Reply], Exception | None, bool]:
        """The replies, what went wrong, and whether to ask once more."""
        pooled, replies = self._idle_one() or _Pooled(self._host), list[Reply]()
        try:
            replies = self._exchanged(pooled, commands)
        except (redis.RedisError, OSError, UnicodeDecodeError) as error:
            return [], error, self._host.trust.lost(pooled.age, error)
        for reply in replies:
            if isinstance(reply, redis.ResponseError):
                return [], reply, self._host.trust.lost(pooled.age, reply)
        return replies, None, False

    def _exchanged(self, pooled: _Pooled, commands: list[tuple[bytes, ...]]) -> list[Reply]:
        connection = pooled.connection
        try:
            connection.send_packed_command(connection.pack_commands(commands))
            replies = [_reply(connection, self._host.timeout) for _ in commands]
            connection.expect(None)
        except BaseException:
            connection.disconnect()
            raise
        pooled.since = now = time.monotonic()
        self._idle.append(pooled)
        with suppress(IndexError):  # a thread beside this one may take them
            if len(self._idle) > _MOST or self._idle[0].since < now - MOST_IDLE:
                self._idle.popleft().connection.disconnect()
        return replies

    def _idle_one(self) -> _Pooled | None:
        """One on which nothing is to be read: neither a reply to somebody else, nor the end of the connection."""
        if self._process != os.getpid():  # the others belong to the process that this one was forked from
            self._idle, self._process = deque(), os.getpid()
        while True:
            try:
                pooled = self._idle.pop()
            except IndexError:
                return None
            if pooled.age == self._host.trust.age and time.monotonic() - pooled.since < MOST_IDLE:
                try:
                    if not pooled.connection.can_read():
                        return pooled
                except (redis.RedisError, OSError):
                    pass
            pooled.connection.disconnect()


def _reply(connection: Connection, timeout: float) -> Reply:
    """An error that the server answers with is a reply, too: all of it has been read."""
    connection.expect(timeout)
    try:
        return connection.read_response()
    except redis.ResponseError as error:
        return error
