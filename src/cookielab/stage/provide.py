"""Logins that send no request of ours: cookies and headers from a file, from a program or from a function of the user's."""

import os
import signal
import subprocess
import threading
from contextlib import suppress
from typing import IO

from ..engines.excerpt import Excerpt
from ..errors import LabError
from ..subjects.exchange import External, Provision
from ..subjects.external import parse_external, provision
from ..subjects.profile import Profile

SECONDS = 120.0
"""How long a program that logs in may take; one with a browser takes its time."""

LONGEST = 1 << 20
"""Bytes that it may print."""
INSIDE = (
    "(it is started on this machine, from where a server that `run:` starts is not reached: it is inside the lab; "
    "start it yourself and give `url:`, or log in by form, json or steps)"
)


def provided(profile: Profile, user: str, url: str) -> Provision:
    """What this user has from now on. LabError, with the program's last output, where it fails."""
    found = provision(profile, user, url)
    if isinstance(found, Provision):
        return found
    return parse_external(_run(found, INSIDE if profile.run else ""))


def _run(program: External, hint: str) -> str:
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
                raise LabError(f"the login program prints more than {LONGEST:,} bytes, which no login is: {line}")
            code = running.wait()
        finally:
            limit.cancel()
            _end(running)
            listener.join(1.0)
    if late.is_set():
        raise LabError(f"the login program did not end within {SECONDS:g} s: {line}")
    if code:
        tail = "\n".join([*said.lines()[-5:], *([hint] if hint else [])])
        raise LabError(f"the login program ended with exit code {code}: {line}\n{tail}")
    return printed.decode(errors="surrogateescape")


def _listen(pipe: IO[bytes] | None, said: Excerpt) -> None:
    while pipe and (data := pipe.read(1 << 16)):
        said.feed(data)


def _end(running: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
