"""A client of one's own as a wire: redis-py's `Redis`, also of a Sentinel's `master_for`, or `RedisCluster`.

It connects, finds the master or the node, and repeats commands as it was told to. Each script touches one key, and so
one node of a cluster.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from inspect import isawaitable, iscoroutinefunction
from typing import Any

import redis
from redis.client import NEVER_DECODE

from ..errors import SessionError
from .eviction import warn
from .faults import explained
from .steps import Reply, Wire
from .trust import Trust

type Client = Any
"""redis-py's clients have no type in common."""
_ERRORS = (redis.RedisError, OSError, UnicodeDecodeError)


def is_for_asyncio(client: Client) -> bool:
    """Whether its commands are to be awaited. Raises SessionError for what is no client."""
    queues = hasattr(client, "command_stack")  # a pipeline, which answers later
    if isinstance(client, type) or queues or not callable(getattr(client, "execute_command", None)):
        raise SessionError(
            f"client is {client!r:.80}: give one of redis-py, as redis.Redis(…), redis.asyncio.Redis(…), "
            "Sentinel(…).master_for(…) or redis.RedisCluster(…)"
        )
    return iscoroutinefunction(client.execute_command)


class _Given(ABC):
    """What both have in common: all but how they wait."""

    def __init__(self, client: Client) -> None:
        self._client, self._trust = client, Trust()
        self.shown = _shown(client)

    async def ask(self, *command: bytes) -> Reply:
        try:
            return await self._answer(command)
        except _ERRORS as error:
            if not await self._worth_it(error):
                raise explained(error, self.shown) from error
        try:
            return await self._answer(command)
        except _ERRORS as error:
            await self._worth_it(error)
            raise explained(error, self.shown) from error

    async def ask_all(self, commands: list[tuple[bytes, ...]]) -> list[Reply]:
        return [await self.ask(*command) for command in commands]

    async def _answer(self, command: tuple[bytes, ...]) -> Reply:
        asked = self._client.execute_command(command[0].decode(), *command[1:], **{NEVER_DECODE: True})
        return _plain(await self._settled(asked))

    async def _worth_it(self, error: BaseException) -> bool:
        """Whether to ask once more. Where the server may be another one now, the client's other connections are given up."""
        before = self._trust.age
        again = self._trust.lost(before, error)
        if self._trust.age != before:
            await self.give_up()
        return again

    async def give_up(self) -> None:
        if hasattr(self._client, "connection_pool"):
            closing = self._client.connection_pool.disconnect(inuse_connections=False)
            if isawaitable(closing):
                await closing

    @abstractmethod
    async def _settled(self, asked: Any) -> Any:
        """The client's answer, of what `execute_command` gave."""


class ThreadsClient(_Given):
    """For threads. How long a call may take is the client's `socket_timeout`."""

    async def _settled(self, asked: Any) -> Any:
        return asked

    async def nodes(self) -> Sequence[Wire]:
        if not hasattr(self._client, "get_primaries"):
            return [self]
        return [ThreadsClient(self._client.get_redis_connection(node)) for node in self._client.get_primaries()]


class AsyncioClient(_Given):
    """For asyncio. A call that takes longer than `timeout` seconds is broken off."""

    def __init__(self, client: Client, timeout: float, new: bool = True) -> None:
        super().__init__(client)
        self._timeout, self._new = timeout, new

    async def ask(self, *command: bytes) -> Reply:
        if self._new:  # there was no loop at the start
            self._new = False
            try:
                await warn(self, self.shown)
            except BaseException:
                self._new = True
                raise
        return await super().ask(*command)

    async def _settled(self, asked: Any) -> Any:
        async with asyncio.timeout(self._timeout):
            return await asked

    async def nodes(self) -> Sequence[Wire]:
        if not hasattr(self._client, "get_primaries"):
            return [self]
        await self._client.initialize()  # otherwise it learns of its nodes with its first command
        return [AsyncioClient(node, self._timeout, new=False) for node in self._client.get_primaries()]


def _plain(reply: Any) -> Reply:
    """As the server sent it: a client turns lists into dicts, and leaves texts as bytes."""
    if isinstance(reply, bytes):
        return reply.decode("utf-8", "surrogatepass")
    if isinstance(reply, dict):
        return [_plain(each) for pair in reply.items() for each in pair]
    if isinstance(reply, list | tuple):
        return [_plain(each) for each in reply]
    return reply


def _shown(client: Client) -> str:
    """Which one it is, without its password."""
    pool = getattr(client, "connection_pool", None)
    if name := getattr(pool, "service_name", None):
        return f"Sentinel's {name!r}"
    asked = getattr(pool, "connection_kwargs", {})
    if path := asked.get("path"):
        return f"unix://{path}"
    if pool is None:
        return f"the nodes of its {type(client).__name__}"
    return f"redis://{asked.get('host', 'localhost')}:{asked.get('port', 6379)}"
