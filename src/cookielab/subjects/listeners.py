"""Where programs listen at a host of the lab, and how a port that only the host itself reaches is opened to the others."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from ..engines.base import Engine
from ..engines.process import output
from ..errors import LabError

type Address = IPv4Address | IPv6Address
type Undo = Callable[[], None]

DIRECT, LOOPBACK, SIX = "direct", "127.0.0.1", "::1"
"""How a port is reached: as it is; sent on to 127.0.0.1; through a relay to ::1."""
_LISTENING = "0A"
_SEND_ON = """
table ip subject{port} {{
    chain prerouting {{
        type nat hook prerouting priority dstnat
        ip daddr {address} tcp dport {port} dnat to 127.0.0.1:{port}
    }}
}}
"""
_GET = """
import http.client, sys
link = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=5)
link.request("GET", sys.argv[3], headers={"Host": "localhost:" + sys.argv[2]})
sys.exit(link.getresponse().status >= 500)
"""


@dataclass(frozen=True, slots=True, order=True)
class Listener:
    """A listening TCP socket of a host."""

    port: int
    text: str

    @property
    def address(self) -> Address:
        return ip_address(self.text)

    @property
    def reached(self) -> str:
        """The address by which the host itself reaches it."""
        if self.address.is_unspecified:
            return "127.0.0.1" if self.address.version == 4 else "::1"
        return self.text


type Heard = frozenset[Listener]


def listening(engine: Engine, host: str) -> Heard:
    """All TCP sockets that listen at a host now."""
    argv = ("sh", "-c", "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; true")
    return parsed(output(engine.spawn(host, argv)))


def parsed(text: str) -> Heard:
    """The listening sockets in the kernel's tables, see proc(5)."""
    rows = (line.split() for line in text.splitlines())
    return frozenset(
        Listener(int(row[1].rpartition(":")[2], 16), str(_address(row[1].rpartition(":")[0])))
        for row in rows
        if len(row) > 3 and row[3] == _LISTENING
    )


def _address(hexadecimal: str) -> Address:
    """The kernel writes each 32 bits in its own byte order, which here is little-endian."""
    packed = bytes.fromhex(hexadecimal)
    swapped = b"".join(packed[start : start + 4][::-1] for start in range(0, len(packed), 4))
    return IPv4Address(swapped) if len(swapped) == 4 else IPv6Address(swapped)


def way(engine: Engine, host: str, mine: Heard) -> str:
    """How others reach a port at which these sockets listen; empty where they cannot be."""
    own = engine.topology.host(host).legs[0].address
    mapped = [each.address.ipv4_mapped or each.address if each.address.version == 6 else each.address for each in mine]
    if any(address == own or address == IPv4Address(0) for address in mapped):
        return DIRECT
    if any(each.address == IPv6Address(0) for each in mine):
        return DIRECT if accepts(engine, host, str(own), next(iter(mine)).port) else SIX
    if any(address.version == 4 and address.is_loopback for address in mapped):
        return LOOPBACK
    return SIX if any(address == IPv6Address(1) for address in mapped) else ""


def accepts(engine: Engine, host: str, address: str, port: int) -> bool:
    """Whether a connection to it can be made from a host."""
    with engine.spawn(host, ("timeout", "2", "bash", "-c", f"exec 3<>/dev/tcp/{address}/{port}")) as process:
        return process.wait(10.0) == 0


def send_on(engine: Engine, host: str, address: object, port: int) -> Undo:
    """What comes for a port of a host goes to the same port of its 127.0.0.1; the program sees who really calls."""
    script = (
        f"echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet; nft delete table ip subject{port} 2>/dev/null; nft -f - <<'END'"
        f"{_SEND_ON.format(address=address, port=port)}END\n"
    )
    output(engine.spawn(host, ("sh", "-c", script), privileged=True))

    def undo() -> None:
        try:
            output(engine.spawn(host, ("nft", "delete", "table", "ip", f"subject{port}"), privileged=True))
        except LabError:
            return  # the lab has ended, and the table with it

    return undo


def answers(engine: Engine, host: str, address: str, port: int, path: str) -> bool:
    """Whether a path is answered with a status below 500, asked from the host itself."""
    with engine.spawn(host, ("python", "-c", _GET, address, str(port), path)) as process:
        return process.wait(15.0) == 0
