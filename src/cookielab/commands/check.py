"""`cookielab check`: does a server that the lab has never seen keep people apart?"""

import argparse

from ..errors import one_of
from ..report import check as report
from ..report.progress import Progress
from ..stage.catalogue import catalogued
from ..stage.checking import Checked, exit_of
from .bringing import completed, session, split, subject


def command(arguments: argparse.Namespace) -> int:
    """Plays the preflight, then each scenario with its power check; prints the report and gives the exit code."""
    path, ids = split(arguments)
    brought = subject(arguments, path)
    catalogue = catalogued()
    chosen = [catalogue[one_of(catalogue, each, "scenario")] for each in dict.fromkeys(ids)] or list(catalogue.values())
    with session(arguments, brought) as (lab, check), Progress() as progress:
        completed(check, progress, quiet=arguments.json)
        if not arguments.json:
            report.opening(lab, check, chosen)
        flight = check.preflight(lambda row: progress.now(f"  preflight: {row.what}"))
        progress.end()
        if not arguments.json:
            report.flight(flight, brought.notes, whole=flight.failed is not None)
        rows: list[Checked] = []
        if flight.failed is None:
            progress.now("power check: each scenario first meets the handler that it must break")
            weak = {row.scenario.id: row for row in check.powers(chosen)}
            progress.fact(report.logins(check, flight))
            for row in check.rows(chosen):
                rows.append(weak.get(row.scenario.id, row))
                progress.now(f"  {rows[-1].scenario.id:24} {rows[-1].state}")
        progress.end()
        if arguments.json:
            print(report.document(lab, check, flight, rows))
        else:
            report.closing(check, flight, rows)
    if flight.breaks:
        return 1
    return 3 if flight.failed else exit_of(rows)
