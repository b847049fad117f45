"""Logins that send no request of ours: cookies and headers from a file, from a program or from a function of the user's."""

import os
import signal
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class _Running:
    """A login program that has been started. `said`: what it has printed on stderr; `where`: words for messages."""

    line: str
    poll: Callable[[], int | None]
    said: Callable[[], list[str]]
    where: str = ""


def provided(profile: Profile, user: str, url: str, inside: Inside | None = None, ca: str = "") -> Provision:
    """What this user has from now on. LabError, with the program's last output, where it fails.

    `ca`: certificates in PEM that a program is to believe beside this machine's, none where it is empty.
    """
    found = provision(profile, user, url)
    if isinstance(found, Provision):
        return found
    with TemporaryDirectory() as place:
        output = Path(place) / "output"
        if ca:
            found = replace(found, environment={**found.environment, **_believing(ca, Path(place) / "ca.pem")})
        started = _at_host(found, url, inside, output) if inside else _here(found, output)
        return parse_external(_printed(started, output))


def _believing(ca: str, bundle: Path) -> dict[str, str]:
    """What makes OpenSSL, requests, curl and Node believe these certificates; the bundle is written for it."""
    usual = ssl.get_default_verify_paths().cafile
    bundle.write_text(ca + (Path(usual).read_text(encoding="utf-8") if usual else ""), encoding="utf-8")
    return dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), str(bundle))


def _printed(started: AbstractContextManager[_Running], output: Path) -> str:
    """All that a login program prints into this file. It has so much time, and so much to say."""
    deadline = time.monotonic() + SECONDS
    with started as running:
        while (code := running.poll()) is None and _size(output) <= LONGEST:
            if time.monotonic() > deadline:
                raise LabError(f"the login program did not end within {SECONDS:g} s: {running.line}")
            time.sleep(0.05)
    if _size(output) > LONGEST:
        raise LabError(f"the login program prints more than {LONGEST:,} bytes, which no login is: {running.line}")
    if code:
        tail = "\n".join(running.said()[-5:])
        raise LabError(f"the login program ended with exit code {code}{running.where}: {running.line}\n{tail}")
    return output.read_bytes().decode(errors="surrogateescape")


def _size(output: Path) -> int:
    return output.stat().st_size if output.exists() else 0


@contextmanager
def _at_host(program: External, url: str, inside: Inside, output: Path) -> Iterator[_Running]:
    """Runs it at the person's host, as this user without any rights there: with the person's address, and no other
    network. What clients call localhost leads to the server there, as it does for the person.
    """
    own = {name: value for name, value in os.environ.items() if name != "HOME"}
    own.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(Path("~/.cache/ms-playwright").expanduser()))
    argv = ("sh", "-c", 'cd "$0" && exec "$@"', program.folder, *program.argv)
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 80
    with ExitStack() as undo:
        address, _, behind = (inside.connect or "").rpartition(":")
        if host == "localhost" and behind == str(port):
            undo.callback(relay(inside.engine, inside.host, "127.0.0.1", port, address))
        process = undo.enter_context(
            inside.engine.spawn(inside.host, argv, environment={**own, **program.environment}, sink=output)
        )

        def said() -> list[str]:
            excerpt = Excerpt()
            excerpt.feed("\n".join(process.stderr).encode(errors="surrogateescape"))
            return excerpt.lines()

        yield _Running(" ".join(program.argv), process.poll, said, f", on the host {inside.host}")
    process.written()


@contextmanager
def _here(program: External, output: Path) -> Iterator[_Running]:
    """Runs it in the profile's folder, as the user who runs the lab. It is ended with all that it has started."""
    line, said = " ".join(program.argv), Excerpt()
    try:
        with output.open("wb") as file:
            process = subprocess.Popen(
                program.argv, cwd=program.folder, env={**os.environ, **program.environment},
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise LabError(
            f"the login program cannot be started: {line}: {error.strerror}; change login.{program.kind}"
        ) from None
    listener = threading.Thread(target=_listen, args=(process.stderr, said), daemon=True)
    with process:
        try:
            listener.start()
            yield _Running(line, process.poll, said.lines)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            listener.join(1.0)


def _listen(pipe: IO[bytes] | None, said: Excerpt) -> None:
    while pipe and (data := pipe.read(1 << 16)):
        said.feed(data)
