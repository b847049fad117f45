"""`cookielab check`: does a server that the lab has never seen keep people apart?"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..errors import UsageError, one_of
from ..lab import evidence
from ..lab.state import Lab
from ..report import baseline, outcome
from ..report import check as report
from ..report.baseline import Applied
from ..report.outcome import Outcome
from ..report.progress import Progress
from ..stage.catalogue import catalogued
from ..stage.checking import Check, Checked, exit_of
from ..stage.rows import Preflight
from ..stage.stage import Scenario
from .bringing import completed, session, split, subject

SLOW = 0.3
"""Seconds of a login that is worth a word before the scenarios begin."""
WORST = ("broken", "unknown")
"""What a check may be told to fail on; by default on both."""


def command(arguments: argparse.Namespace) -> int:
    """Plays the preflight, then each scenario with its power check; prints the report and gives the exit code."""
    path, ids = split(arguments)
    fail_on = one_of(WORST, arguments.fail_on, "verdict to fail on")
    brought = subject(arguments, path)
    catalogue = catalogued()
    chosen = [catalogue[one_of(catalogue, each, "scenario")] for each in dict.fromkeys(ids)] or list(catalogue.values())
    entries = baseline.read(arguments.baseline, catalogue) if arguments.baseline else []
    _writable(arguments)
    with session(arguments, brought) as (lab, check), Progress() as progress:
        check.repeat = arguments.repeat
        if arguments.seed is not None:
            check.seed = arguments.seed
        completed(arguments, check, progress)
        told = frozenset[str]() if arguments.json else report.opening(lab, check, chosen)
        flight = check.preflight(lambda row: progress.now(f"  preflight: {row.what}"))
        progress.end()
        if not arguments.json:
            report.flight(flight, brought.notes, whole=flight.failed is not None)
            report.left_out(check, chosen, told)
        rows: list[Checked] = []
        if flight.failed is None:
            for row in _played(check, chosen, flight, progress):
                rows.append(row)
                progress.now(f"  {row.scenario.id:24} {row.state}")
        progress.end()
        counted = baseline.apply(entries, rows, flight.breaks, baseline.today())
        code = _code(flight, counted, fail_on)
        if arguments.json:
            print(report.document(lab, check, flight, rows, counted))
        else:
            report.closing(check, flight, rows, counted)
        evidence.end(check.folder, code)
        _hand_out(arguments, _outcome(lab, check, flight, counted, code))
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


def _outcome(lab: Lab, check: Check, flight: Preflight, counted: Applied, code: int) -> Outcome:
    return Outcome(
        check.subject.name, lab.engine.name, check.folder, check.seed, check.repeat, flight, counted, code,
        outcome.in_profile(check.subject.profile),
    )  # fmt: skip


def _formats() -> dict[str, Callable[[Outcome], str]]:
    """By the option that asks for it."""
    from ..report import junit, markdown, sarif

    return {"junit": junit.document, "markdown": markdown.document, "sarif": sarif.document}


def _writable(arguments: argparse.Namespace) -> None:
    """UsageError for a file that cannot be written, before minutes are spent on what goes into it."""
    for option in ("junit", "markdown", "sarif"):
        path: Path | None = getattr(arguments, option)
        if path is not None and not path.absolute().parent.is_dir():
            raise UsageError(f"--{option} {path}: there is no folder {path.absolute().parent}; make it")


def _hand_out(arguments: argparse.Namespace, whole: Outcome) -> None:
    """Writes the files that were asked for, and the summary where a code host asks for one."""
    from ..report import markdown

    for option, made in _formats().items():
        path: Path | None = getattr(arguments, option)
        if path is not None:
            path.write_text(made(whole), encoding="utf-8")
    if arguments.sarif and whole.where("") is None:
        print(
            f"{arguments.sarif}: no result has a line, for no profile stands in a file; see `cookielab init`",
            file=sys.stderr,
        )
    markdown.summarise(whole)
