"""Just enough of rtnetlink to wire a lab: bridges, veth pairs, addresses, routes; IPv4 and IPv6 alike.

One message creates a veth pair with one end on its bridge and the other in the host's namespace, so a host costs two
system calls; a process of `ip` for each step would cost fifty times that. Numbers: linux/rtnetlink.h, linux/if_link.h.
"""

import os
import socket
import struct
from types import TracebackType
from typing import Self

_ACK, _ERROR = 0x4, 2
_REQUEST, _CREATE = 0x1, 0x400 | 0x200  # create, and fail where it exists
_NEWLINK, _DELLINK, _NEWADDR, _NEWROUTE = 16, 17, 20, 24
_UP = 0x1
LOOPBACK = 1
_IFLA_ADDRESS, _IFLA_NAME, _IFLA_MASTER, _IFLA_LINKINFO, _IFLA_NET_NS_FD = 1, 3, 10, 18, 28
_IFLA_QUEUES = (31, 32)
_IFLA_AF_SPEC, _INET_CONF, _FORWARDING, _INET6_ADDRESS_MODE, _NO_ADDRESS = 26, 1, 1, 8, 1
_INFO_KIND, _INFO_DATA, _VETH_PEER = 1, 2, 1
_BRIDGE_MULTICAST_SNOOPING = 23
_IFA_ADDRESS, _IFA_LOCAL, _NO_DAD = 1, 2, 0x2
_RTA_GATEWAY, _TABLE_MAIN, _STATIC, _UNICAST = 5, 254, 4, 1
_SOL_NETLINK, _CAP_ACK, _EXTENDED_ACK, _ERROR_TEXT = 270, 10, 11, 1

type Message = tuple[str, bytes]
"""What it is for, in words for an error, and the message without its header's sequence number and length."""


class WireError(Exception):
    """The kernel refused a piece of the wiring; the text names the piece and the kernel's reason."""


def _attribute(kind: int, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def _link(index: int, *, up: bool = True) -> bytes:
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, _UP if up else 0, _UP if up else 0)


def _message(kind: int, flags: int, body: bytes) -> bytes:
    return struct.pack("=HH", kind, flags | _REQUEST | _ACK) + body


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _queues() -> bytes:
    """One queue a side: the kernel's default is one for each processor, which costs memory on large machines."""
    return b"".join(_attribute(kind, struct.pack("=I", 1)) for kind in _IFLA_QUEUES)


def hardware(address: str) -> bytes:
    """The MAC address of a leg: 02:42 and the last four bytes of its IP address, so that captures can be read."""
    return b"\x02\x42" + socket.inet_pton(_family(address), address)[-4:]


def link_local(address: str) -> str:
    """The IPv6 address that a leg with an IPv6 address needs besides: routers ask for their neighbours from it."""
    return socket.inet_ntop(socket.AF_INET6, b"\xfe\x80" + bytes(10) + hardware(address)[-4:])


def bridge(index: int, name: str) -> Message:
    """A switch for one network, up, which passes multicast to all."""
    data = _attribute(_INFO_DATA, _attribute(_BRIDGE_MULTICAST_SNOOPING, b"\0"))
    info = _attribute(_IFLA_LINKINFO, _attribute(_INFO_KIND, b"bridge"), data)
    body = _link(index) + _attribute(_IFLA_NAME, name.encode(), b"\0") + info
    return f"bridge {name}", _message(_NEWLINK, _CREATE, body)


def veth(index: int, bridge: int, *, peer: int, name: str, address: str, namespace: int) -> Message:
    """A cable: end `index` in the bridge and up, end `peer` in the namespace with that fd, as `name` and still down."""
    far = (
        _link(peer, up=False)
        + _attribute(_IFLA_NAME, name.encode(), b"\0")
        + _attribute(_IFLA_ADDRESS, hardware(address))
    )
    far += _attribute(_IFLA_NET_NS_FD, struct.pack("=I", namespace)) + _queues()
    info = _attribute(_INFO_KIND, b"veth") + _attribute(_INFO_DATA, _attribute(_VETH_PEER, far))
    near = f"cable{index}".encode()  # to find a free name the kernel would look at all interfaces that there are
    body = _link(index) + _attribute(_IFLA_NAME, near, b"\0") + _attribute(_IFLA_MASTER, struct.pack("=I", bridge))
    body += _queues()
    return f"cable to {name} {address}", _message(_NEWLINK, _CREATE, body + _attribute(_IFLA_LINKINFO, info))


