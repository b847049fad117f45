"""How commands talk to the PID 1 of a running lab: a Unix socket that exists exactly as long as the lab does.

Its name is abstract: no file, so nothing is left after a kill, no path is too long, two labs cannot claim one name, and
processes in the lab, whose network namespaces are others, cannot reach it. Both ends check that the other one belongs
to the same user.
"""

import errno
import hashlib
import json
import os
import select
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from ..errors import HarnessFault, LabError, ProgramMissing
from .inside.kernel import MISSING

PATIENCE = 10.0
"""Seconds in which PID 1 has to do what takes it milliseconds."""


def name(state: Path) -> str:
    """The name of the socket: it tells the labs of one user apart by their state directories."""
    key = hashlib.sha256(os.fsencode(state.resolve())).hexdigest()[:24]
    return f"\0cookielab/{os.geteuid()}/{key}"


def claim(state: Path) -> socket.socket | None:
    """The door of a new lab, for its PID 1 to listen on; None if a lab has it already."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        door.bind(name(state))
    except OSError as error:
        door.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise
    return door


def connect(state: Path) -> socket.socket | None:
    """A connection to the lab's PID 1, None where no lab is up. Waits for one that is just being started."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            connection.connect(name(state))
        except ConnectionRefusedError:
            connection.close()
        except BaseException:
            connection.close()
            raise
        else:
            if _peer(connection)[1] != os.geteuid():
                connection.close()
                raise LabError(f"the lab in {state} belongs to another user")
            return connection
        if free := claim(state):
            free.close()
            return None
        readable((), 0.01)
    raise HarnessFault(f"the lab in {state} is being started by another command and does not get ready")


def _peer(connection: socket.socket) -> tuple[int, int]:
    """Process and user that listen at the other end, as the kernel noted them."""
    process, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return process, user


def ask(connection: socket.socket, request: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
    """Sends one request; LabError where it is too long, HarnessFault where the lab has just ended."""
    data = json.dumps(request).encode()
    try:
        socket.send_fds(connection, [data], fds)
    except (BrokenPipeError, ConnectionResetError):
        raise HarnessFault(f"the lab ended while it was asked to {request['do']}") from None
    except OSError as error:
        raise LabError(f"a request of {len(data):,} bytes is too long for the lab: {error.strerror}") from None


def receive(connection: socket.socket) -> dict[str, Any] | None:
    """The next message, waited for; None where the other end has gone."""
    try:
        data = connection.recv(1 << 18)
    except ConnectionResetError:
        data = b""
    return dict(json.loads(data)) if data else None


def handed(connection: socket.socket) -> tuple[dict[str, Any] | None, socket.socket | None]:
    """The next message, waited for, and the socket that came with it, if one did. (recv_fds ignores its flags.)"""
    data, ancillary, _, _ = connection.recvmsg(1 << 12, socket.CMSG_SPACE(4), socket.MSG_CMSG_CLOEXEC)
    fds = [fd for *_, packed in ancillary for (fd,) in struct.iter_unpack("i", packed)]
    return (dict(json.loads(data)) if data else None), (socket.socket(fileno=fds[0]) if fds else None)


def end(state: Path) -> int | None:
    """Ends the lab that is up and waits until it is gone; gives the process id that its PID 1 had, None if none is up.

    HarnessFault where it outlives even SIGKILL.
    """
    connection = connect(state)
    if connection is None:
        return None
    with connection:
        process, _ = _peer(connection)
        try:
            handle = os.pidfd_open(process)
        except ProcessLookupError:
            return process
        try:
            if readable([connection.fileno()], 0):
                return process  # it has gone meanwhile, and its process id may be somebody else's
            with suppress(HarnessFault):
                ask(connection, {"do": "end"})
            if not readable([handle], PATIENCE / 2):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                if not readable([handle], PATIENCE):
                    raise HarnessFault(f"the lab's process {process} does not end; see /proc/{process}/stack")
        finally:
            os.close(handle)
    return process


def readable(fds: Iterable[int], seconds: float) -> list[int]:
    """Those of the descriptors that are readable or at their end, after `seconds` at the latest. Any number of them."""
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    return [fd for fd, _ in poll.poll(seconds * 1000)]


def launch(connection: socket.socket, request: dict[str, Any], streams: tuple[int, int, int]) -> "Remote":
    """Has PID 1 start a process and waits until it runs its program.

    LabError, with the reason, where it cannot. The descriptors stay the caller's.
    """
    heard, failure = os.pipe()
    what = f"{' '.join(request['argv'])} at host {request['host']}"
    with os.fdopen(heard) as reason, ExitStack() as stack:
        stack.enter_context(connection)
        try:
            ask(connection, {"do": "spawn", **request}, (*streams, failure))
        finally:
            os.close(failure)
        if not readable([heard], PATIENCE):
            raise HarnessFault(f"{what}: the lab did not start it within {PATIENCE:g} s")
        if text := reason.read():
            raise (ProgramMissing if text.startswith(MISSING) else LabError)(f"{what}: {text}")
        stack.pop_all()
    return Remote(connection)


class Remote:
    """A process that PID 1 has started for us, at the other end of a connection. It is killed when that closes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._code: int | None = None
        self._lock = threading.Lock()

    def fileno(self) -> int:
        """Readable when the process has ended."""
        return self._connection.fileno()

    def wait(self, seconds: float) -> int | None:
        """The exit code (128 + number for a signal, which is also what the end of the lab looks like); None if it runs."""
        if self._code is None and readable([self.fileno()], seconds):
            with self._lock:  # several threads may wait; one reads
                if self._code is None:
                    message = receive(self._connection)
                    self._code = int(message["exit"]) if message else 128 + signal.SIGKILL
                    self._connection.close()
        return self._code

    def signal(self, number: int) -> None:
        """Signals the process and its group."""
        if self._code is None:
            with suppress(HarnessFault):
                ask(self._connection, {"do": "signal", "number": number})

    def close(self) -> None:
        """Lets go of the process: it is killed, unless it is a host's own service."""
        self._connection.close()
