"""What a request costs without a server: processor time, and instructions, which are the same on a busy machine."""

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
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
    with TemporaryDirectory(prefix="bench-") as folder:
        try:
            with redis_server() as redis:
                _measure(found, subjects, Path(folder), str(redis.socket))
        except (ServerFailed, OSError) as error:
            print(f"no Redis: {error}", file=sys.stderr)
            _measure(found, [one for one in subjects if one.store != "Redis"], Path(folder), "")


def _measure(found: Measured, subjects: Sequence[Subject], folder: Path, redis: str) -> None:
    if not shutil.which("valgrind"):
        found.failures["instructions"] = "valgrind is not installed"
    for subject in subjects:
        if subject.family != "starlette":
            continue
        for kind in PATHS:
            print(f"without a server: {subject.variant} {kind}", file=sys.stderr)
            place = _places(folder, f"{subject.variant}-{kind}")
            try:
                cpu = median(float(_driven(subject, kind, TIMED, next(place), redis)) for _ in range(TIMES))
                counted = 0.0
                if "instructions" not in found.failures:
                    few, many = (_counted(subject, kind, requests, next(place), redis) for requests in (FEW, MANY))
                    counted = (many - few) / (MANY - FEW)
                found.driven.setdefault(subject.id, {})[kind] = Driven(cpu, counted)
            except (BenchError, OSError, ValueError) as error:
                found.failures[f"{subject.id} without a server"] = str(error)


def _places(folder: Path, name: str) -> Iterator[Path]:
    """Folders, each of which nobody has used."""
    number = 0
    while True:
        number += 1
        place = folder / f"{name}-{number}"
        place.mkdir()
        yield place


def _driven(subject: Subject, kind: str, requests: int, place: Path, redis: str, *before: str) -> str:
    driver = (sys.executable, "-m", f"{__package__}.driven", subject.variant, kind, str(requests), str(place))
    return run(pinned(SERVER_CORE, "env", f"BENCH_REDIS={redis}", *before, *driver))


def _counted(subject: Subject, kind: str, requests: int, place: Path, redis: str) -> int:
    log = place / "valgrind"
    _driven(subject, kind, requests, place, redis, *VALGRIND, f"--log-file={log}")
    refs = re.search(r"I +refs: +([\d,]+)", log.read_text())
    if refs is None:
        raise BenchError(f"valgrind has counted nothing: {log.read_text()[-200:]}")
    return int(refs[1].replace(",", ""))
