"""`cookielab init`: finds out how people use a server, writes the profile, and says whether it tells the truth."""

import argparse
import json
from pathlib import Path

from ..errors import UsageError
from ..lab import evidence
from ..report import check as report
from ..report.plain import plain
from ..report.progress import Progress
from ..stage.checking import Check
from ..stage.rows import Preflight
from ..subjects import reading
from ..subjects.finding import Found
from .bringing import DEFAULT, session, split, subject, who


def command(arguments: argparse.Namespace) -> int:
    """Writes the file, then plays the preflight by it: 0 if all of that is right, 1 if the server is wrong even so, else 3."""
    named, more = split(arguments)
    if more:
        raise UsageError(
            f"init takes the name of a file at the most, and {more[0]!r} is none: a profile ends with .yaml"
        )
    path = named or Path(DEFAULT)
    there = path.exists()
    if there and not arguments.force:
        raise UsageError(
            f"{path} is there already: `cookielab login` tries it, `cookielab init --force` writes over it"
        )
    brought = subject(arguments, None)
    with session(arguments, brought) as (lab, check), Progress() as progress:
        progress.now("finding out how people use the server")
        found = check.find_out(path.absolute())
        progress.end()
        path.write_text(found.text, encoding="utf-8")
        if not arguments.json:
            _tell(found, path, over=there)
            if needed := who(arguments, brought, found, force=True):
                print(needed)
        flight = None if found.lacking else _flown(check, path, progress)
        if arguments.json:
            told = {"file": str(path), "found": found.guesses, "missing": found.missing}
            rest = json.loads(report.document(lab, check, flight, [])) if flight else {}
            print(json.dumps(told | rest, indent=1))
        elif flight is not None:
            report.flight(flight, brought.notes, whole=True)
            report.closing(check, flight, [])
            if flight.failed is None:
                print(f"\nnext: cookielab check{'' if path.name == DEFAULT else f' {path}'}")
    code = 1 if flight is not None and flight.breaks else 3 if flight is None or flight.failed else 0
    evidence.end(check.folder, code)
    return code


def _flown(check: Check, path: Path, progress: Progress) -> Preflight:
    """The preflight of what was written, on a server that nobody has used yet, where the lab starts it."""
    check.subject.close()
    check.subject.profile = reading.load(path)
    return check.preflight(lambda row: progress.now(f"  {row.what}"))


def _tell(found: Found, path: Path, *, over: bool) -> None:
    """What was found, line by line, and what was not."""
    for line in found.guesses:
        print(plain(line))
    for line in found.missing:
        print(f"not found: {plain(line)}")
    how = "written over what was there" if over else "written"
    print(f"{path}: {how}, after {found.requests} requests in {found.seconds:.1f} s\n")
