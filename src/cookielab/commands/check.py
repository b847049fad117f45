"""`cookielab check`: does a server that the lab has never seen keep people apart?"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..errors import one_of
from ..lab import evidence
from ..lab.state import Lab
from ..report import baseline, outcome
from ..report import check as report
from ..report.baseline import Applied
from ..report.files import FORMATS, Files
from ..report.outcome import Outcome
from ..report.progress import Progress
from ..stage.catalogue import catalogued
from ..stage.checking import Check, Checked, exit_of
from ..stage.rows import Preflight
from ..stage.scenario import Scenario
from .bringing import completed, session, split, subject

SLOW = 0.3
"""Seconds of a login that is worth a word before the scenarios begin."""
WORST = ("broken", "unknown")
"""What a check may be told to fail on; by default on both."""


def command(arguments: argparse.Namespace) -> int:
    """Plays the preflight, then each scenario with its power check; prints the report and gives the exit code."""
    with Files({option: getattr(arguments, option) for option in FORMATS}, arguments.baseline) as files:
        return _checked(arguments, files)


def _checked(arguments: argparse.Namespace, files: Files) -> int:
    path, ids = split(arguments)
    fail_on = one_of(WORST, arguments.fail_on, "verdict to fail on")
    brought = subject(arguments, path)
    catalogue = catalogued()
    chosen = [catalogue[one_of(catalogue, each, "scenario")] for each in dict.fromkeys(ids)] or list(catalogue.values())
    entries = baseline.read(arguments.baseline, catalogue) if arguments.baseline else []
    files.known = Outcome(brought.name, where=outcome.in_profile(brought.profile))
    with session(arguments, brought) as (lab, check), Progress() as progress:
        check.repeat = arguments.repeat
        if arguments.seed is not None:
            check.seed = arguments.seed
        files.known = _known(lab, check)
        completed(arguments, check, progress)
        told = frozenset[str]() if arguments.json else report.opening(lab, check, chosen)
        flight = check.preflight(lambda row: progress.now(f"  preflight: {row.what}"))
        progress.end()
        if not arguments.json:
            report.flight(flight, brought.notes, whole=flight.failed is not None)
            report.left_out(check, chosen, told)
        rows: list[Checked] = []
        counted = baseline.apply(entries, rows, flight.breaks, baseline.today())
        files.known = replace(files.known, flight=flight, counted=counted)
        if flight.failed is None:
            for row in _played(check, chosen, flight, progress):
                rows.append(row)
                counted = baseline.apply(entries, rows, flight.breaks, baseline.today())
                files.known = replace(files.known, counted=counted)
                progress.now(f"  {row.scenario.id:24} {row.state}")
        progress.end()
        code = _code(flight, counted, fail_on)
        evidence.end(check.folder, code)
        files.end(replace(_known(lab, check), flight=flight, counted=counted, exit_code=code))
        if arguments.json:
            print(report.document(lab, check, flight, rows, counted))
        else:
            report.closing(check, flight, rows, counted)
    return code


def _played(check: Check, chosen: Sequence[Scenario], flight: Preflight, progress: Progress) -> Iterator[Checked]:
    """What became of each scenario. Each first meets the handler that it must break; all of them at once where logins are
    slow, for these plays count the logins, and the user should know beforehand how long it will take.
    """
    slow = flight.login_seconds > SLOW
    weak: dict[str, Checked] = {}
    if slow:
        progress.now("power check: each scenario first meets the handler that it must break")
        weak = {row.scenario.id: row for row in check.powers(chosen)}
        progress.fact(report.logins(check, flight))
    for scenario in chosen:
        if not slow:
            weak |= {row.scenario.id: row for row in check.powers([scenario])}
        for row in check.rows([scenario]):
            yield weak.get(row.scenario.id, row)


def _code(flight: Preflight, counted: Applied, fail_on: str) -> int:
    if counted.breaks:
        return 1
    if flight.failed:
        return 3
    return exit_of(counted.rows, bear=() if fail_on == "unknown" else ("unknown",))


def _known(lab: Lab, check: Check) -> Outcome:
    """What is known before anything is judged."""
    profile = outcome.in_profile(check.subject.profile)
    return Outcome(check.subject.name, lab.engine.name, check.folder, check.seed, check.repeat, where=profile)
