"""Where sessions are kept in a proof: each place gives every replica a store, restarts it, and shows its bytes."""

import gc
from abc import ABC, abstractmethod
from itertools import count
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

import redis

from sessiontable import MemoryStore, Store
from sessiontable.redis import RedisStore
from sessiontable.sqlite import SQLiteStore
from tests.contract.redis_server import RedisServer

REPLICAS = 2


class Place(ABC):
    """One for all examples of a proof; `begin` makes it empty."""

    stores: list[Store]

    @abstractmethod
    def begin(self) -> None: ...

    @abstractmethod
    def restart(self, replica: int) -> None: ...

    @abstractmethod
    def at_rest(self) -> bytes:
        """All that whoever takes the store away would have."""

    @abstractmethod
    def end(self) -> None:
        """After an example."""


class Memory(Place):
    """All replicas share the process, and a restart is one of the table alone."""

    def begin(self) -> None:
        store = MemoryStore()
        self.stores = [store] * REPLICAS

    def restart(self, replica: int) -> None:
        pass

    def end(self) -> None:
        pass

    def at_rest(self) -> bytes:
        """Every text that the store's objects lead to."""
        seen, todo, texts = set[int](), [self.stores[0]], list[bytes]()
        while todo:
            thing = todo.pop()
            if id(thing) in seen or isinstance(thing, type | ModuleType | FunctionType | MethodType):
                continue
            seen.add(id(thing))
            if isinstance(thing, bytes | str):
                texts.append(thing if isinstance(thing, bytes) else thing.encode())
            todo += gc.get_referents(thing)
        return b"\n".join(texts)


class SQLite(Place):
    """One file, opened by each replica as by a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.examples = folder, 0

    def begin(self) -> None:
        self.examples += 1
        self.path = self.folder / f"{self.examples}.sqlite"
        self.stores = [SQLiteStore(self.path) for _ in range(REPLICAS)]

    def restart(self, replica: int) -> None:
        self._close(replica)
        self.stores[replica] = SQLiteStore(self.path)

    def at_rest(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.folder.glob(f"{self.path.name}*"))

    def end(self) -> None:
        for replica in range(REPLICAS):
            self._close(replica)
        for path in self.folder.glob(f"{self.path.name}*"):
            path.unlink()

    def _close(self, replica: int) -> None:
        store = self.stores[replica]
        assert isinstance(store, SQLiteStore)
        store.close()


class Redis(Place):
    """One server, to which each replica has connections of its own; every example has its own part of the keys."""

    _parts = count()

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.client: Any = redis.Redis(unix_socket_path=str(server.socket))

    def begin(self) -> None:
        self.prefix = f"proof{next(self._parts)}:"
        self.stores = [self._store() for _ in range(REPLICAS)]

    def restart(self, replica: int) -> None:
        self._close(replica)
        self.stores[replica] = self._store()

    def at_rest(self) -> bytes:
        ask = {b"hash": ("HGETALL",), b"string": ("GET",), b"set": ("SMEMBERS",), b"zset": ("ZRANGE", 0, -1)}
        found = list[bytes]()
        for key in self.client.scan_iter(f"{self.prefix}*", count=1000):
            command, *rest = ask[self.client.type(key)]
            found += [key, repr(self.client.execute_command(command, key, *rest)).encode()]
        return b"\n".join(found)

    def end(self) -> None:
        for replica in range(REPLICAS):
            self._close(replica)

    def close(self) -> None:
        self.client.close()

    def _store(self) -> RedisStore:
        return RedisStore(self.server.url, prefix=self.prefix)

    def _close(self, replica: int) -> None:
        store = self.stores[replica]
        assert isinstance(store, RedisStore)
        store.close()
