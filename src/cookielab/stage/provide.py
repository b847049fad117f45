"""Logins that send no request of ours: cookies and headers from a file, from a program or from a function of the user's."""

import os
import signal
import subprocess
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from urllib.parse import urlsplit

from ..engines.base import Engine
from ..engines.excerpt import Excerpt
from ..errors import LabError
from ..subjects.exchange import External, Provision
from ..subjects.external import parse_external, provision
from ..subjects.forwarding import relay
from ..subjects.profile import Profile

SECONDS = 120.0
"""How long a program that logs in may take; one with a browser takes its time."""

LONGEST = 1 << 20
"""Bytes that it may print."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The host of a person, where programs log in to a server that runs inside the lab. `connect`: the ip:port where
    the server really is, if its name does not lead there.
    """

    engine: Engine
    host: str
    connect: str | None


def provided(profile: Profile, user: str, url: str, inside: Inside | None = None) -> Provision:
    """What this user has from now on. LabError, with the program's last output, where it fails."""
    found = provision(profile, user, url)
    if isinstance(found, Provision):
        return found
    return parse_external(_run_inside(found, url, inside) if inside else _run(found))


def _run_inside(program: External, url: str, inside: Inside) -> str:
    """Runs it at the person's host, as this user without any rights there: with the person's address, and no other
    network. What clients call localhost leads to the server there, as it does for the person.
    """
    line, said = " ".join(program.argv), Excerpt()
    own = {name: value for name, value in os.environ.items() if name != "HOME"}
    own.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(Path("~/.cache/ms-playwright").expanduser()))
    argv = ("sh", "-c", 'cd "$0" && exec "$@"', program.folder, *program.argv)
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 80
    with ExitStack() as undo:
        output = Path(undo.enter_context(TemporaryDirectory())) / "output"
        address, _, behind = (inside.connect or "").rpartition(":")
        if host == "localhost" and behind == str(port):
            undo.callback(relay(inside.engine, inside.host, "127.0.0.1", port, address))
        running = undo.enter_context(
            inside.engine.spawn(inside.host, argv, environment={**own, **program.environment}, sink=output)
        )
        deadline = time.monotonic() + SECONDS
        while running.poll() is None:
            if output.exists() and output.stat().st_size > LONGEST:
                raise LabError(_too_much(line))
            if time.monotonic() > deadline:
                raise LabError(_too_late(line))
            time.sleep(0.05)
        code = running.wait(1.0)
        running.written()
        printed = output.read_bytes()
    if len(printed) > LONGEST:
        raise LabError(_too_much(line))
    if code:
        said.feed("\n".join([*running.stderr][-5:]).encode(errors="surrogateescape"))
        tail = "\n".join(said.lines())
        raise LabError(f"the login program ended with exit code {code}, at the host {inside.host}: {line}\n{tail}")
    return printed.decode(errors="surrogateescape")


def _too_much(line: str) -> str:
    return f"the login program prints more than {LONGEST:,} bytes, which no login is: {line}"


def _too_late(line: str) -> str:
    return f"the login program did not end within {SECONDS:g} s: {line}"


def _run(program: External) -> str:
    """Runs a login program in the profile's folder, as the user who runs the lab; gives what it prints.

    It is ended, with all that it has started, when its time is over or its output is longer than any login's.
    """
    line = " ".join(program.argv)
    said, late = Excerpt(), threading.Event()
    try:
        running = subprocess.Popen(
            program.argv, cwd=program.folder, env={**os.environ, **program.environment}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise LabError(
            f"the login program cannot be started: {line}: {error.strerror}; change login.{program.kind}"
        ) from None

    def end() -> None:
        late.set()
        _end(running)

    limit = threading.Timer(SECONDS, end)
    listener = threading.Thread(target=_listen, args=(running.stderr, said), daemon=True)
    with running:
        try:
            limit.start()
            listener.start()
            printed = running.stdout.read(LONGEST + 1) if running.stdout else b""
            if len(printed) > LONGEST:
                raise LabError(_too_much(line))
            code = running.wait()
        finally:
            limit.cancel()
            _end(running)
            listener.join(1.0)
    if late.is_set():
        raise LabError(_too_late(line))
    if code:
        tail = "\n".join(said.lines()[-5:])
        raise LabError(f"the login program ended with exit code {code}: {line}\n{tail}")
    return printed.decode(errors="surrogateescape")


def _listen(pipe: IO[bytes] | None, said: Excerpt) -> None:
    while pipe and (data := pipe.read(1 << 16)):
        said.feed(data)


def _end(running: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
