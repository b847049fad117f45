"""The servers under load, in turn: each round measures every subject for some seconds, the bare apps among them."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.errors import BenchError
from tests.contract.redis_server import ServerFailed, redis_server

from .load import visits, wrk
from .processes import PATIENCE, Process, install_express, server
from .results import PATHS, Load, Measured
from .running import ROOT
from .subjects import Subject, families

WARM = 1
"""Seconds of a round before the first one, which is not counted."""


class Running:
    """A subject whose server runs and whose visitors are logged in."""

    def __init__(self, subject: Subject, process: Process, port: int, cookies: Path) -> None:
        self.subject, self.process, self.port, self.cookies = subject, process, port, cookies

    def measure(self, kind: str, seconds: int) -> Load:
        """One run of wrk. Raises BenchError where it failed or the server has died."""
        before = self.process.cpu()
        load = wrk(self.port, PATHS[kind], self.cookies, seconds)
        self.process.check()
        return Load(load.rate, load.p50, load.p99, (self.process.cpu() - before) / (load.rate * seconds) * 1e6)


def measure(found: Measured, subjects: Sequence[Subject], rounds: int, seconds: int) -> None:
    """Adds the loads of all subjects; one that fails is left out from there on, with the reason."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-", dir=_place())))
        try:
            redis = str(stack.enter_context(redis_server()).socket)
        except (ServerFailed, OSError) as error:
            redis = ""
            print(f"no Redis: {error}", file=sys.stderr)
        groups = [
            [one for subject in group if (one := _start(stack, found, subject, folder, redis))]
            for group in families(subjects).values()
        ]
        for number in range(rounds + 1):
            for group in groups:
                _round(found, group, number, rounds, seconds if number else WARM)


def _place() -> Path:
    place = ROOT / ".lab" / "bench"
    place.mkdir(parents=True, exist_ok=True)
    return place


def _start(stack: ExitStack, found: Measured, subject: Subject, folder: Path, redis: str) -> Running | None:
    """The subject, ready for load; None, with the reason kept, where it cannot be."""
    print(f"starting {subject.id}", file=sys.stderr)
    try:
        if subject.family == "express":
            install_express()
        process, port = stack.enter_context(server(subject, folder, redis))
        cookies = folder / f"{subject.id.replace('/', '-')}.cookies"
        try:
            cookies.write_text("".join(f"{line}\n" for line in visits(port, subject.bare)))
        except OSError:
            process.check(PATIENCE)
            raise
    except (BenchError, OSError) as error:
        _failed(found, subject, error)
        return None
    return Running(subject, process, port, cookies)


def _round(found: Measured, group: list[Running], number: int, rounds: int, seconds: int) -> None:
    for kind in PATHS:
        rates = []
        for one in group:
            if one.subject.id in found.failures:
                continue
            try:
                load = one.measure(kind, seconds)
            except BenchError as error:
                _failed(found, one.subject, error)
                continue
            rates.append(f"{one.subject.variant} {load.rate:,.0f}")
            if number:
                found.loads.setdefault(one.subject.id, {}).setdefault(kind, []).append(load)
        which = f"{number}/{rounds}" if number else "warm-up"
        print(f"{group[0].subject.family if group else ''} {kind} {which}: {', '.join(rates)}", file=sys.stderr)


def _failed(found: Measured, subject: Subject, error: Exception) -> None:
    found.failures[subject.id] = str(error)
    print(f"{subject.id}: {error}", file=sys.stderr)
