"""The kernel's connection tracking over netlink: system calls, where a process of `conntrack` would cost a hundred times as much.

Numbers: linux/netfilter/nfnetlink.h and nfnetlink_conntrack.h. It takes the right to change the network (NET_ADMIN).
"""

import errno
import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from nat.command import GatewayError

_NETFILTER = 12  # NETLINK_NETFILTER, which Python does not name
_GET, _DELETE = 1 << 8 | 1, 1 << 8 | 2  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET and _DELETE
_REQUEST, _ACK, _ALL = 0x1, 0x4, 0x300
_ERROR, _DONE = 2, 3
_NESTED, _KIND = 0x8000, 0x3FFF
_ORIGINAL, _REPLY = 1, 2  # CTA_TUPLE_ORIG, CTA_TUPLE_REPLY
_IP, _PROTOCOL = 1, 2
_SOURCE, _DESTINATION = {4: 1, 6: 3}, {4: 2, 6: 4}
_NUMBER, _SOURCE_PORT, _DESTINATION_PORT = 1, 2, 3
_ABOUT, _TCP, _STATE, _TIMEOUT = 4, 1, 1, 7
_NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}
_STATES = "NONE SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT CLOSE_WAIT LAST_ACK TIME_WAIT CLOSE SYN_SENT2".split()
"""As enum tcp_conntrack has them."""
_PATIENCE = 1.0
"""Seconds for the kernel's answer, which is there at once."""

type End = tuple[str, int]
"""An address and a port."""


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of a connection. The ports are None where the protocol has none."""

    source: str
    destination: str
    ports: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Flow:
    """One connection: the way there, and the way back as it is expected. `state`: None but for TCP; `seconds` are left."""

    protocol: str
    original: Way
    reply: Way
    state: str | None
    seconds: int


class Tracking:
    """A line to the connection tracking of the network namespace in which it was opened."""

    def __init__(self) -> None:
        self._line = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER)
        self._line.settimeout(_PATIENCE)
        self._asked = 0

    def source(self, server: End, client: End) -> End | None:
        """Where the TCP connection began whose replies go from `server` to `client`; None where there is no such one.

        GatewayError where the kernel does not answer, as without the right to ask.
        """
        try:
            (content,) = self._ask(_GET, _REQUEST, *_question(server, client))
        except OSError as error:
            if error.errno == errno.ENOENT:
                return None
            raise _refused(error) from None
        way = _way(dict(_attributes(content))[_ORIGINAL])
        return way.source, way.ports[0] if way.ports else 0

    def flows(self) -> list[Flow]:
        """All connections. GatewayError as above."""
        try:
            return [_flow(content) for content in self._ask(_GET, _REQUEST | _ALL, socket.AF_UNSPEC, b"")]
        except OSError as error:
            raise _refused(error) from None

    def flush(self) -> None:
        """Forgets all connections. GatewayError as above."""
        try:
            self._ask(_DELETE, _REQUEST | _ACK, socket.AF_UNSPEC, b"")
        except OSError as error:
            raise _refused(error) from None

    def _ask(self, kind: int, flags: int, family: int, attributes: bytes) -> list[bytes]:
        """The attributes of each answer to a message; OSError for the kernel's refusal."""
        self._asked += 1
        body = struct.pack("=BBH", family, 0, 0) + attributes
        self._line.send(struct.pack("=IHHII", 16 + len(body), kind, flags, self._asked, 0) + body)
        found: list[bytes] = []
        while True:
            for answer, number, content in _messages(self._line.recv(1 << 17)):
                if number != self._asked:
                    continue  # a late answer to what was given up
                if answer == _ERROR and (code := -struct.unpack_from("=i", content)[0]):
                    raise OSError(code, os.strerror(code))
                if answer in {_ERROR, _DONE}:
                    return found
                found.append(content[4:])
                if not flags & _ALL:
                    return found

    def close(self) -> None:
        self._line.close()


def _question(server: End, client: End) -> tuple[int, bytes]:
    """Family and attributes of the question for the one connection whose answers take this way."""
    address, other = ip_address(server[0]), ip_address(client[0])
    ends = _attribute(_SOURCE[address.version], address.packed) + _attribute(_DESTINATION[other.version], other.packed)
    protocol = _attribute(_NUMBER, bytes([socket.IPPROTO_TCP]))
    protocol += _attribute(_SOURCE_PORT, struct.pack("!H", server[1]))
    protocol += _attribute(_DESTINATION_PORT, struct.pack("!H", client[1]))
    way = _attribute(_NESTED | _IP, ends) + _attribute(_NESTED | _PROTOCOL, protocol)
    return socket.AF_INET6 if address.version == 6 else socket.AF_INET, _attribute(_NESTED | _REPLY, way)


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def _messages(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Kind, number and content of each message."""
    while len(data) >= 16:
        length, kind, _, number, _ = struct.unpack_from("=IHHII", data)
        yield kind, number, data[16:length]
        data = data[(length + 3) & ~3 or 16 :]


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        yield kind & _KIND, data[4:length]
        data = data[(length + 3) & ~3 or 4 :]


def _way(data: bytes) -> Way:
    parts = dict(_attributes(data))
    ends, protocol = dict(_attributes(parts[_IP])), dict(_attributes(parts[_PROTOCOL]))
    source, destination = (
        str(ip_address(next(ends[kind] for kind in kinds.values() if kind in ends)))
        for kinds in (_SOURCE, _DESTINATION)
    )
    ports = None
    if _SOURCE_PORT in protocol:
        ports = tuple(int.from_bytes(protocol[kind], "big") for kind in (_SOURCE_PORT, _DESTINATION_PORT))
    return Way(source, destination, (ports[0], ports[1]) if ports else None)


def _flow(content: bytes) -> Flow:
    parts = dict(_attributes(content))
    number = dict(_attributes(dict(_attributes(parts[_ORIGINAL]))[_PROTOCOL]))[_NUMBER][0]
    tcp = dict(_attributes(dict(_attributes(parts.get(_ABOUT, b""))).get(_TCP, b"")))
    state = tcp[_STATE][0] if _STATE in tcp else None
    return Flow(
        protocol=_NAMES.get(number, "unknown"),
        original=_way(parts[_ORIGINAL]),
        reply=_way(parts[_REPLY]),
        state=None if state is None else _STATES[state] if state < len(_STATES) else str(state),
        seconds=int.from_bytes(parts.get(_TIMEOUT, b""), "big"),
    )


def _refused(error: OSError) -> GatewayError:
    return GatewayError(
        f"the kernel's connection tracking does not answer: {error.strerror or error}; "
        "the gateway needs the right to change the network (cap_add: [NET_ADMIN])"
    )
