"""PID 1 of a lab: what it is asked for, and how the lab ends.

Each request comes on a connection of its own over a socket that lives outside the lab, so that nobody inside can ask:

  {"do": "spawn", "host", "argv", "environment", "directory", "capabilities", "user", "names",
      "service", "terminal", "modules"}
      with four descriptors: stdin, stdout, stderr, and where to write why it failed. Answered at the end of the process
      by {"exit": code}; until then {"do": "signal", "number"} is heard. When the connection closes the process is
      killed, unless it is the host's own service.
      "modules" are those of the lab's own that it runs, see `warm`. With "sandbox" the process is shut in, see `sandbox`.
  {"do": "layer", "size", "folder"}   answered by {"layer", "user"}: room for what a sandbox writes, for as long as the
      connection stays
  {"do": "listen", "host", "address", "port"}   answered by {} with a descriptor: a socket that listens at the host, for
      whoever asked to serve from where he is; or by {"failed"}
  {"do": "grow", "networks", "hosts", "shares"}   as in the plan, see `wiring`; answered by {}, or by {"failed"}
  {"do": "shrink", "networks": [...], "hosts": [...]}   ends all that runs at these hosts and takes them away; answered by {}
  {"do": "status"}   answered by {"services": {host: exit code or null}, "hosts": [...]}
  {"do": "keep"}     on the control connection: the lab stays when that connection closes
  {"do": "end"}      the lab ends: SIGTERM to all, and after GRACE seconds the kernel kills what is left
"""

import json
import os
import select
import signal
import socket
import struct
import time
from contextlib import suppress
from typing import Any, NoReturn

from . import birth, netlink, warm, wiring

GRACE = 2.0
BACKLOG = 512
"""Connections that may wait at a socket which is handed out."""
LONGEST = 1 << 18
"""Bytes of a request; the kernel allows about 200 kB."""


