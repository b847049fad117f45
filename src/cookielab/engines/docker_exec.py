"""Processes inside containers: Docker's exec, with the pipes, signals and exit code of an ordinary process.

Docker's API cannot signal such a process. So each one is started by a line of shell that says its pid first.
"""

import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LabError, ProgramMissing
from .docker_place import Place, run
from .process import Process

if TYPE_CHECKING:
    from docker import APIClient

START = 20.0
"""Seconds that Docker has to start a process."""

# Says nothing before it is spoken to: what comes together with Docker's own answer would be lost. Then it says its pid
# and becomes the program; `missing` is no pid.
# What is named by its path may be there and no program: a shell's `command -v` says nothing of that.
THERE = '{ command -v "$1" >/dev/null && case "$1" in */*) test -f "$1" && test -x "$1";; esac; }'
SPAWNED = f"read -r _ || exit 125; {THERE} || {{ echo missing; exit 127; }}; echo $$; "
ATTACHED = f'{THERE} || {{ echo "cookielab: $1: there is no such program at this host" >&2; exit 127; }}; '
KILL = 'kill -s "$1" -- "-$2"'

type Frames = Generator[tuple[int, bytes]]
"""What a process prints, piece by piece: 1 or 2 for the stream, and the bytes."""


def start(
    api: "APIClient",
    place: Place,
    host: str,
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    sink: Path | None = None,
) -> Process:
    """Starts a program in a container. LabError where the program does not exist or Docker cannot start it."""
    words = place.shell(SPAWNED, argv)
    ident = api.exec_create(place.container, words, stdin=True, **place.options(environment))["Id"]
    link = _hijack(api, ident)
    frames = _frames(link)
    try:
        pid, already = _begin(link, frames)
    except LabError as error:
        frames.close()
        link.close()
        raise type(error)(f"{' '.join(argv)} at host {host}: {error}") from None
    running = _Running(api, place, ident, pid, link)
    (out, to_out), (err, to_err) = os.pipe(), os.pipe()
    stdin = running.carry(frames, already, {1: to_out, 2: to_err})
    wait, kill = running.wait, running.signal
    return Process(host, tuple(argv), stdin=stdin, stdout=out, stderr=err, wait=wait, signal=kill, sink=sink)


def _hijack(api: "APIClient", ident: str) -> socket.socket:
    """The connection on which Docker carries the three streams, as a socket of our own."""
    stream: Any = api.exec_start(ident, socket=True)
    link = socket.socket(fileno=os.dup(stream.fileno()))
    link.setblocking(True)
    stream._response.close()
    stream.close()
    return link


def _frames(link: socket.socket) -> Frames:
    """Docker sends 8 bytes, the stream and a length, before each piece."""
    with link.makefile("rb") as stream:
        while len(header := stream.read(8)) == 8:
            number, size = struct.unpack(">BxxxL", header)
            yield number, stream.read(size)


def _begin(link: socket.socket, frames: Frames) -> tuple[str, dict[int, bytes]]:
    """Lets the prelude run; gives the pid, and what has come of both outputs after it.

    The two come by separate ways, so the program's first complaint may arrive before the pid. LabError without the
    host's name.
    """
    said = {1: b"", 2: b""}
    link.settimeout(START)
    try:
        link.sendall(b"\n")
        for number, data in frames:
            said[number] += data
            if b"\n" in said[1]:
                break
    except OSError as error:
        raise LabError(f"Docker did not start it ({error})") from None
    link.settimeout(None)
    line, _, said[1] = said[1].partition(b"\n")
    pid = line.decode(errors="replace").strip()
    if pid == "missing":
        raise ProgramMissing("there is no such program on the PATH of the host's image")
    if not pid.isdigit():
        raise LabError(f"Docker did not start it ({(pid + ' ' + said[2].decode(errors='replace')).strip()})")
    return pid, said


@dataclass(slots=True)
class _Running:
    """One exec on its way: carries its streams, waits for it, signals it."""

    api: "APIClient"
    place: Place
    ident: str
    pid: str
    link: socket.socket
    silent: threading.Event = field(default_factory=threading.Event)
    """Set once both outputs have ended, which is shortly before Docker knows the exit code."""
    code: int | None = None

    def carry(self, frames: Frames, already: Mapping[int, bytes], pipes: Mapping[int, int]) -> int:
        """Carries the streams from now on, in two threads; gives the descriptor to write the process's input to."""
        feed, stdin = socket.socketpair()
        pump = threading.Thread(target=self._inwards, args=(feed,), daemon=True)

        def outwards() -> None:
            try:
                self._outwards(frames, already, pipes)
            finally:
                with suppress(OSError):
                    feed.shutdown(socket.SHUT_RDWR)
                pump.join()
                self.link.close()

        pump.start()
        threading.Thread(target=outwards, daemon=True).start()
        return stdin.detach()

    def _inwards(self, feed: socket.socket) -> None:
        with feed:
            while data := feed.recv(65536):
                # Where the process has ended the rest is read all the same: the writer is to get a broken pipe, no reset.
                with suppress(OSError):
                    self.link.sendall(data)
        with suppress(OSError):
            self.link.shutdown(socket.SHUT_WR)

    def _outwards(self, frames: Frames, already: Mapping[int, bytes], pipes: Mapping[int, int]) -> None:
        # A connection that breaks is the end of the output to whoever reads; what became of the process Docker knows.
        with suppress(OSError):
            for number, data in chain(already.items(), frames):
                os.write(pipes[number], data)
        frames.close()
        for pipe in pipes.values():
            os.close(pipe)
        self.silent.set()

    def wait(self, seconds: float) -> int | None:
        """The exit code, 128 + number where a signal ended it; None where it still runs after that time."""
        deadline = time.monotonic() + seconds
        while True:
            if self.code is None:
                self.code = self._exit_code()
            left = deadline - time.monotonic()
            if self.code is not None or left <= 0:
                return self.code
            if self.silent.wait(min(left, 0.2)):
                time.sleep(min(left, 0.01))

    def _exit_code(self) -> int | None:
        from docker.errors import NotFound

        try:
            state = self.api.exec_inspect(self.ident)
        except NotFound:  # the container was removed, and the process with it
            return 128 + signal.SIGKILL
        return None if state["Running"] else int(state["ExitCode"])

    def signal(self, number: int) -> None:
        """Signals the process and its group: Docker starts each in a session of its own."""
        run(self.api, self.place, "sh", "-c", KILL, "sh", str(number), self.pid)
