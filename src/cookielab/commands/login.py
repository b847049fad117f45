"""`cookielab login`: the preflight alone: does the profile tell the truth about the server?"""

import argparse

from ..errors import UsageError
from ..lab import evidence
from ..report import check as report
from ..report.progress import Progress
from .bringing import completed, session, split, subject


def command(arguments: argparse.Namespace) -> int:
    """Prints the whole table; 0 if every row is right, 1 if the server itself is wrong even so, else 3."""
    path, more = split(arguments)
    if more:
        raise UsageError(f"login takes a profile or a URL alone, and {more[0]!r} is neither: a profile ends with .yaml")
    brought = subject(arguments, path)
    with session(arguments, brought) as (lab, check):
        with Progress() as progress:
            completed(arguments, check, progress)
            flight = check.preflight(lambda row: progress.now(f"  {row.what}"))
        if arguments.json:
            print(report.document(lab, check, flight, []))
        else:
            report.flight(flight, brought.notes, whole=True)
            report.closing(check, flight, [])
    code = 1 if flight.breaks else 3 if flight.failed else 0
    evidence.end(check.folder, code)
    return code
