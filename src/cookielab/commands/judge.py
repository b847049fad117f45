"""`cookielab judge`: judges a stored history again."""

import argparse
from pathlib import Path

from ..errors import LabError
from ..judging.events import RunStart
from ..judging.history import read
from ..judging.judge import judge
from ..judging.result import Result, exit_code
from ..stage.catalogue import expected


def command(arguments: argparse.Namespace) -> int:
    return again(arguments.file, as_json=arguments.json)


def again(path: Path, *, as_json: bool) -> int:
    """Judges a stored history and prints the verdicts; the exit code is that of a run with this one play."""
    from ..report import machine, terminal

    events = read(path)
    findings = judge(events)
    start = events[0]
    if not isinstance(start, RunStart):
        raise LabError(f"{path}: does not begin with a run-start event")
    wanted = expected().get(start.scenario, {}).get(start.subject)
    result = Result(start.scenario, start.subject, findings, wanted, path.parent, events)
    if as_json:
        print(machine.result(result))
    else:
        terminal.verdicts([result])
    return exit_code([result])
