"""The ports of this machine at which hosts of a lab can be reached: opened here, served inside the lab."""

import errno
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..errors import LabError
from ..topology.records import Host, Publish, Topology
from .preflight import port_remedy


def listen(topology: Topology, hosts: Iterable[Host]) -> list[tuple[Host, Publish, socket.socket]]:
    """A listening socket for every published port of these hosts.

    LabError that names the port, what holds it as far as this user may see, and the variable to set.
    """
    opened: list[tuple[Host, Publish, socket.socket]] = []
    try:
        for host in hosts:
            for published in host.published:
                opened.append((host, published, _open(topology, host, published)))
    except BaseException:
        for *_, listener in opened:
            listener.close()
        raise
    return opened


def _open(topology: Topology, host: Host, published: Publish) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((published.host_address, published.host_port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        place = f"{published.host_address}:{published.host_port}"
        raise LabError(
            f"{place}, where {host.name} is to be reached, {_why(error, published)}; "
            f"{port_remedy(topology, published.port)}"
        ) from None
    return listener


def _why(error: OSError, published: Publish) -> str:
    if error.errno == errno.EADDRINUSE:
        holder = _holder(published)
        return "is in use on this machine" + (f" by {holder}" if holder else "")
    if error.errno == errno.EADDRNOTAVAIL:
        return "is no address of this machine"
    return f"cannot be opened by this user ({error.strerror})"


def _holder(published: Publish) -> str:
    """The process that listens there, in words; empty where this user may not see it."""
    wanted = {f"{address}:{published.host_port:04X}" for address in (_hex(published.host_address), _hex("0.0.0.0"))}
    lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    inodes = {f"socket:[{words[9]}]" for words in lines if words[1] in wanted and words[3] == "0A"}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(_target(fd) in inodes for fd in (process / "fd").iterdir()):
                return f"process {process.name} ({(process / 'comm').read_text().strip()})"
    return ""


def _target(link: Path) -> str:
    """What a descriptor is; nothing where it has been closed meanwhile."""
    with suppress(FileNotFoundError):
        return str(link.readlink())
    return ""


def _hex(address: str) -> str:
    return f"{int.from_bytes(socket.inet_aton(address), 'little'):08X}"
