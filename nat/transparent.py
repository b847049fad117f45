"""Add-ons of mitmproxy: keep the lab as it would be without a proxy in the middle, and the proxy to itself.

    WAN=198.51.100.2 mitmweb --mode transparent -s nat/label.py -s nat/transparent.py

`TrueSource` learns the port that a client really has, `KeepPort` lets its connection leave by that port, `EmptyReplies`
lets a server that says nothing appear so to the client, and `OwnDoor` keeps clients out of mitmproxy itself.
"""

import asyncio
import logging
import os
import socket
from contextlib import closing
from ipaddress import ip_address

from mitmproxy import connection, ctx, http
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

SAID_NOTHING = "server closed connection"
"""How mitmproxy puts it that a server closed without a byte of reply."""

GATEWAY = "\0cookielab/sources"
"""Where nat/sources.py answers; written here again because mitmproxy loads this file alone, not the package."""

PATIENCE = 5.0
"""Seconds for the gateway's answer; it takes one question after the other, each some milliseconds."""


class TrueSource:
    """Puts right from where a client came: where two of its connections would look alike, redirecting changes a port.

    Without a gateway beside it, as with an ordinary proxy, nothing was redirected and nothing is to be put right.
    """

    def __init__(self, gateway: str = GATEWAY) -> None:
        self.gateway = gateway

    async def client_connected(self, client: connection.Client) -> None:
        if client.transport_protocol != "tcp":
            return
        host, port = client.peername[:2]
        seen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            async with asyncio.timeout(PATIENCE):
                client.peername = socket_name(await ask(self.gateway, seen))
        except ConnectionRefusedError:
            return
        except (OSError, ValueError) as error:
            why = str(error) or f"no answer within {PATIENCE:g} s"
            logging.warning("the gateway does not say from where %s came: %s", seen, why)


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


class EmptyReplies:
    """Closes on the client when the server closed without a reply, in place of mitmproxy's own page (502)."""

    def error(self, flow: http.HTTPFlow) -> None:
        if flow.error and flow.error.msg == SAID_NOTHING and not flow.response and flow.killable:
            flow.kill()  # type: ignore[no-untyped-call]


async def ask(gateway: str, line: str) -> str:
    """The gateway's answer to one line; ConnectionRefusedError where there is none, ValueError where it knows nothing."""
    reader, writer = await asyncio.open_unix_connection(gateway)
    try:
        writer.write(f"{line}\n".encode())
        answer = (await reader.readline()).decode().strip()
    finally:
        writer.close()
    if not answer:
        raise ValueError("it does not know this connection")
    return answer


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


addons = [TrueSource(), KeepPort(), OwnDoor(), EmptyReplies()]
