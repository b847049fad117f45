"""`make bench-sessions`: measures everything in one run and writes docs/bench-sessions.md and .svg.

    python -m tests.bench --only starlette/ours-memory --rounds 1 --no-inside
    python -m tests.bench --from .lab/bench/sessions.json

Nothing here passes or fails: it measures. Exit code 0 if anything was measured, 3 if not.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from tests.bench.errors import BenchError

from . import inside, instructions, report, results, serving
from .machine import about
from .processes import OTHER_CORE
from .results import Measured
from .running import ROOT
from .subjects import SUBJECTS

KEPT = ROOT / ".lab" / "bench" / "sessions.json"
"""Where the numbers of the last run are."""
ROUNDS, SECONDS = 5, 2


def measured(arguments: argparse.Namespace) -> Measured:
    """What was asked for, measured; an interruption leaves what there is."""
    found = Measured(about())
    found.about["Rounds"] = f"{arguments.rounds} of {arguments.seconds} s for each line and kind of request"
    names = arguments.only or [subject.id for subject in SUBJECTS]
    chosen = [next(one for one in SUBJECTS if one.id == name) for name in names]
    if not arguments.no_http:
        serving.measure(found, chosen, arguments.rounds, arguments.seconds)
        instructions.measure(found, chosen)
    if not arguments.no_inside:
        inside.measure(found)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Measures what was asked for and prints it; the documents are written by a whole run alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--only", action="append", default=[], metavar="SUBJECT", help="one of them, as often as needed"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each measurement in a round")
    parser.add_argument("--no-http", action="store_true", help="only what needs no server")
    parser.add_argument("--no-inside", action="store_true", help="only the servers")
    parser.add_argument(
        "--from", dest="stored", type=Path, metavar="FILE", help="write the documents from stored numbers"
    )
    arguments = parser.parse_args(argv)
    try:
        for name in arguments.only:
            if name not in (known := [subject.id for subject in SUBJECTS]):
                near = get_close_matches(name, known, n=1)
                meant = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known)}."
                print(f"bench: there is no subject {name!r}. {meant}", file=sys.stderr)
                return 2
        found = results.load(arguments.stored) if arguments.stored else measured(arguments)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 130
    if not arguments.stored:
        found.save(KEPT)
    print("\n".join(report.tables(found)))
    if not (arguments.only or arguments.no_http or arguments.no_inside):
        report.write(found)
    return 0 if found.loads or found.lookups else 3


if __name__ == "__main__":
    os.sched_setaffinity(0, {OTHER_CORE} & os.sched_getaffinity(0) or os.sched_getaffinity(0))
    sys.exit(main())
