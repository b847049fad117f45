"""The kind `url`: a server that runs on the user's machine, reached through the lab's server host; and `reach`, its reverse.

See `passage` for how connections are carried.
"""

import asyncio
import contextlib
import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Collection, Coroutine
from pathlib import Path
from typing import Any

from ..engines.base import Engine
from ..engines.process import Process, output
from ..errors import DeadlineExceeded, LabError, ProcessDied, UsageError
from . import passage
from .servers import HOST, Server, ServerLost

PATIENCE = 10.0
SOURCE = Path(passage.__file__)
_BEGIN = "import os; s = b''\nwhile len(s) < {0}: s += os.read(0, {0} - len(s))\nexec(s)"
PRIVATE = [
    ipaddress.ip_network(text)
    for text in "127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 ::1/128 fc00::/7 fe80::/10".split()
]
type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Forwarded(Server):
    """A server of the user's machine as the lab sees it. `notes`: what the user should know of the way there."""

    def __init__(self, name: str, carrier: "Carrier", port: int, notes: list[str]) -> None:
        super().__init__(name, carrier.process, port, [])
        self.notes, self._carrier = notes, carrier

    def check(self, patience: float = 0.0) -> None:
        super().check(patience)
        try:
            _knock(self._carrier.address, self._carrier.port)
        except OSError as error:
            raise ServerLost(
                f"the server {self.name} accepts no connections any more: {error.strerror or error}"
            ) from None

    def stop(self, log: Path | None = None) -> None:
        self._carrier.stop()


