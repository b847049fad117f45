"""`make bench-boot`: how long labs take to be there, as a table of medians with the targets beside them.

    python -m tests.bench.boot --only hosts --rounds 3

Nothing here passes or fails: it measures. Exit code 0 if anything was measured, 3 if not.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from cookielab.errors import LabError, UsageError, one_of

from . import bare, catalogue, commands, hosts, own, peers
from .measure import Bench, Result, Sample, adopt

_ALL = (*commands.BENCHES, *catalogue.BENCHES, *own.BENCHES, *hosts.BENCHES, *peers.BENCHES, *bare.BENCHES)
BENCHES = {bench.name: bench for bench in _ALL}
SECONDS = 120.0
"""After so long no further round of a benchmark begins."""
OWN = {
    "LAB_NAME": "bench",
    "LAB_PUBLIC_NET": "198.18.50",
    "LAB_HOME_NET": "192.168.150",
    "LAB_OFFICE_NET": "10.150.0",
    "LAB_MITMWEB_PORT": "18551",
    "LAB_WEB_PORTS": "18500-18506",
}
"""Where the benchmark's labs are, unless the environment says otherwise, so that a lab of the user's can stay up."""


def rounds(bench: Bench, count: int) -> Iterator[Mapping[str, Sample]]:
    """Measures so many times, or fewer where that takes too long; progress on stderr."""
    bench.prepare()
    end = time.monotonic() + SECONDS
    for number in range(1, count + 1):
        samples = bench.measure()
        values = (f"{key} {samples[key].value:.3g} {row.unit}" for key, row in bench.rows.items())
        print(f"{bench.name} {number}/{count}: {', '.join(values)}", file=sys.stderr)
        yield samples
        if time.monotonic() > end:
            return


def results(bench: Bench, count: int) -> list[Result]:
    """The samples of each row; none, and the reason on stderr, where a round fails."""
    taken: list[Mapping[str, Sample]] = []
    try:
        taken.extend(rounds(bench, count))
    except LabError as error:
        print(f"{bench.name}: {error}", file=sys.stderr)
    return [Result(row, tuple(samples[key] for samples in taken)) for key, row in bench.rows.items() if taken]


def table(measured: Mapping[str, Sequence[Result]], missing: Mapping[str, str]) -> Iterator[str]:
    """The lines of the table, and below it what each part measures."""
    head = ("", "median", "min", "max", "runs", "CPU s", "target", "")
    lines = [head, *(cells(result) for part in measured.values() for result in part)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        first, *others = (cell.ljust(width) if not column else cell.rjust(width)
                          for column, (cell, width) in enumerate(zip(line, widths, strict=True)))  # fmt: skip
        yield "  ".join((first, *others)).rstrip()
    yield ""
    for name, bench in BENCHES.items():
        if name in missing:
            yield f"{name}: not measured; {missing[name]}"
        elif name in measured:
            yield f"{name}: {bench.note}"


def cells(result: Result) -> tuple[str, ...]:
    """One line of the table."""
    values, row = [sample.value for sample in result.samples], result.row
    numbers = (f"{value:.2f}" for value in (min(values), max(values)))
    target = "" if row.limit is None else f"<= {row.limit:g} {row.unit}"
    cpu = "" if result.cpu is None else f"{result.cpu:.2f}"
    met = {True: "met", False: "NOT MET", None: ""}[result.met]
    return (row.what, f"{result.median:.2f} {row.unit}", *numbers, str(len(values)), cpu, target, met)


def document(measured: Mapping[str, Sequence[Result]], missing: Mapping[str, str], load: float) -> str:
    """The same for machines, with every sample."""
    parts = {
        name: {
            "note": BENCHES[name].note,
            "rows": [asdict(result) | {"median": result.median, "met": result.met} for result in part],
        }
        for name, part in measured.items()
    }
    about = {"processors": os.cpu_count(), "load": load}
    return json.dumps({**about, "measured": parts, "missing": missing}, indent=1)


def main(argv: Sequence[str] | None = None) -> int:
    """Measures what was asked for and prints it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.boot", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--rounds", type=int, default=0, help="how often, instead of each benchmark's own number")
    parser.add_argument("--json", action="store_true", help="print results for machines")
    arguments = parser.parse_args(argv)
    try:
        chosen = [BENCHES[one_of(BENCHES, name, "benchmark")] for name in arguments.only or BENCHES]
    except UsageError as error:
        print(f"bench: {error}", file=sys.stderr)
        return error.exit_code
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {load:.1f}; other programs that run make times longer", file=sys.stderr)
    missing = {bench.name: reason for bench in chosen if (reason := bench.lack())}
    measured: dict[str, list[Result]] = {}
    try:
        for bench in chosen:
            if bench.name not in missing:
                measured[bench.name] = results(bench, arguments.rounds or bench.rounds)
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 130
    print(document(measured, missing, load) if arguments.json else "\n".join(table(measured, missing)))
    return 0 if any(measured.values()) else 3


if __name__ == "__main__":
    os.environ |= OWN | os.environ
    adopt()
    sys.exit(main())