def switch_on(index: int) -> Message:
    """Sets an interface up."""
    return f"interface {index} up", _message(_NEWLINK, 0, _link(index))


def removal(index: int) -> Message:
    """Takes an interface away, a cable with both its ends."""
    return f"removal of interface {index}", _message(_DELLINK, 0, _link(index, up=False))


def settings(index: int, *, forwarding: bool) -> Message:
    """Whether an interface that is still down will forward; and it is to take no IPv6 address of its own.

    A new namespace copies the machine's ip_forward, and with it a client would be a router; and 1,000 hosts that each
    announce a link-local address to all others would send a million packets. The files in /proc/sys do the same, but
    each costs a tenth of a millisecond, and more with every namespace that there is.
    """
    forward = _attribute(_INET_CONF, _attribute(_FORWARDING, struct.pack("=I", forwarding)))
    no_address = _attribute(_INET6_ADDRESS_MODE, bytes([_NO_ADDRESS]))
    families = _attribute(socket.AF_INET, forward) + _attribute(socket.AF_INET6, no_address)
    body = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, 0, 0) + _attribute(_IFLA_AF_SPEC, families)
    return f"settings of interface {index}", _message(_NEWLINK, 0, body)


def address(index: int, address: str, prefix: int) -> Message:
    """An address on a link, usable at once (IPv6 would look for duplicates for a second first)."""
    family = _family(address)
    packed = socket.inet_pton(family, address)
    flags = _NO_DAD if family == socket.AF_INET6 else 0
    body = struct.pack("=BBBBi", family, prefix, flags, 0, index)
    body += _attribute(_IFA_LOCAL, packed) + _attribute(_IFA_ADDRESS, packed)
    return f"address {address}/{prefix}", _message(_NEWADDR, _CREATE, body)


def default_route(gateway: str) -> Message:
    """The way to everywhere else."""
    family = _family(gateway)
    body = struct.pack("=BBBBBBBBI", family, 0, 0, 0, _TABLE_MAIN, _STATIC, 0, _UNICAST, 0)
    body += _attribute(_RTA_GATEWAY, socket.inet_pton(family, gateway))
    return f"default route via {gateway}", _message(_NEWROUTE, _CREATE, body)


class Netlink:
    """A line to the kernel about the network namespace in which it was opened, wherever the process goes later."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        for option in (_CAP_ACK, _EXTENDED_ACK):
            self._socket.setsockopt(_SOL_NETLINK, option, 1)

    def apply(self, *messages: Message) -> None:
        """Sends all messages at once and reads an answer to each; WireError for the first that the kernel refused."""
        data = b"".join(
            struct.pack("=I", 12 + len(body)) + body[:4] + struct.pack("=II", number, 0) + body[4:]
            for number, (_, body) in enumerate(messages)
        )
        if not data:
            return
        self._socket.send(data)
        answered = 0
        while answered < len(messages):
            answers = memoryview(self._socket.recv(1 << 16))
            while answers:
                length, kind, _, number = struct.unpack_from("=IHHI", answers)
                code = -struct.unpack_from("=i", answers, 16)[0]
                if kind == _ERROR and code:
                    raise WireError(f"{messages[number][0]}: {os.strerror(code)}{_text(bytes(answers[36:length]))}")
                answered += 1
                answers = answers[(length + 3) & ~3 :]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()


def _text(attributes: bytes) -> str:
    """The kernel's own words about an error, where it has any."""
    while len(attributes) >= 4:
        length, kind = struct.unpack_from("=HH", attributes)
        if kind == _ERROR_TEXT:
            return f" ({attributes[4:length].rstrip(bytes(1)).decode()})"
        attributes = attributes[(length + 3) & ~3 or 4 :]
    return ""
