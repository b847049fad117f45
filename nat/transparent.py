"""Add-ons of mitmproxy: keep the lab as it would be without a proxy in the middle, and the proxy to itself.

    WAN=198.51.100.2 mitmweb --mode transparent -s nat/label.py -s nat/transparent.py

`TrueSource` learns the port that a client really has, `KeepPort` lets its connection leave by that port, `EmptyReplies`
lets a server that says nothing appear so to the client, `Believes` trusts the servers that the lab trusts, and `OwnDoor`
keeps clients out of mitmproxy itself. Below them
mitmproxy is taught two things of HTTP/1.1 that it does not know: replies before the reply (103), and what may come after a
chunked body (trailers).
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from mitmproxy import connection, ctx, http
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.layers.http import _events, _http1
from mitmproxy.proxy.layers.http._base import ReceiveHttp
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

SAID_NOTHING = "server closed connection"
"""How mitmproxy puts it that a server closed without a byte of reply."""

GATEWAY = "\0cookielab/sources"
"""Where nat/sources.py answers; written here again because mitmproxy loads this file alone, not the package."""

PATIENCE = 5.0
"""Seconds for the gateway's answer, which takes a fraction of a millisecond."""
LONGEST = 64

BELIEVED = "/run/cookielab/believed"
"""Where src/cookielab/stage/doors.py puts them."""


