"""What can be under test: a handler, a command of the user's, a server that runs on their machine, an app object.

A scenario cannot tell them apart: each gives a place to go to, and a profile that says how people use it.
"""

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from ..engines import docker_guests
from ..engines.base import Engine
from ..errors import LabError, UsageError, one_of
from . import composed, forwarding, front, guest, imaged, objects, reading, running
from .exchange import Learnt
from .handlers import ALL
from .profile import Profile, Ready
from .servers import HOST, Server, start_neighbour, start_subject

PORT = 9800
"""The port at the lab's server host of a subject that the user brings."""
SWIFT = 10.0
"""Seconds within which a server starts that may be started anew between two plays."""
GUESSED = "how it is started was a guess ({why}); --run says it, and --setup what is to be run before"
FRONTED = "people reach it over https: the lab's own certificate stands in front, and what arrives at it is plain http"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subject is reached. `url`: scheme, name and port as clients write them; `connect`: the ip:port where it
    really is, None where the name leads there."""

    server: Server
    url: str
    connect: str | None = None
    ca: str = ""
    """The CA, in PEM, of the certificate that the lab has put in front of it; empty where there is none."""
    held: Callable[[], bool] | None = None
    """Whether somebody holds the server up on purpose, as with a debugger, so that it is waited for; None: nobody can."""
    seen_as: Callable[[str], str] = str
    """The address under which the subject sees a client that leaves the lab's gateway from this one."""

    @property
    def name(self) -> str:
        """What the server is called."""
        return self.server.name

    @property
    def port(self) -> int:
        """The port that the clients' connections go to."""
        return int(self.connect.rpartition(":")[2]) if self.connect else self.server.port


class Subject(Protocol):
    """The server under test."""

    @property
    def name(self) -> str: ...

    @property
    def profile(self) -> Profile: ...

    @property
    def learnt(self) -> Learnt | None:
        """What the preflight has found out; None before it, and for the lab's own handlers, which need none."""

    @property
    def tries(self) -> int:
        """How often a race is repeated against it."""

    @property
    def passwords(self) -> dict[str, str]:
        """Those that have been changed, by user: they count in place of the profile's, in later plays as well."""

    def open(self, engine: Engine, options: Sequence[str] = (), *, number: int = 0) -> Place | None:
        """The place for one play, the how many-th of that play. None where the subject has no such variant."""

    def leave(self, place: Place, log: Path) -> None:
        """The play is over; `log` takes what the server has printed."""

    def restart(self, engine: Engine, place: Place, log: Path) -> Place | None:
        """Ends the server's process and starts it anew. None where the lab cannot do that."""


@cache
def own_profile() -> Profile:
    """How people use the lab's own handlers."""
    return reading.load(Path(__file__).with_name("own.yaml"), {})


@dataclass(slots=True)
class Handler:
    """A handler of the lab: a fresh process for each play."""

    name: str
    tries: int = 1
    passwords: dict[str, str] = field(default_factory=dict)

    @property
    def learnt(self) -> Learnt | None:
        """What the profile declares; the lab knows its own handlers."""
        declared = self.profile.session_cookies
        return None if declared is None else Learnt(session_cookies=tuple(declared))

    @property
    def profile(self) -> Profile:
        return own_profile()

    def open(self, engine: Engine, options: Sequence[str] = (), *, number: int = 0) -> Place | None:
        server = start_subject(engine, self.name, options, number=number)
        return Place(server, server.url)

    def leave(self, place: Place, log: Path) -> None:
        place.server.stop(log)

    def restart(self, engine: Engine, place: Place, log: Path) -> Place | None:
        place.server.stop(log)
        return self.open(engine)


