"""A carrier's gateway of 2010, which keeps cookies for its phones, by their addresses: `python -m nat.jar`, until SIGTERM.

What a server sets stays here, and goes along with the next request from the same address, whoever has the address then.
Only plain HTTP can be changed so: what begins as TLS does is passed on as it is. One line of JSON says that it is ready.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import sys
from collections import defaultdict

from nat import interfaces, ruleset, settings
from nat.command import GatewayError

PORT = 8083
ORIGINAL = 80
"""SO_ORIGINAL_DST of linux/netfilter_ipv4.h: where a redirected connection was meant to go."""
TLS = b"\x16"
"""The first byte of a handshake."""
LONGEST = 1 << 20

type Server = tuple[str, int]


class Jar:
    """The cookies of each address at each server."""

    def __init__(self) -> None:
        self._kept: defaultdict[tuple[str, Server], dict[str, str]] = defaultdict(dict)

    def request(self, address: str, server: Server, head: bytes) -> bytes:
        """A request's head with the cookies that are kept for this address."""
        kept = self._kept[address, server]
        if not kept:
            return head
        line, *lines = head.split(b"\r\n")
        lines = [each for each in lines if not each.lower().startswith(b"cookie:")]
        cookie = "; ".join(f"{name}={value}" for name, value in kept.items()).encode("latin-1")
        return b"\r\n".join([line, b"Cookie: " + cookie, *lines])

    def reply(self, address: str, server: Server, head: bytes) -> bytes:
        """A reply's head without the cookies that it sets: they are kept here."""
        lines = head.split(b"\r\n")
        for line in lines:
            if line.lower().startswith(b"set-cookie:"):
                name, _, value = line.partition(b":")[2].partition(b";")[0].decode("latin-1").strip().partition("=")
                self._kept[address, server][name] = value
        return b"\r\n".join(line for line in lines if not line.lower().startswith(b"set-cookie:"))


async def serve(jar: Jar, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection of a phone's."""
    link = writer.get_extra_info("socket")
    port, packed = struct.unpack("!2xH4s8x", link.getsockopt(socket.IPPROTO_IP, ORIGINAL, 16))
    server, address = (socket.inet_ntoa(packed), port), writer.get_extra_info("peername")[0]
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        there, back = await asyncio.open_connection(*server, limit=LONGEST)
        try:
            begin = await reader.read(1)
            if begin == TLS:
                back.write(begin)
                await asyncio.gather(_pass(reader, back), _pass(there, writer))
            while begin:
                head = begin + await reader.readuntil(b"\r\n\r\n")
                back.write(
                    jar.request(address, server, head[:-4]) + b"\r\n\r\n" + await reader.readexactly(_length(head))
                )
                head = await there.readuntil(b"\r\n\r\n")
                writer.write(
                    jar.reply(address, server, head[:-4]) + b"\r\n\r\n" + await there.readexactly(_length(head))
                )
                await writer.drain()
                begin = await reader.read(1)
        finally:
            back.close()
    writer.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


def _length(head: bytes) -> int:
    """How long the body is. The lab's own handlers always say so."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def stay() -> None:
    """Redirects what the LAN says, serves, and takes the rules away at the end."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    wish, jar = settings.read(os.environ), Jar()
    found = interfaces.find({"WAN": wish.wan, "LAN": wish.lan})

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(jar, reader, writer)

    async with await asyncio.start_server(greet, "0.0.0.0", PORT, limit=LONGEST):
        ruleset.load(ruleset.defines(wish, found), ruleset.text("jar"))
        try:
            print(json.dumps({"event": "ready", "port": PORT}), flush=True)
            await ended.wait()
        finally:
            ruleset.load(ruleset.mended())


def main() -> int:
    try:
        asyncio.run(stay())
    except GatewayError as error:
        print(f"jar: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
