"""Logins that send no request of ours: cookies and headers from a file, from a program or from a function of the user's."""

import os
import subprocess

from ..errors import LabError
from ..subjects.exchange import External, Provision
from ..subjects.external import parse_external, provision
from ..subjects.profile import Profile

SECONDS = 120.0
"""How long a program that logs in may take; one with a browser takes its time."""


def provided(profile: Profile, user: str, url: str) -> Provision:
    """What this user has from now on. LabError, with the program's last output, where it fails."""
    found = provision(profile, user, url)
    if isinstance(found, Provision):
        return found
    return parse_external(_run(found))


def _run(program: External) -> str:
    """Runs a login program in the profile's folder, as the user who runs the lab; gives what it prints."""
    line = " ".join(program.argv)
    try:
        done = subprocess.run(
            program.argv, cwd=program.folder, env={**os.environ, **program.environment}, capture_output=True,
            timeout=SECONDS, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as error:
        raise LabError(
            f"the login program cannot be started: {line}: {error.strerror}; change login.{program.kind}"
        ) from None
    except subprocess.TimeoutExpired:
        raise LabError(f"the login program did not end within {SECONDS:g} s: {line}") from None
    if done.returncode:
        tail = done.stderr.decode(errors="replace").strip().splitlines()[-5:]
        raise LabError(f"the login program ended with exit code {done.returncode}: {line}\n" + "\n".join(tail))
    return done.stdout.decode(errors="surrogateescape")