class Keeper:
    """The loop of PID 1. `connections` by descriptor; `running` by process id."""

    def __init__(self, control: int, door: int, wires: wiring.Wires, relays: list[int], limit: tuple[int, int]) -> None:
        self.wires, self.places, self.limit = wires, wires.places, limit
        self.control: socket.socket | None = socket.socket(fileno=control)
        self.door = socket.socket(fileno=door)
        self.connections: dict[int, socket.socket] = {control: self.control}
        self.running: dict[int, socket.socket | None] = dict.fromkeys(relays)
        self.hosts_of: dict[int, str] = {}
        self.services: dict[str, int | None] = {}
        self.inhabited: set[str] = set()
        self.layers: set[int] = set()
        self.poll = select.poll()
        self.bell, ring = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(ring)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> NoReturn:
        """Listens, reports that the lab is there, and works until the end."""
        self.door.listen(4096)
        for fd in (self.bell, self.door.fileno(), *self.connections):
            self.poll.register(fd, select.POLLIN)
        self._tell(self.control, {"up": True})
        while True:
            for fd, _ in self.poll.poll():
                if fd == self.bell:
                    self._reap()
                elif fd == self.door.fileno():
                    self._open()
                elif fd in self.connections:
                    self._hear(self.connections[fd])

    def _open(self) -> None:
        connection, _ = self.door.accept()
        _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if user != os.geteuid():  # the socket has a name, not a place in the file system that would protect it
            connection.close()
            return
        self.connections[connection.fileno()] = connection
        self.poll.register(connection, select.POLLIN)

    def _hear(self, connection: socket.socket) -> None:
        data, fds = _receive(connection)
        request: dict[str, Any] = json.loads(data) if data else {"do": "close"}
        match request["do"]:
            case "spawn":
                self._spawn(connection, request, fds)
            case "signal":
                for pid, other in self.running.items():
                    if other is connection:
                        _signal(pid, request["number"])
            case "layer":
                self._layer(connection, request)
            case "listen":
                self._listen(connection, request)
            case "grow" | "shrink":
                self._change(connection, request)
            case "status":
                self._tell(connection, {"services": self.services, "hosts": list(self.places)})
            case "keep":
                self.control = None
            case "end":
                self._end()
            case "close":
                if connection is self.control:
                    self._end()
                self._forget(connection)

    def _forget(self, connection: socket.socket) -> None:
        self.poll.unregister(connection)
        del self.connections[connection.fileno()]
        if connection.fileno() in self.layers:
            from . import sandbox

            self.layers.discard(connection.fileno())
            sandbox.drop(connection.fileno())
        for pid, other in self.running.items():
            if other is connection:
                self.running[pid] = None
                if pid not in self.hosts_of:
                    _signal(pid, signal.SIGKILL)
        connection.close()

    def _tell(self, connection: socket.socket | None, message: dict[str, Any]) -> None:
        if connection is not None:
            with suppress(OSError):  # whoever asked is gone, or does not listen
                connection.send(json.dumps(message).encode(), socket.MSG_DONTWAIT)

    def _spawn(self, connection: socket.socket, request: dict[str, Any], fds: list[int]) -> None:
        host = request["host"]
        if host not in self.places:
            os.write(fds[-1], f"this host is not up; up are: {', '.join(self.places)}".encode())
            _close(fds)
            return
        first = host not in self.inhabited
        if first:
            self.inhabited.add(host)
            with open(f"{birth.NAMES}/{host}", "w") as file:  # noqa: PTH123 - see wiring
                file.write(request["names"])
        warmed = warm.load(request["modules"])
        pid = os.fork()
        if not pid:
            birth.become(request, self.places[host], fds, self.limit, first=first, warmed=warmed)
        _close(fds)
        self.running[pid] = connection
        if request["service"]:
            self.hosts_of[pid], self.services[host] = host, None

    def _layer(self, connection: socket.socket, request: dict[str, Any]) -> None:
        from . import sandbox

        number = connection.fileno()
        try:
            self._tell(connection, sandbox.layer(number, request))
            self.layers.add(number)
        except OSError as error:
            self._tell(connection, {"failed": str(error)})

    def _listen(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """A child moves into the host for it, so that this process stays where it is whatever goes wrong."""
        pid = os.fork()
        if not pid:
            try:
                os.setns(self.places[request["host"]], os.CLONE_NEWNET)
                listener = socket.socket()
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((request["address"], request["port"]))
                listener.listen(BACKLOG)
                socket.send_fds(connection, [b"{}"], [listener.fileno()])
            except KeyError:
                self._tell(connection, {"failed": f"this host is not up; up are: {', '.join(self.places)}"})
            except OSError as error:
                self._tell(connection, {"failed": error.strerror or str(error)})
            finally:
                os._exit(0)
        self.running[pid] = None

    def _change(self, connection: socket.socket, request: dict[str, Any]) -> None:
        if request["do"] == "shrink":
            self._shrink(request["networks"], request["hosts"])
            self._tell(connection, {})
            return
        try:
            self.wires.add(request["networks"], request["hosts"], request["shares"])
        except (OSError, netlink.WireError) as error:
            self._shrink(request["networks"], [host["name"] for host in request["hosts"]])
            self._tell(connection, {"failed": str(error)})
        else:
            self._tell(connection, {})

    def _shrink(self, networks: list[str], hosts: list[str]) -> None:
        places = {os.fstat(self.places[host]).st_ino for host in hosts if host in self.places}
        deadline = time.monotonic() + GRACE
        while (inside := _inside(places)) and time.monotonic() < deadline:
            for pid in inside:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)  # they are ending
        self.hosts_of = {pid: host for pid, host in self.hosts_of.items() if host not in hosts}
        for host in hosts:
            self.services.pop(host, None)
            self.inhabited.discard(host)
        self.wires.remove(networks, hosts)

    def _reap(self) -> bool:
        """Collects what has ended, orphans included; False when there is no child left."""
        with suppress(BlockingIOError):
            os.read(self.bell, 4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if not pid:
                return True
            code = os.waitstatus_to_exitcode(status)
            code = code if code >= 0 else 128 - code
            if pid in self.hosts_of:
                self.services[self.hosts_of.pop(pid)] = code
            self._tell(self.running.pop(pid, None), {"exit": code})

    def _end(self) -> NoReturn:
        """The exit of PID 1 kills all that is left in the lab, and with it go its namespaces and mounts."""
        if os.getpid() == 1:  # then -1 means all of this PID namespace, which is the lab and nothing else
            with suppress(ProcessLookupError):
                os.kill(-1, signal.SIGTERM)
        bell = select.poll()
        bell.register(self.bell, select.POLLIN)
        deadline = time.monotonic() + GRACE
        while self._reap() and (left := deadline - time.monotonic()) > 0:
            bell.poll(left * 1000)
        os._exit(0)


def _inside(places: set[int]) -> list[int]:
    """The processes in these network namespaces, however they came there; those that have ended are in none."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - see wiring
        if name.isdecimal() and name != "1":
            with suppress(OSError):
                if os.stat(f"/proc/{name}/ns/net").st_ino in places:  # noqa: PTH116
                    found.append(int(name))
    return found


def _signal(pid: int, number: int) -> None:
    """Signals a child that has not been collected yet and all of its group, or it alone if it is that young."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        os.kill(pid, number)


def _receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """The next message and its descriptors; empty at the end. (socket.recv_fds would let them leak through exec.)"""
    try:
        data, ancillary, _, _ = connection.recvmsg(LONGEST, socket.CMSG_SPACE(4 * 4), socket.MSG_CMSG_CLOEXEC)
    except OSError:
        return b"", []
    return data, [fd for *_, packed in ancillary for (fd,) in struct.iter_unpack("i", packed)]


def _close(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)