class Carrier:
    """Connections to a port of a host arrive at a port of the user's machine, each caller's from an address of its own."""

    def __init__(
        self, engine: Engine, host: str, listen: tuple[str, int], address: Address, port: int, *, chain: bytes = b""
    ) -> None:
        self.address, self.port = address, port
        self._undo = contextlib.ExitStack()
        text = SOURCE.read_bytes()
        heard, sink = os.pipe()
        self._undo.callback(os.close, sink)
        with contextlib.ExitStack() as failed:
            failed.callback(os.close, heard)
            failed.callback(self._undo.close)
            argv = ("python", "-c", _BEGIN.format(len(text)), "inside", listen[0], str(listen[1]), str(len(chain)))
            self.process = engine.spawn(host, argv, sink=Path(f"/dev/fd/{sink}"))
            self._undo.callback(self.process.stop)
            feed = self.process.writer()
            _write(feed, text + chain)
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
            self._thread.start()
            self._link: passage.Link | None = None
            self._undo.callback(self._end)
            link = self._link = self._run(passage.over(heard, feed, self._connect))
            failed.pop_all()
            failed.callback(self._undo.close)
            self._reading = asyncio.run_coroutine_threadsafe(link.read(), self._loop)
            self._listens(link, listen)
            failed.pop_all()

    def _run[Given](self, work: Coroutine[Any, Any, Given]) -> Given:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def _listens(self, link: passage.Link, listen: tuple[str, int]) -> None:
        waiting = asyncio.run_coroutine_threadsafe(link.ready.wait(), self._loop)
        deadline = PATIENCE
        while not waiting.done():
            with contextlib.suppress(DeadlineExceeded):
                self.process.wait(0.02)
                raise ProcessDied(self.process.describe(f"the lab cannot listen at {listen[0]}:{listen[1]}"))
            deadline -= 0.02
            if deadline < 0:
                raise DeadlineExceeded(self.process.describe(f"it does not listen after {PATIENCE:g} s"))

    async def _connect(self, caller: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        target, source = str(self.address), source_of(self.address, caller.split(maxsplit=1)[0])
        if source:
            with contextlib.suppress(OSError):  # a machine whose loopback has one address only
                return await asyncio.open_connection(target, self.port, local_addr=(source, 0), limit=passage.PIECE)
        return await asyncio.open_connection(target, self.port, limit=passage.PIECE)

    def _end(self) -> None:
        async def cancel() -> None:
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._link:
                self._link.close()
            for _ in range(3):  # what was closed is told so in the loop's next rounds
                await asyncio.sleep(0)

        with contextlib.suppress(TimeoutError):
            self._run(cancel())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def stop(self) -> None:
        """Ends it; the port of the host is closed then. Once is enough."""
        self._undo.close()


def source_of(target: Address, caller: str) -> str:
    """The loopback address from which a caller's connections arrive: 127 and the rest of the caller's own; empty for none.

    So the server sees as many addresses as the lab's clients have on the public side.
    """
    if target.version == 4 and target.is_loopback and "." in caller:
        return "127." + caller.rpartition(":")[2].partition(".")[2]
    return ""


def forward(
    engine: Engine, target_host: str, target_port: int, *, port: int, owned: Collection[str] = (), chain: bytes = b""
) -> Server:
    """Connections of the lab to `port` of its server host arrive at a server of the user's machine, or of its network.

    `owned`: hosts that are not private and that the user says are theirs. `chain`: the key and certificates with which
    the lab's people speak TLS; what arrives is plain. UsageError for any other public host, LabError where nothing
    accepts there.
    """
    name = f"{target_host}:{target_port}"
    address = _reachable(target_host, target_port, owned)
    carrier = Carrier(engine, HOST, ("0.0.0.0", port), address, target_port, chain=chain)
    notes = []
    if not source_of(address, "192.0.2.1"):
        notes.append(f"{name} is not at 127.0.0.1: it sees all clients come from one address")
    return Forwarded(name, carrier, port, notes)


def reach(engine: Engine, target: str) -> Carrier:
    """What the subject finds at this address of its own host is the same address and port of the user's machine."""
    host, _, number = target.rpartition(":")
    if not host or not number.isdigit() or not 0 < int(number) < 1 << 16:
        raise UsageError(f"reach: {target!r} must be ADDRESS:PORT, for example 127.0.0.1:5432")
    address = _resolved(host.strip("[]"), int(number), (), "reach")[0]
    if not address.is_loopback:
        output(
            engine.spawn(
                HOST, ("ip", "address", "replace", f"{address}/{address.max_prefixlen}", "dev", "lo"), privileged=True
            )
        )
    return Carrier(engine, HOST, (str(address), int(number)), address, int(number))


def relay(engine: Engine, host: str, address: object, port: int, target: str) -> Callable[[], None]:
    """Passes connections for a port of a host on to another address of the host itself; gives what ends it."""
    process = passing(engine, host, "relay", str(address), str(port), target)

    def undo() -> None:
        process.stop()

    return undo


def passing(engine: Engine, host: str, *words: str, more: bytes = b"") -> Process:
    """`passage` as a process of a host, which listens. `more`: what it reads after its own text."""
    text = SOURCE.read_bytes()
    argv = ("python", "-c", _BEGIN.format(len(text)), *words)
    process = engine.spawn(host, argv, privileged=bool(more))
    try:
        process.write(text + more)
        process.readline(PATIENCE)
    except BaseException:
        process.stop()
        raise
    return process


def _reachable(host: str, port: int, owned: Collection[str]) -> Address:
    said: OSError | None = None
    for address in _resolved(host, port, owned, "url"):
        try:
            _knock(address, port)
        except OSError as error:
            said = error
        else:
            return address
    why = (said.strerror or str(said)) if said else "no address"
    raise LabError(f"nothing accepts connections at {host}:{port} ({why}); start the server first")


def _resolved(host: str, port: int, owned: Collection[str], what: str) -> list[Address]:
    """Addresses of a host, which are looked up once, so that a name cannot lead elsewhere later."""
    try:
        found = socket.getaddrinfo("127.0.0.1" if host in ("0.0.0.0", "") else host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(f"{what}: the host '{host}' is not known here ({error.strerror}); give its address") from None
    addresses = [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
    addresses.sort(key=lambda address: address.version)
    public = [address for address in addresses if not _private(address)]
    if public and host not in owned:
        if what == "reach":
            raise UsageError(
                f"reach: {host} is not a private address; what can be reached is your machine and its own network"
            )
        raise UsageError(
            f"{what}: {host} ({public[0]}) is not a private address, and the lab tests only what is yours; "
            f"if it is yours say so: --i-own {host}"
        )
    return list(dict.fromkeys(addresses))


def _private(address: Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in network for network in PRIVATE)


def _knock(address: Address, port: int) -> None:
    """OSError where nothing accepts."""
    with socket.create_connection((str(address), port), timeout=5.0):
        pass


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
