"""Carries connections between a host of the lab and the user's machine over the two pipes of one process.

The host has no way to the machine and gets none: this program listens at the host and sends what it hears over its
stdout; the other end of that pipe is in the command's own process, which connects outside (see `forwarding`). Both ends
run this file, which needs the standard library alone.

A frame is a kind, a channel, a length, and that many bytes. Each direction of a channel has a window: who has sent that
many bytes waits until the other end has passed some on, so no slow reader holds the others up and no buffer grows.

With a certificate, which follows on stdin, callers speak TLS to it and what is passed on is plain.
"""

import asyncio
import contextlib
import os
import socket
import ssl
import struct
import sys
from collections.abc import Awaitable, Callable

OPEN, DATA, END, RESET, CREDIT, READY = range(6)
"""OPEN carries who calls, as ip:port; CREDIT how many bytes have been passed on. READY: it listens."""
HEADER = struct.Struct(">BIH")
WINDOW, PIECE = 1 << 18, 1 << 15
TRANSPARENT = 19
"""IP_TRANSPARENT of ip(7): connect from an address that is somebody else's."""

type Connect = Callable[[str], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
"""Connects for a caller. OSError where that fails."""


class _Channel:
    """One connection: its socket, and how much may still be sent to the other end."""

    def __init__(self, number: int) -> None:
        self.number, self.credit = number, WINDOW
        self.more = asyncio.Event()
        self.arrived: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None


class Link:
    """One end of the pipes. `connect` is what the outer end does for a call; the inner end has none."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connect: Connect | None = None
    ) -> None:
        self._reader, self._writer, self._connect = reader, writer, connect
        self._channels: dict[int, _Channel] = {}
        self._next = 0
        self.ready = asyncio.Event()
        self.pipes: tuple[asyncio.BaseTransport, ...] = ()

    def close(self) -> None:
        """Closes both pipes."""
        for pipe in self.pipes:
            pipe.close()

    def send(self, kind: int, number: int = 0, data: bytes = b"") -> None:
        """Queues one frame."""
        self._writer.write(HEADER.pack(kind, number, len(data)) + data)

    async def read(self) -> None:
        """Takes frames until the pipe ends; then every connection has ended too."""
        try:
            while True:
                kind, number, length = HEADER.unpack(await self._reader.readexactly(HEADER.size))
                data = await self._reader.readexactly(length)
                self._take(kind, number, data)
        except (asyncio.IncompleteReadError, OSError):
            for channel in list(self._channels.values()):
                if channel.task:
                    channel.task.cancel()

    def _take(self, kind: int, number: int, data: bytes) -> None:
        if kind == READY:
            self.ready.set()
            return
        if kind == OPEN and self._connect:
            channel = self._channels[number] = _Channel(number)
            channel.task = asyncio.create_task(self._answer(channel, data.decode()))
            return
        channel_or_none = self._channels.get(number)
        if channel_or_none is None:
            return
        channel = channel_or_none
        if kind == DATA:
            channel.arrived.put_nowait(data)
        elif kind == END:
            channel.arrived.put_nowait(None)
        elif kind == CREDIT:
            channel.credit += struct.unpack(">I", data)[0]
            channel.more.set()
        elif kind == RESET and channel.task:
            channel.task.cancel()

    async def _answer(self, channel: _Channel, caller: str) -> None:
        assert self._connect
        try:
            reader, writer = await self._connect(caller)
        except (OSError, asyncio.CancelledError):
            self._channels.pop(channel.number, None)
            self.send(RESET, channel.number)
            return
        await self._carry(channel, reader, writer)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The inner end has a caller: from now on the other end answers."""
        self._next += 1
        channel = self._channels[self._next] = _Channel(self._next)
        channel.task = asyncio.current_task()
        host, port, *_ = writer.get_extra_info("peername")
        self.send(OPEN, channel.number, f"{host} {port}".encode())
        await self._carry(channel, reader, writer)

    async def _carry(self, channel: _Channel, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = writer.get_extra_info("socket")
        with contextlib.suppress(OSError):
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        both = asyncio.gather(self._outwards(channel, reader), self._inwards(channel, writer))
        try:
            await both
        except (OSError, asyncio.CancelledError):
            both.cancel()
            self.send(RESET, channel.number)
            with contextlib.suppress(OSError):
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        finally:
            self._channels.pop(channel.number, None)
            writer.close()

    async def _outwards(self, channel: _Channel, reader: asyncio.StreamReader) -> None:
        while True:
            while channel.credit <= 0:
                channel.more.clear()
                await channel.more.wait()
            data = await reader.read(min(PIECE, channel.credit))
            if not data:
                self.send(END, channel.number)
                return
            channel.credit -= len(data)
            self.send(DATA, channel.number, data)
            await self._writer.drain()

    async def _inwards(self, channel: _Channel, writer: asyncio.StreamWriter) -> None:
        while (data := await channel.arrived.get()) is not None:
            writer.write(data)
            await writer.drain()
            self.send(CREDIT, channel.number, struct.pack(">I", len(data)))
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()  # TLS knows no half of a connection


async def over(inward: int, outward: int, connect: Connect | None = None) -> Link:
    """A link over two descriptors, which it owns from now on."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    incoming, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(inward, "rb", 0))
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.streams.FlowControlMixin(loop), os.fdopen(outward, "wb", 0)
    )
    link = Link(reader, asyncio.StreamWriter(transport, protocol, None, loop), connect)
    link.pipes = (incoming, transport)
    return link


async def inside(address: str, port: int, secured: ssl.SSLContext | None) -> None:
    """The end at the host: listens until its stdin ends."""
    link = await over(0, 1)
    server = await asyncio.start_server(link.accept, address, port, limit=PIECE, backlog=512, ssl=secured)
    link.send(READY)
    await link.read()
    server.close()


async def relay(address: str, port: int, connect: Connect, secured: ssl.SSLContext | None) -> None:
    """Passes connections on to where `connect` leads, forever."""
    (near, out), (other, back) = os.pipe(), os.pipe()
    first, second = await over(near, back), await over(other, out, connect)
    server = await asyncio.start_server(first.accept, address, port, limit=PIECE, backlog=512, ssl=secured)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await asyncio.gather(first.read(), second.read(), server.serve_forever())


def to(target: str, port: int) -> Connect:
    """Connects as this host itself."""

    async def connect(_: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(target, port)

    return connect


def as_caller(port: int, *targets: str) -> Connect:
    """Connects to the first of these addresses of the host that accepts, from the caller's own address and port.

    Another port of that address where its own is not free. The host must lead what answers back to itself.
    """

    async def connect(caller: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, number = caller.rsplit(" ", 1)
        refused: OSError = ConnectionRefusedError()
        for target in targets:
            for source in (int(number), 0):
                sock = socket.socket()
                try:
                    sock.setblocking(False)
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    sock.setsockopt(socket.SOL_IP, TRANSPARENT, 1)
                    sock.bind((host, source))
                    await asyncio.get_running_loop().sock_connect(sock, (target, port))
                except OSError as error:
                    sock.close()
                    refused = error
                    if isinstance(error, ConnectionRefusedError):
                        break
                else:
                    return await asyncio.open_connection(sock=sock, limit=PIECE)
        raise refused

    return connect


def secured(size: int) -> ssl.SSLContext | None:
    """The settings of callers' connections, by so many bytes of key and certificates on stdin; None for no bytes."""
    if not size:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    with os.fdopen(os.memfd_create("certificate"), "wb", 0) as file:  # ssl reads files alone, and none is to stay
        while size:
            size -= file.write(os.read(0, size)) or 0
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")
    return context


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["inside", where, number, size]:
            asyncio.run(inside(where, int(number), secured(int(size))))
        case ["relay", where, number, other]:
            asyncio.run(relay(where, int(number), to(other, int(number)), None))
        case ["front", where, number, size, behind, *others]:
            asyncio.run(relay(where, int(number), as_caller(int(behind), *others), secured(int(size))))