@dataclass(slots=True)
class Brought:
    """What the user brings: started once by the lab, or running already, and the same in all plays of a check."""

    name: str
    profile: Profile
    folder: Path
    owned: tuple[str, ...] = ()
    learnt: Learnt | None = None
    tries: int = 8
    log: Path | None = None
    passwords: dict[str, str] = field(default_factory=dict)
    app: objects.App | None = None
    """An app object of this very process, where it is one: then the profile names no place."""
    held: Callable[[], bool] | None = None
    """See Place."""
    guessed: Mapping[str, str] = field(default_factory=dict)
    """Keys of the profile that the user has not said, and what they were guessed by."""
    _place: Place | None = field(default=None)
    _undo: ExitStack = field(default_factory=ExitStack)

    def open(self, engine: Engine, options: Sequence[str] = (), *, number: int = 0) -> Place | None:
        if options or number:
            return None
        if self._place is None:
            with ExitStack() as undo:
                try:
                    self._place = self._start(engine, undo)
                except LabError as error:
                    if self.guessed:
                        error.args = (f"{error}\n{GUESSED.format(why=next(iter(self.guessed.values())))}",)
                    raise
                self._undo = undo.pop_all()
        if self.profile.reset:
            self._reset(self.profile.reset, self._place.server)
        return self._place

    def _reset(self, line: str, server: Server) -> None:
        """Has state forgotten that must not carry over into the next play."""
        self.passwords.clear()
        if server.restartable:
            server.execute(line, "reset")
        else:
            self._execute(line, "reset")

    def _execute(self, line: str, what: str) -> None:
        """Runs a command of the user's beside a server of theirs that runs already."""
        done = subprocess.run(
            shlex.split(line), cwd=self.folder, capture_output=True, text=True, errors="replace", check=False
        )
        if done.returncode:
            tail = "\n".join(done.stderr.splitlines()[-10:])
            raise LabError(f"{what}: '{line}' ended with exit code {done.returncode}:\n{tail}")

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how the server runs; empty before it does."""
        if self._place is None:
            return ()
        return (*getattr(self._place.server, "notes", ()), *([FRONTED] if self._place.ca else []))

    def _start(self, engine: Engine, undo: ExitStack) -> Place:
        if self.profile.contained:
            return self._contain(engine, undo)
        address = engine.topology.host(HOST).legs[0].address
        url, host, port = self._named()
        certificate = front.made_for(urlsplit(url).hostname or "") if self.profile.tls else None
        chain = certificate.chain if certificate else b""
        if self.profile.run:
            server = self._run(engine, self.profile.run)
        elif self.app:
            server = objects.serve(engine, self.app, PORT, chain)
        else:
            if self.profile.setup:
                self._execute(self.profile.setup, "setup")
            server = forwarding.forward(engine, host, port, port=PORT, owned=self.owned, chain=chain)
        undo.callback(server.stop, self.log)
        if chain and (self.profile.run or (self.app and hasattr(engine, "listen"))):
            undo.callback(front.stand(engine, HOST, PORT, chain))
        return Place(
            server,
            url,
            f"{address}:{PORT}",
            certificate.ca if certificate else "",
            self.held,
            self._seen_as(engine, host),
        )

    def _contain(self, engine: Engine, undo: ExitStack) -> Place:
        """A container stands on the public network itself, at an address of its own."""
        guests = docker_guests.of(engine, "compose" if self.profile.compose else "image")
        server: guest.Guest
        if self.profile.compose:
            server = composed.start(
                engine, guests, self.profile.compose, folder=self.folder, setup=self.profile.setup, ready=self._ready(),
                log=self.log,
            )  # fmt: skip
        else:
            server = imaged.start(
                engine, guests, self.profile, folder=self.folder, port=PORT, environment=os.environ, ready=self._ready(),
                log=self.log,
            )  # fmt: skip
        undo.callback(server.stop, self.log)
        said = (self.profile.host or "localhost:{port}").replace("{port}", str(server.port))
        return Place(server, f"http://{said}", f"{guests.address}:{server.port}")

    def _ready(self) -> Ready:
        ready = self.profile.ready
        return ready if isinstance(ready, Ready) else Ready(path=ready)

    def _named(self) -> tuple[str, str, int]:
        """The URL by which clients know the server; the host and the port where it really is."""
        if self.profile.run or self.app:
            scheme, host, port = "http", "localhost", PORT
        elif self.profile.url:
            parts = urlsplit(self.profile.url)
            scheme, host = parts.scheme, parts.hostname or ""
            port = parts.port or (443 if scheme == "https" else 80)
        else:
            raise UsageError(
                f"{self.name}: nothing says where the server is; give `run:`, `url:`, `compose:` or `image:` in the profile"
            )
        said = self.profile.host or f"{host}:{port}"
        return f"{'https' if self.profile.tls else scheme}://{said.replace('{port}', str(port))}", host, port

    def _run(self, engine: Engine, command: str) -> Server:
        ready = self._ready()
        return running.start(
            engine, command, folder=self.folder, port=PORT, environment=dict(os.environ),
            log=self.log or self.folder / "server.log", ready=ready.path, seconds=ready.seconds,
            reach=tuple(self.profile.reach), setup=self.profile.setup,
        )  # fmt: skip

    def _seen_as(self, engine: Engine, host: str) -> Callable[[str], str]:
        """A server on the user's own machine sees loopback addresses, one for each of the lab's."""
        relayed = self.profile.url is not None or (self.app is not None and not hasattr(engine, "listen"))
        local = relayed and (host == "localhost" or host.startswith("127."))
        return (lambda address: forwarding.source_of(IPv4Address("127.0.0.1"), address)) if local else str

    def leave(self, place: Place, log: Path) -> None:
        place.server.check()

    def restart(self, engine: Engine, place: Place, log: Path) -> Place | None:
        if not place.server.restartable:
            return None
        place.server.restart()
        return place

    def renew(self) -> bool:
        """Starts the server anew between two plays, so that it remembers nothing of the one before. False where the lab
        did not start it, where it takes its time to start, and where the accounts that were made in it would be gone."""
        if self._place is None or not self._place.server.restartable or self.profile.create is not None:
            return False
        if self._place.server.took > SWIFT:
            return False
        self._place.server.restart()
        return True

    def close(self) -> None:
        """Ends what was started; what it printed is in its log."""
        if self._place is not None:
            self._undo.close()
            self._place = None


def neighbour(engine: Engine, beside: Place, sets: Sequence[str] = ()) -> Place:
    """Another application on another port of the subject's host, under the same name: cookies know no ports."""
    server = start_neighbour(engine, sets)
    if beside.connect is None:
        return Place(server, server.url)
    address = engine.topology.host(HOST).legs[0].address
    name = urlsplit(beside.url).hostname
    return Place(server, f"http://{name}:{server.port}", f"{address}:{server.port}")


def handler(name: str) -> Handler:
    """The handler of that name; UsageError where there is none."""
    return Handler(one_of(ALL, name, "handler"))
