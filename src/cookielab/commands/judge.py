"""`cookielab judge`: judges stored histories again, one or all that lie below a folder."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import LabError, UsageError
from ..judging.events import RunStart
from ..judging.history import read
from ..judging.judge import judge
from ..judging.result import Result, exit_code
from ..places import shown
from ..stage.catalogue import expected, wanted

NAME = "history.jsonl"


def command(arguments: argparse.Namespace) -> int:
    return again(arguments.paths, as_json=arguments.json)


def again(paths: Sequence[Path], *, as_json: bool) -> int:
    """Judges them and prints the verdicts; the exit code is that of a run with these plays."""
    from ..report import machine, terminal

    files = list(dict.fromkeys(found for path in paths for found in _histories(path)))
    single = len(files) == 1 and not paths[0].is_dir()
    results: list[Result] = []
    for file in files:
        result = _judged(file, named=single or file in paths)
        if result is None:
            print(f"left out: {shown(file)} holds no play of a scenario", file=sys.stderr)
            continue
        results.append(result)
        if not as_json:
            terminal.again(result, None if single else file)
    if as_json:
        print(machine.result(results[0]) if single else machine.results(results))
    elif not single:
        terminal.counted(results)
    return exit_code(results)


def _histories(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        if not path.exists():
            raise UsageError(f"{path}: there is no such file or folder; `cookielab runs` lists what there is")
        yield path
        return
    found = sorted(path.rglob(NAME))
    if not found:
        raise UsageError(f"{path}: there is no {NAME} in it or below; name a folder such as .lab/runs")
    yield from found


def _judged(file: Path, *, named: bool) -> Result | None:
    """None for a history of a preflight, which is no play, unless just this file was asked for."""
    if not named and not file.stat().st_size:  # what recorded it was stopped at once
        return None
    events = read(file)
    start = events[0]
    if not isinstance(start, RunStart):
        if named:
            raise LabError(f"{file}: does not begin with a run-start event")
        return None
    due = wanted(start.scenario, start.subject) if start.scenario in expected() else None
    return Result(start.scenario, start.subject, judge(events), due, file.parent, events)
