"""Docker's command line: whether it is there and answers, and `docker compose` for one lab."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT
from typing import IO

from .. import extras
from ..errors import CommandFailed, EngineMissing
from ..topology.records import Topology
from .base import Lack

ANSWER = 5.0
"""Seconds that the daemon has to say its version."""
GRACE = 10.0
"""Seconds that Compose has to end when it is interrupted."""
WIDTH = 100
"""Characters of a build step's text that are shown."""
TAIL = 60
"""Lines of output kept for the message about a failure."""
BUNDLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables that name a CA bundle to other programs: used where LAB_CA_BUNDLE names none."""

_STEP = re.compile(r"#(\d+) (\[.*)")
_DONE = re.compile(r"#(\d+) DONE (\d+\.\d+)s")

INSTALL = "install Docker Engine with its Compose plugin, see https://docs.docker.com/engine/install/"


def lacks() -> list[Lack]:
    """What is missing before `docker compose` and the daemon can be used; takes about 0.1 s where all is there."""
    parts = (
        []
        if extras.there("docker")
        else [Lack(extras.absent("docker", "the docker engine needs it"), extras.line("docker"))]
    )
    if not shutil.which("docker"):
        return [Lack("docker is not installed", INSTALL), *parts]
    daemon = _ask("docker", "version", "--format", "{{.Server.Version}}")
    plugin = _ask("docker", "compose", "version", "--short")
    return [*_daemon(daemon), *_plugin(plugin), *parts]


def require() -> None:
    """EngineMissing with every remedy where something is missing."""
    if missing := lacks():
        lines = [f"  - {lack.what}; {lack.remedy}" for lack in missing]
        raise EngineMissing("\n".join(["the docker engine cannot run here:", *lines]))


def endpoint() -> str:
    """Where the daemon is that the `docker` command talks to (its current context), for the API to use the same."""
    return _answer(_ask("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"))[0]


def _ask(*argv: str) -> subprocess.Popen[str]:
    return subprocess.Popen(argv, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, text=True)


def _answer(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What a question brought on stdout, empty if it failed, and on stderr."""
    with process:
        try:
            out, err = process.communicate(timeout=ANSWER)
        except subprocess.TimeoutExpired:
            process.kill()
            return "", f"no answer within {ANSWER:g} s"
    return (out.strip() if process.returncode == 0 else ""), err.strip()


def _daemon(question: subprocess.Popen[str]) -> list[Lack]:
    version, trouble = _answer(question)
    if version:
        return []
    if "permission denied" in trouble.lower():
        return [
            Lack(
                "this user may not talk to the Docker daemon",
                "join the group that may (sudo usermod -aG docker $USER, then log in again), or run as root",
            )
        ]
    where = os.environ.get("DOCKER_HOST")
    why = " ".join(trouble.splitlines()[-1:]) or "it gave no reason"
    remedy = "start it, for example: sudo systemctl start docker"
    if where:
        remedy = f"DOCKER_HOST is set to {where}: unset it, or start the daemon there"
    return [Lack(f"no Docker daemon answers ({why})", remedy)]


def _plugin(question: subprocess.Popen[str]) -> list[Lack]:
    version, _ = _answer(question)
    if version.removeprefix("v").partition(".")[0].isdigit():
        return []
    alone = shutil.which("docker-compose")
    if not alone:
        return [Lack("Docker has no Compose plugin (docker compose)", INSTALL)]
    version = _answer(_ask(alone, "version", "--short"))[0].removeprefix("v")
    if version.startswith("1."):
        return [Lack(f"only Compose v1 is installed ({alone} {version}); the lab needs v2 (docker compose)", INSTALL)]
    link = f"mkdir -p ~/.docker/cli-plugins && ln -s {alone} ~/.docker/cli-plugins/docker-compose"
    return [Lack(f"{alone} is not known to Docker as a plugin (docker compose)", link)]


def environment(topology: Topology, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment in which Compose reads the lab's file exactly as the topology was read."""
    values = {key: value for key, value in os.environ.items() if not key.startswith(("LAB_", "COMPOSE_"))}
    values |= {**topology.variables, **(more or {})}
    bundles = [path for key in BUNDLES if (path := os.environ.get(key)) and Path(path).is_file()]
    if bundles and not values.get("LAB_CA_BUNDLE"):
        values["LAB_CA_BUNDLE"] = bundles[0]
    return values


def run(topology: Topology, *words: str, more: Mapping[str, str] | None = None) -> str:
    """Runs `docker compose` for the lab and gives its stdout; CommandFailed, with what it said, where it fails."""
    with _compose(topology, words, more, stdout=PIPE, stderr=PIPE) as (process, said):
        out, err = process.communicate()
        said.append(err)
    return str(out)


def show(topology: Topology, *words: str, more: Mapping[str, str] | None = None) -> None:
    """Runs `docker compose` with its progress on the user's stderr; CommandFailed where it fails.

    On a terminal it draws by itself. Elsewhere each step of a build that took a second or more gets a line.
    """
    if sys.stderr.isatty():
        with _compose(topology, words, more, stdout=sys.stderr, stderr=sys.stderr) as (process, said):
            said.append("its output is above")
            process.wait()
        return
    steps: dict[str, str] = {}
    with _compose(topology, words, more, stdout=PIPE, stderr=STDOUT) as (process, said):
        for line in process.stdout or ():
            said.append(line)
            if match := _STEP.match(line):
                steps[match[1]] = match[2]
            elif (match := _DONE.match(line)) and float(match[2]) >= 1:
                print(f"  {float(match[2]):5.1f} s  {steps.get(match[1], '')[:WIDTH]}", file=sys.stderr)


def script(path: Path, remedy: str) -> None:
    """Runs a script that stands beside the Compose file, its progress on the user's stderr; CommandFailed if it fails."""
    with subprocess.Popen((str(path),), stdin=DEVNULL, stdout=sys.stderr, start_new_session=True) as process:
        try:
            process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)  # all of it, so that it can clean up at once
            raise
    if process.returncode:
        raise CommandFailed((str(path),), process.returncode, "its output is above", remedy)


@contextmanager
def _compose(
    topology: Topology,
    words: Sequence[str],
    more: Mapping[str, str] | None,
    *,
    stdout: int | IO[str],
    stderr: int | IO[str],
) -> Iterator[tuple[subprocess.Popen[str], deque[str]]]:
    """`docker compose` while the block runs, and a place for what it says; CommandFailed at the end where it fails.

    It ends with this process, also if that is killed, and before an interruption goes on. It has a session of its own:
    a Ctrl-C reaches this process alone, which then decides what becomes of Compose.
    """
    if not shutil.which("docker"):
        require()
    guard = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
    files = [word for file in topology.files for word in ("--file", str(file.resolve()))]
    argv = ("docker", "compose", "--project-name", topology.name, *files, "--env-file", os.devnull, *words)
    said: deque[str] = deque(maxlen=TAIL)
    with subprocess.Popen(
        (*guard, *argv),
        stdin=DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        env=environment(topology, more),
        start_new_session=True,
    ) as process:
        try:
            yield process, said
        except BaseException:
            process.terminate()
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
    if process.returncode:
        require()
        raise CommandFailed(argv, process.returncode, "".join(said))
