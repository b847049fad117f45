"""Asks the kernel's connection tracking for one connection, over netlink: a system call, where a process would cost much more.

Numbers: linux/netfilter/nfnetlink.h and nfnetlink_conntrack.h. It takes the right to change the network (NET_ADMIN).
"""

import errno
import os
import socket
import struct
from collections.abc import Iterator
from ipaddress import ip_address

from nat.command import GatewayError

_NETFILTER = 12  # NETLINK_NETFILTER, which Python does not name
_GET, _REQUEST, _ERROR = 1 << 8 | 1, 1, 2  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET
_NESTED, _KIND = 0x8000, 0x3FFF
_ORIGINAL, _REPLY = 1, 2  # CTA_TUPLE_ORIG, CTA_TUPLE_REPLY
_IP, _PROTOCOL = 1, 2
_SOURCE, _DESTINATION = {4: 1, 6: 3}, {4: 2, 6: 4}
_NUMBER, _SOURCE_PORT, _DESTINATION_PORT = 1, 2, 3
_PATIENCE = 1.0
"""Seconds for the kernel's answer, which is there at once."""

type End = tuple[str, int]
"""An address and a port."""


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
        self._asked += 1
        try:
            self._line.send(_question(self._asked, server, client))
            while True:
                kind, number, content = _parted(self._line.recv(1 << 16))
                if number == self._asked:
                    break
        except OSError as error:
            raise _refused(error) from None
        if kind == _ERROR:
            code = -struct.unpack_from("=i", content)[0]
            if code == errno.ENOENT:
                return None
            raise _refused(OSError(code, os.strerror(code)))
        return _source(content[4:])

    def close(self) -> None:
        self._line.close()


def _question(number: int, server: End, client: End) -> bytes:
    address, other = ip_address(server[0]), ip_address(client[0])
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    ends = _attribute(_SOURCE[address.version], address.packed) + _attribute(_DESTINATION[other.version], other.packed)
    protocol = _attribute(_NUMBER, bytes([socket.IPPROTO_TCP]))
    protocol += _attribute(_SOURCE_PORT, struct.pack("!H", server[1]))
    protocol += _attribute(_DESTINATION_PORT, struct.pack("!H", client[1]))
    way = _attribute(_NESTED | _IP, ends) + _attribute(_NESTED | _PROTOCOL, protocol)
    body = struct.pack("=BBH", family, 0, 0) + _attribute(_NESTED | _REPLY, way)
    return struct.pack("=IHHII", 16 + len(body), _GET, _REQUEST, number, 0) + body


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def _parted(message: bytes) -> tuple[int, int, bytes]:
    """Kind, number and content of the one message that an answer is."""
    length, kind, _, number, _ = struct.unpack_from("=IHHII", message)
    return kind, number, message[16:length]


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        yield kind & _KIND, data[4:length]
        data = data[(length + 3) & ~3 or 4 :]


def _source(attributes: bytes) -> End:
    way = dict(_attributes(dict(_attributes(attributes))[_ORIGINAL]))
    ends, protocol = dict(_attributes(way[_IP])), dict(_attributes(way[_PROTOCOL]))
    packed = ends.get(_SOURCE[4]) or ends[_SOURCE[6]]
    return str(ip_address(packed)), int.from_bytes(protocol[_SOURCE_PORT], "big")


def _refused(error: OSError) -> GatewayError:
    return GatewayError(
        f"the kernel's connection tracking does not answer: {error.strerror or error}; "
        "the gateway needs the right to change the network (cap_add: [NET_ADMIN])"
    )
