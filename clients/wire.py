"""What lies below either client: a fixed local port, one deadline for all of it, and what really happened.

Libraries do not tell the local port, nor anything at all after a failure; so it is noted here.
"""

import contextlib
import math
import queue
import socket
import threading
import time
from collections.abc import Buffer, Callable
from dataclasses import dataclass, field
from typing import Any

from clients.gate import Gate

type Found = tuple[int, tuple[Any, ...]]  # address family, socket address


@dataclass(slots=True)
class Wire:
    """One exchange as it happens on the wire: what bounds it, and what was seen of it."""

    port: int | None = None
    preface: bytes = b""
    """What a connection begins with, before the first request."""
    gate: Gate | None = None
    timeout: float = math.inf
    at: float = field(default_factory=time.time)
    started: float = field(default_factory=time.monotonic)
    connected: bool = False
    reused: bool = False
    received: int = 0
    local: str | None = None
    cookie: bytes | None = None
    sock: socket.socket | None = None
    launch: Callable[[], object] | None = None
    """Sends the request, where all who share the gate are to be sent in one go."""

    def begin(self, timeout: float) -> None:
        """Start the exchange's clock (seconds in all) and forget the exchange before."""
        self.timeout, self.at, self.started = timeout, time.time(), time.monotonic()
        self.connected, self.reused, self.received, self.local, self.cookie = False, False, 0, None, None

    def left(self) -> float:
        """Seconds until the deadline; raises TimeoutError after it."""
        left = self.started + self.timeout - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def meet(self) -> None:
        """Wait until all who share the gate have come to it, connected or failed; the clock starts again there."""
        if self.gate is not None:
            gate, self.gate = self.gate, None
            late = gate.wait()
            if late or self.launch is None:
                self.restart()

    def restart(self) -> None:
        """Start the exchange's clock again: what was before was waiting for others."""
        self.at, self.started = time.time(), time.monotonic()

    def resume(self, sock: socket.socket) -> None:
        """Note that this exchange goes over a connection that was open before."""
        self.reused = self.connected = True
        self.sock = sock
        self.local = endpoint(sock.getsockname())

    def dial(self, host: str, port: int) -> "DeadlineSocket":
        """A socket to the first of a host's addresses that answers; raises the last one's OSError if none does."""
        *others, last = resolve(host, port, self.left())
        for family, address in others:
            with contextlib.suppress(OSError):
                return self.open(family, address)
        return self.open(*last)

    def open(self, family: int, address: Any) -> "DeadlineSocket":
        """A connection to one address."""
        sock = DeadlineSocket(family, socket.SOCK_STREAM)
        try:
            sock.wire = self
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.port is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind(("", self.port))
            sock.settimeout(self.left())
            sock.connect(address)
        except OSError:
            self.local = attempted_from(sock, address)
            sock.close()
            raise
        self.connected = True
        self.sock = sock
        self.local = endpoint(sock.getsockname())
        if self.preface:
            sock.sendall(self.preface)
        return sock

    def cut(self) -> None:
        """End the connection under whoever is reading from it."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class DeadlineSocket(socket.socket):
    """A socket whose every read and write ends with the exchange, so that a server that drips cannot outlast it."""

    wire: Wire

    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(self.wire.left())
        count = super().recv_into(buffer, nbytes, flags)
        self.wire.received += count
        return count

    def sendall(self, data: Buffer, flags: int = 0) -> None:
        self.settimeout(self.wire.left())
        super().sendall(data, flags)


def resolve(host: str, port: int, patience: float) -> list[Found]:
    """The addresses of a host, asked for in a thread, since a resolver without an answer has no deadline of its own."""
    answers: queue.SimpleQueue[list[Found] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([(family, address) for family, _, _, _, address in found])
        except OSError as error:
            answers.put(error)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        answer = answers.get(timeout=patience)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def attempted_from(sock: socket.socket, address: Any) -> str | None:
    """Where a connection that failed came from, or None if it never got an address.

    The kernel forgets the address of a refused attempt but not its port; the route there still tells the address.
    """
    ip, port = sock.getsockname()[:2]
    if port and ip in ("0.0.0.0", "::"):
        with socket.socket(sock.family, socket.SOCK_DGRAM) as route:
            try:
                route.connect(address)
            except OSError:
                return None
            ip = route.getsockname()[0]
    return endpoint((ip, port)) if port else None


def endpoint(name: tuple[Any, ...]) -> str:
    """A socket's name as ip:port, or [ip]:port for IPv6."""
    ip, port = name[:2]
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