class TrueSource:
    """Puts right from where a client came: where two of its connections would look alike, redirecting changes a port.

    Without a gateway beside it, as with an ordinary proxy, nothing was redirected and nothing is to be put right.
    """

    def __init__(self, gateway: str = GATEWAY) -> None:
        self.gateway = gateway
        self.line: socket.socket | None = None
        self.turn = asyncio.Lock()

    def done(self) -> None:
        self.hang_up()

    async def client_connected(self, client: connection.Client) -> None:
        if client.transport_protocol != "tcp":
            return
        host, port = client.peername[:2]
        seen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            async with asyncio.timeout(PATIENCE):
                client.peername = socket_name(await self.ask(seen))
        except ConnectionRefusedError:
            return
        except (OSError, ValueError) as error:
            why = str(error) or f"no answer within {PATIENCE:g} s"
            logging.warning("the gateway does not say from where %s came: %s", seen, why)

    async def ask(self, seen: str) -> str:
        """The gateway's answer; ConnectionRefusedError where there is no gateway, ValueError where it knows nothing.

        One question after the other over one line, which is given up where an answer is missing: it may come late.
        """
        loop = asyncio.get_running_loop()
        async with self.turn:
            answer = b""
            try:
                if self.line is None:
                    self.line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                    self.line.setblocking(False)
                    await loop.sock_connect(self.line, self.gateway)
                await loop.sock_sendall(self.line, seen.encode())
                answer = await loop.sock_recv(self.line, LONGEST)
            finally:
                if not answer:
                    self.hang_up()
        if not answer.strip():
            raise ValueError("it does not know this connection" if answer else "it has hung up")
        return answer.decode().strip()

    def hang_up(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None


class KeepPort:
    """Connects from the public address (WAN in the environment) and the client's own port where that is free.

    It is not if another connection came from the same port, of this client to another server or of another client, also
    for a minute after; mitmproxy then takes any other.
    """

    def __init__(self) -> None:
        self.public = os.environ.get("WAN", "")
        self.promised: set[tuple[str, int]] = set()

    def server_connect(self, data: ServerConnectionHookData) -> None:
        server, client = data.server, data.client.peername
        if not self.public or not client or not server.address or server.error or server.transport_protocol != "tcp":
            return
        wanted = (self.public, client[1])
        if same_family(self.public, server.address[0]) and wanted not in self.promised and free(wanted):
            self.promised.add(wanted)
            server.sockname = wanted

    def server_connected(self, data: ServerConnectionHookData) -> None:
        if data.server.sockname:
            self.promised.discard(data.server.sockname[:2])

    def server_connect_error(self, data: ServerConnectionHookData) -> None:
        self.server_connected(data)


class OwnDoor:
    """Refuses connections to mitmproxy's own ports: who opens mitmweb's page can run programs on this machine."""

    def server_connect(self, data: ServerConnectionHookData) -> None:
        own_ports = {getattr(ctx.options, name, None) for name in ("web_port", "listen_port")}
        address = data.server.address
        if address and address[1] in own_ports and is_own(address[0]):
            data.server.error = f"{address[0]}:{address[1]} is a port of mitmproxy itself; clients may not go there"


class Believes:
    """Trusts, besides what mitmproxy trusts, the CA that the lab has made for a play: the newest file in BELIEVED."""

    def tls_clienthello(self, _: object) -> None:
        newest = max(Path(BELIEVED).glob("*.pem"), key=lambda file: file.stat().st_mtime, default=None)
        if newest and ctx.options.ssl_verify_upstream_trusted_ca != str(newest):
            ctx.options.update(ssl_verify_upstream_trusted_ca=str(newest))  # type: ignore[no-untyped-call]


class EmptyReplies:
    """Closes on the client when the server closed without a reply, in place of mitmproxy's own page (502)."""

    def error(self, flow: http.HTTPFlow) -> None:
        if flow.error and flow.error.msg == SAID_NOTHING and not flow.response and flow.killable:
            flow.kill()  # type: ignore[no-untyped-call]


def socket_name(text: str) -> tuple[str, int]:
    """A socket's name from ip:port or [ip]:port; ValueError where it is neither."""
    host, _, port = text.rpartition(":")
    return str(ip_address(host.removeprefix("[").removesuffix("]"))), int(port)


def same_family(one: str, other: str) -> bool:
    """Whether both are addresses of one IP version; a name is of none."""
    try:
        return ip_address(one).version == ip_address(other).version
    except ValueError:
        return False


def free(name: tuple[str, int]) -> bool:
    """Whether a new connection can leave from this address and port now."""
    with closing(socket.socket(socket.AF_INET6 if ":" in name[0] else socket.AF_INET)) as probe:
        try:
            probe.bind(name)
        except OSError:
            return False
    return True


def is_own(host: str) -> bool:
    """Whether a host, by address or name, is this machine: only then can it be bound to."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
    except OSError:
        return False
    with closing(socket.socket(family)) as probe:
        try:
            probe.bind(address)
        except OSError:
            return False
    return True


type Steps = Iterator[commands.Command]


class Trailed:
    """Reads a body, and keeps what came after it, which mitmproxy would stumble over."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.trailers = http.Headers()

    def __call__(self, buffer: Any) -> Any:
        return self.without(self.reader(buffer))

    def read_eof(self) -> Any:
        return self.without(self.reader.read_eof())

    def without(self, event: Any) -> Any:
        if getattr(event, "headers", None):  # only an end of message has any
            raw = getattr(event.headers, "raw_items", lambda: event.headers)()
            self.trailers = http.Headers([(bytes(name), bytes(value)) for name, value in raw])
            return type(event)()
        return event


def reading_trailers(read_body: Callable[..., Steps], kind: type[Any]) -> Callable[..., Steps]:
    """Tells of trailers just before it tells that the message has ended."""

    def read(self: Any, event: events.Event) -> Steps:
        if not isinstance(self.body_reader, Trailed):
            self.body_reader = Trailed(self.body_reader)
        reader = self.body_reader
        for command in read_body(self, event):
            ends = isinstance(command, ReceiveHttp) and isinstance(command.event, self.ReceiveEndOfMessage)
            if ends and reader.trailers:
                yield ReceiveHttp(kind(self.stream_id, reader.trailers))
            yield command

    return read


def sending_trailers(send: Callable[..., Steps], kind: type[Any], end: type[Any], side: str) -> Callable[..., Steps]:
    """Writes trailers behind the last chunk; `side`: whether it is the request or the response that has them."""

    def send_on(self: Any, event: Any) -> Steps:
        message = getattr(self, side)
        if isinstance(event, kind):
            if "chunked" in message.headers.get("transfer-encoding", "").lower():
                lines = b"".join(name + b": " + value + b"\r\n" for name, value in event.trailers.fields)
                yield commands.SendData(self.conn, b"0\r\n" + lines + b"\r\n")
                self.trailed = True
        elif isinstance(event, end) and getattr(self, "trailed", False):
            self.trailed = False
            yield from self.mark_done(**{side: True})
        else:
            yield from send(self, event)

    return send_on


def passing_interim(read_headers: Callable[..., Steps]) -> Callable[..., Steps]:
    """Hands on what comes before the reply (1xx, but 101, which is one), to a client that speaks HTTP/1."""

    def read(self: Any, event: events.Event) -> Steps:
        while isinstance(event, events.DataReceived) and self.request and (length := interim(bytes(self.buf))):
            head = bytes(self.buf.maybe_extract_at_most(length))
            if self.context.client.alpn != b"h2":
                yield commands.SendData(self.context.client, head)
        yield from read_headers(self, event)

    return read


def interim(data: bytes) -> int:
    """How long the interim reply is with which this begins; 0 where there is none, or not all of it yet."""
    if data[:7] != b"HTTP/1." or data[9:10] != b"1" or data[9:12] == b"101":
        return 0
    return data.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in data else 0


def teach() -> None:
    """Teaches mitmproxy these things, once: it loads this file anew when it changes."""
    client, server = _http1.Http1Client, _http1.Http1Server
    if getattr(client, "taught", False):
        return
    client.taught = True  # type: ignore[attr-defined]
    client.read_headers = passing_interim(client.read_headers)  # type: ignore[method-assign, assignment]
    for reads, kind in ((client, _events.ResponseTrailers), (server, _events.RequestTrailers)):
        reads.read_body = reading_trailers(reads.read_body, kind)  # type: ignore[method-assign, assignment]
    for sends, kind, end, side in (
        (server, _events.ResponseTrailers, _events.ResponseEndOfMessage, "response"),
        (client, _events.RequestTrailers, _events.RequestEndOfMessage, "request"),
    ):
        sends.send = sending_trailers(sends.send, kind, end, side)  # type: ignore[method-assign, assignment]


teach()
addons = [TrueSource(), KeepPort(), Believes(), OwnDoor(), EmptyReplies()]
