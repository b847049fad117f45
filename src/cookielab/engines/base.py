"""What every engine can do. An engine makes one lab real; scenarios cannot tell which engine it is."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from ..topology.records import Topology
from .process import Process


@dataclass(frozen=True, slots=True)
class Lack:
    """Something an engine needs and this machine does not have, and how to get it."""

    what: str
    remedy: str
    packages: tuple[str, ...] = ()
    """Debian packages that would bring it, if that is all there is to do."""


@dataclass(frozen=True, slots=True)
class HostState:
    """How a host is: `running` (healthy), `starting`, `dead` or `absent`; `detail` says why where it is not running."""

    name: str
    state: str
    detail: str = ""


class Engine(Protocol):
    """One lab, on one engine. Built from (topology, state directory) and cheap until `up`."""

    name: str
    topology: Topology

    def lacks(self) -> list[Lack]:
        """What this machine lacks for this engine, empty if it can run. Never raises, changes nothing."""

    def up(self, hosts: Sequence[str] | None = None, *, owned: bool = False) -> None:
        """Brings the lab up, all hosts or the named ones, and returns when every one is healthy.

        `owned`: the lab is to end with this process, however it ends (as far as the engine can). Raises LabError with
        the last output of the host that failed; then nothing of the lab is left behind.
        """

    def down(self) -> list[str]:
        """Removes all that this lab has created, also what a killed command left; nothing else. Idempotent.

        Returns what was removed, in words, empty if there was nothing.
        """

    def states(self) -> dict[str, HostState]:
        """How each host of the topology is now."""

    def spawn(
        self,
        host: str,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        privileged: bool = False,
        sink: Path | None = None,
    ) -> Process:
        """Starts a command at a host, in the repository's root, and returns at once.

        `python` is the lab's Python on both engines. Without `privileged` a process at a client holds no capability;
        with it the process may change the host's network. Raises LabError where host or program do not exist.
        With `sink` stdout goes to that file, byte for byte, instead of `readline`.
        """

    def attach(self, host: str, argv: Sequence[str]) -> int:
        """Runs a command at a host on the user's own stdin, stdout and stderr; returns its exit code."""

    def logs(self, host: str) -> str:
        """All that the host's own command has printed, stdout and stderr, oldest first."""


LIMITS = {
    "RLIMIT_NPROC": 1024,
    "RLIMIT_NOFILE": 4096,
    "RLIMIT_FSIZE": 1 << 30,
    "RLIMIT_DATA": 4 << 30,
    "RLIMIT_CORE": 0,
}
"""What one process of a sandbox may use, in the words of setrlimit(2); NPROC counts all processes of all sandboxes."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What a program that may be anybody's code is given.

    `folder`: its own, absolute; it reads it, and what it writes there is thrown away. `readable`: more that it reads;
    `environment`: what it finds in its environment besides PATH, HOME and the like. `size`: bytes that it may write to
    files in all, which count as memory.
    """

    folder: Path
    readable: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=lambda: LIMITS)
    size: int = 1 << 30


class Cell(Protocol):
    """One sandbox at a host. Programs are started in it one after the other; what they write stays until `close`."""

    isolation: str
    """In words for the user: whose rights its processes have."""

    def start(self, argv: Sequence[str], environment: Mapping[str, str] | None = None) -> Process:
        """Starts a program in the folder. LabError where it does not exist. Its output is kept in `Process.excerpt`."""

    def close(self) -> None:
        """Throws away what was written. Programs in it must have ended."""


class Sandboxing(Protocol):
    """The ability of an engine to shut in what the user brings."""

    def cell(self, host: str, sandbox: Sandbox) -> Cell:
        """A sandbox at a host. UsageError for a folder that cannot be given away, such as somebody's home."""


@runtime_checkable
class Growing(Protocol):
    """The ability of an engine to give a lab that is up more hosts and networks, and to take them away again.

    The hosts that were there notice nothing: their processes, stacks and addresses stay.
    """

    def grow(self, topology: Topology) -> None:
        """Brings up what this topology has beyond the lab's, and returns when every host of it is healthy.

        From then on it is the lab's. Raises as `up`; then the lab is as it was.
        """

    def shrink(self, topology: Topology) -> list[str]:
        """Removes what the lab has beyond this topology, with all that runs there; says what, in words. Idempotent."""


class Listening(Protocol):
    """The ability of an engine to let the process that asks serve at a host, without leaving where it is."""

    def listen(self, host: str, port: int) -> socket.socket:
        """A socket that listens at this port of a host: what is accepted from it are the host's connections.

        It is the caller's; the lab does not end while it is open, but nobody can reach it any more then. LabError where
        the host or the port is not to be had.
        """
