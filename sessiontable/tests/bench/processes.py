"""The processes of the benchmark: servers on one core, Redis on the other, each ended in time by its id."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.bench.errors import BenchError, CommandFailed

from .running import ROOT, run
from .subjects import Subject

SERVER_CORE, OTHER_CORE = 0, 1
"""Where the servers run; where wrk and Redis run."""
EXPRESS = Path(__file__).with_name("express")
MODULES = ROOT / ".lab" / "bench" / "express"
"""Where Node's packages are kept from one run to the next."""
PATIENCE = 5.0


def pinned(core: int, *argv: str) -> tuple[str, ...]:
    """The command on one core alone, where this machine has it."""
    return ("taskset", "--cpu-list", str(core), *argv) if core in os.sched_getaffinity(0) else argv


class Process:
    """A process with a group of its own, until the block ends. What it says goes to `log`."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        log: Path,
        descriptors: Sequence[int] = (),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.argv, self.log = name, argv, log
        with log.open("wb") as said:
            self._child = subprocess.Popen(
                argv, cwd=ROOT, env={**os.environ, **(variables or {})}, stdin=subprocess.DEVNULL, stdout=said,
                stderr=said, pass_fds=descriptors, start_new_session=True,
            )  # fmt: skip

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._child.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()

    def cpu(self) -> float:
        """Seconds that the processes of the group have been running so far, those that have ended not counted."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(FileNotFoundError, ProcessLookupError):
                words = stat.read_text().rpartition(")")[2].split()
                if int(words[2]) == self._child.pid:
                    ticks += int(words[11]) + int(words[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def check(self, patience: float = 0.0) -> None:
        """Raises BenchError, with its last words, where it has ended, or does so within the seconds given."""
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(patience)
            said = self.log.read_text(errors="replace").strip().splitlines()[-12:]
            raise BenchError(f"{self.name} ended with exit code {self._child.returncode}: {'\n  '.join(said)}")


@contextmanager
def server(subject: Subject, folder: Path, redis: str) -> Iterator[tuple[Process, int]]:
    """The subject's server and its port. Who connects waits until it serves, or is refused when it has died."""
    place = folder / subject.id.replace("/", "-")
    place.mkdir()
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        descriptor, port = listening.fileno(), listening.getsockname()[1]
        argv: tuple[str, ...]
        if subject.family == "express":
            argv = ("node", str(EXPRESS / "app.js"), subject.variant, str(descriptor))
        else:
            argv = (sys.executable, "-m", f"{__package__}.serve", subject.id, str(descriptor), str(place))
        variables = {"NODE_PATH": str(MODULES / "node_modules"), "NODE_ENV": "production", "BENCH_REDIS": redis}
        child = Process(subject.id, pinned(SERVER_CORE, *argv), place / "log", (descriptor,), variables)
    with child:
        yield child, port


def install_express() -> None:
    """Installs what the lock file names, once. Raises CommandFailed."""
    lock = EXPRESS / "package-lock.json"
    here = MODULES / lock.name
    if here.is_file() and here.read_bytes() == lock.read_bytes() and (MODULES / "node_modules").is_dir():
        return
    shutil.rmtree(MODULES, ignore_errors=True)
    MODULES.mkdir(parents=True)
    shutil.copy(EXPRESS / "package.json", MODULES)
    shutil.copy(lock, MODULES)
    try:
        run(("npm", "ci", "--no-audit", "--no-fund", "--prefix", str(MODULES)))
    except CommandFailed:
        shutil.rmtree(MODULES)
        raise
