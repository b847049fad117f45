"""The command line as a user has it: a checkout to stand in, a lab of one's own, a terminal that can press Ctrl-C."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.labs import ROOT, variables

FOLDERS = ("compose", "server", "clients", "nat", "scenarios", "src")
LABEL = "label=com.docker.compose.project"
INHERITED = ("LAB_BASE_IMAGE", "LAB_CA_BUNDLE")
OURS = ("LAB_", "COOKIELAB", "ENGINE", "CAPTURE", "STORE", "NO_COLOR", "FORCE_COLOR")


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Desk:
    """Commands are run in the checkout `place`, for a lab with name, ranges and ports of its own."""

    place: Path
    engine: str
    lab: dict[str, str] = field(default_factory=variables)

    @property
    def name(self) -> str:
        return self.lab["LAB_NAME"]

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        """A command in a process group of its own, as a shell starts it."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(OURS) or k in INHERITED}
        environment |= self.lab | {"ENGINE": self.engine, "PYTHONPATH": str(self.place / "src")} | more
        return subprocess.Popen(
            (sys.executable, "-m", "cookielab", *words),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=self.place, env=environment, process_group=0,
        )  # fmt: skip

    def run(self, *words: str, **more: str) -> Done:
        """A command, waited for."""
        return self.end(self.start(*words, **more))

    def end(self, command: subprocess.Popen[str], seconds: float = 90.0) -> Done:
        """What became of it; killed, with all of its group, where it does not end."""
        try:
            out, err = command.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(command.pid, signal.SIGKILL)
            raise
        return Done(command.returncode, out, err)

    def left(self) -> list[str]:
        """All that is there of the lab on this machine, in words; empty once nothing is left."""
        return [*self._state(), *_processes(self.name), *(_containers(self.name) if self.engine == "docker" else ())]

    def _state(self) -> Iterator[str]:
        if (self.place / ".lab/labs").exists():
            yield from (str(path) for path in (self.place / ".lab/labs").glob(f"{self.name}*"))
        lock = self.place / ".lab/locks" / self.name
        if lock.exists():
            with lock.open() as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    yield f"lock {lock}"


def _processes(name: str) -> Iterator[str]:
    """Processes that carry the lab's name in their environment or on their command line."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended meanwhile, or belongs to somebody else
        if name.encode() in told:
            yield f"process {folder.name}: {(folder / 'cmdline').read_bytes().replace(bytes(1), b' ').decode()}"


def _containers(name: str) -> Iterator[str]:
    for words in (("ps", "--all", "--format", "{{.Names}}"), ("network", "ls", "--format", "{{.Name}}")):
        argv = ("docker", *words, "--filter", f"{LABEL}={name}")
        yield from subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()


def checkout(place: Path, *, copied: bool = False) -> Path:
    """A checkout: links to this one, or with `copied` files that a test may change. Its `.lab` is its own."""
    place.mkdir(exist_ok=True)
    for name in FOLDERS:
        if copied:
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (place / name).symlink_to(ROOT / name)
    return place
