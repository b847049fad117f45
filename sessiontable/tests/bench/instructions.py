"""What a request costs without a server: processor time, and instructions, which are the same on a busy machine."""

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.errors import BenchError
from tests.contract.redis_server import ServerFailed, redis_server

from .processes import SERVER_CORE, pinned
from .results import PATHS, Driven, Measured
from .running import run
from .subjects import Subject

FEW, MANY = 320, 1_600
"""Requests under valgrind: what both runs have in common, the start and the logins, falls out of the difference."""
TIMED, TIMES = 6_400, 3
VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--branch-sim=no", "--cachegrind-out-file=/dev/null")


def measure(found: Measured, subjects: Sequence[Subject]) -> None:
    """Adds what each app on ASGI takes; one that fails is left out, with the reason."""
    if not shutil.which("valgrind"):
        found.failures["instructions"] = "valgrind is not installed"
    with TemporaryDirectory(prefix="bench-") as folder:
        for subject in subjects:
            for kind in PATHS if subject.family == "starlette" else ():
                print(f"without a server: {subject.variant} {kind}", file=sys.stderr)
                places = _places(Path(folder), f"{subject.variant}-{kind}")
                try:
                    found.driven.setdefault(subject.id, {})[kind] = _measured(found, subject, kind, places)
                except (BenchError, ServerFailed, OSError, ValueError) as error:
                    found.failures[f"{subject.id} without a server"] = str(error)


def _measured(found: Measured, subject: Subject, kind: str, places: Iterator[Path]) -> Driven:
    cpu = median(float(_driven(subject, kind, TIMED, next(places))) for _ in range(TIMES))
    if "instructions" in found.failures:
        return Driven(cpu, 0.0)
    few, many = (_counted(subject, kind, requests, next(places)) for requests in (FEW, MANY))
    return Driven(cpu, (many - few) / (MANY - FEW))


def _places(folder: Path, name: str) -> Iterator[Path]:
    """Folders, each of which nobody has used."""
    number = 0
    while True:
        number += 1
        place = folder / f"{name}-{number}"
        place.mkdir()
        yield place


def _driven(subject: Subject, kind: str, requests: int, place: Path, *before: str) -> str:
    driver = (sys.executable, "-m", f"{__package__}.driven", subject.variant, kind, str(requests), str(place))
    with (
        redis_server() if subject.store == "Redis" else nullcontext() as redis
    ):  # an empty one: logins look at former ones
        return run(pinned(SERVER_CORE, "env", f"BENCH_REDIS={redis.socket if redis else ''}", *before, *driver))


def _counted(subject: Subject, kind: str, requests: int, place: Path) -> int:
    log = place / "valgrind"
    _driven(subject, kind, requests, place, *VALGRIND, f"--log-file={log}")
    refs = re.search(r"I +refs: +([\d,]+)", log.read_text())
    if refs is None:
        raise BenchError(f"valgrind has counted nothing: {log.read_text()[-200:]}")
    return int(refs[1].replace(",", ""))
