"""What a benchmark is made of: rows of a table, rounds that give one value each, and a clock that also counts CPU time."""

import ctypes
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from cookielab.errors import CommandFailed, DeadlineExceeded

ROOT = Path(__file__).parents[2]
LAB = str(Path(sys.executable).with_name("cookielab"))
LONGEST = 180.0
"""Seconds for one command."""
_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; `limit` is the target of which the median may not be more."""

    what: str
    unit: str = "s"
    limit: float | None = None


@dataclass(slots=True)
class Sample:
    """One value of a row; `cpu` are the seconds that all processes together were running, where that can be known."""

    value: float = 0.0
    cpu: float | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """Rows that are measured together: each round gives every row a sample, so that rows can be compared.

    `note` says what exactly is measured; `lack` why it cannot be on this machine, empty if it can; `prepare` runs once
    before the rounds.
    """

    name: str
    note: str
    rows: Mapping[str, Row]
    rounds: int
    measure: Callable[[], Mapping[str, Sample]]
    lack: Callable[[], str] = lambda: ""
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Result:
    """All samples of a row."""

    row: Row
    samples: tuple[Sample, ...]

    @property
    def median(self) -> float:
        return median(sample.value for sample in self.samples)

    @property
    def cpu(self) -> float | None:
        known = [sample.cpu for sample in self.samples if sample.cpu is not None]
        return median(known) if known else None

    @property
    def met(self) -> bool | None:
        """Whether the median meets the target; None where the row has none."""
        return None if self.row.limit is None else self.median <= self.row.limit


def adopt() -> None:
    """Makes orphans below this process its children, so that the CPU time of labs that have ended is counted too."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


@contextmanager
def clock() -> Iterator[Sample]:
    """Times the block. Its CPU time is that of the processes which have ended by then, and of this one."""
    sample = Sample()
    cpu, start = _cpu(), time.perf_counter()
    yield sample
    sample.value = time.perf_counter() - start
    sample.cpu = _cpu() - cpu


def _cpu() -> float:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def run(argv: Sequence[str], environment: Mapping[str, str] | None = None, seconds: float = LONGEST) -> str:
    """Runs a command in the repository's root and gives its stdout.

    CommandFailed where it exits with anything but 0, DeadlineExceeded where it takes longer than `seconds`.
    """
    try:
        done = subprocess.run(
            argv, cwd=ROOT, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise DeadlineExceeded(f"{' '.join(argv)}: not done after {seconds:g} s") from None
    if done.returncode:
        raise CommandFailed(tuple(argv), done.returncode, done.stderr or done.stdout)
    return done.stdout
