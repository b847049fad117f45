"""A name that leads to a Redis server: new connections go where it leads now, old ones stay where they are.

>>> with Relay(old.socket) as name:
...     store = RedisStore(name.url)
...     name.to = new.socket   # a failover behind a name, as of DNS or a balancer
...     name.forget()          # a firewall that has forgotten what is open: not a byte gets through, and nobody is told
...     name.spoil = bytewise  # a function of what the server sends, which gives the pieces that get through
"""

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Self


class Relay:
    """`made`: how many connections were made so far."""

    def __init__(self, to: Path) -> None:
        self.to, self.made, self._generation = to, 0, 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self.spoil: Callable[[bytes], Iterable[bytes]] | None = None
        Thread(target=self._accept, daemon=True).start()

    def forget(self) -> None:
        """Swallow from now on what comes on the connections that are open."""
        self._generation += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in [self._listener, *self._open]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                self.made += 1
                self._open += [near, far]
                far.connect(str(self.to))
                for source, sink in ((near, far), (far, near)):
                    Thread(target=self._pump, args=(source, sink, self._generation, sink is near), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, generation: int, back: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if generation == self._generation:
                    for piece in self.spoil(data) if self.spoil and back else (data,):
                        sink.sendall(piece)
            sink.shutdown(socket.SHUT_RDWR)
