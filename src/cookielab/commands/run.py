"""Runs scenarios against handlers in a lab and judges them: `cookielab run`."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..engines.process import output
from ..errors import UsageError
from ..judging.result import Result, exit_code
from ..lab import evidence
from ..lab import state as labs
from ..lab.apart import sweep
from ..lab.capture import check
from ..lab.state import Lab
from ..report.progress import Ahead
from ..stage.agents import Agents
from ..stage.scenario import Scenario
from .choosing import handlers as select_handlers
from .choosing import scenarios as select
from .playing import Wish, played

__all__ = ["Wish", "command", "plays", "somewhere"]

type Pairs = Sequence[tuple[Scenario, Sequence[str]]]
"""Scenarios, each with the handlers that it is to be played against."""


def command(arguments: argparse.Namespace) -> int:
    """Plays what was asked for, in the lab that is up or in one of its own, prints the report, gives the exit code."""
    from ..report import terminal

    wish = Wish(arguments.engine, arguments.capture, arguments.store)

    chosen = select(arguments.scenario)
    pairs: Pairs = [
        (scenario, select_handlers(scenario, arguments.handler, whole=len(chosen) > 1)) for scenario in chosen
    ]
    repeat, jobs = arguments.repeat, min(arguments.jobs, len(chosen))
    usual = "off" if len(chosen) > 1 else None
    if jobs > 1:
        return beside(arguments, replace(wish, capture=wish.capture or usual), pairs, jobs)
    with somewhere(replace(wish, capture=wish.capture or usual)) as (lab, kept):
        mode = wish.capture or usual or lab.record.capture
        check(lab, mode)
        pairs = realised(lab, pairs)
        folder = evidence.begin(f"run {' '.join(arguments.scenario)}")
        if not arguments.json:
            terminal.opening(lab, mode, gateway_kinds(lab))
        results, ahead = list[Result](), Ahead(plays_of(pairs, repeat))
        for result in plays(lab, pairs, mode, folder, repeat):
            results.append(result)
            if ahead.whole > 1:
                ahead.done(result)
    return told(arguments, lab, [scenario for scenario, _ in pairs], results, folder, kept=kept)


def plays_of(pairs: Pairs, repeat: int) -> int:
    """How many plays these are."""
    return repeat * sum(len(handlers) for _, handlers in pairs)


def beside(arguments: argparse.Namespace, wish: Wish, pairs: Pairs, jobs: int) -> int:
    """The same in several labs at the same time, none of which stays up."""
    from .side_by_side import plays as side_by_side

    lab = labs.prepare(wanted=wish.engine, capture=wish.capture, store=wish.store or "memory")
    check(lab, wish.capture or lab.record.capture)
    pairs = realised(lab, pairs)
    sweep(lab.engine.name)
    folder = evidence.begin(f"run {' '.join(arguments.scenario)}")
    if not arguments.json:
        print(f"engine {lab.engine.name}: {lab.why}; capture {wish.capture}; {jobs} labs side by side\n")
    results, ahead = list[Result](), Ahead(plays_of(pairs, arguments.repeat))
    for result in side_by_side(wish, pairs, folder, repeat=arguments.repeat, jobs=jobs):
        results.append(result)
        ahead.done(result)
    order = [scenario.id for scenario, _ in pairs]
    results.sort(key=lambda result: order.index(result.scenario))
    return told(arguments, lab, [scenario for scenario, _ in pairs], results, folder, kept=False)


def told(
    arguments: argparse.Namespace,
    lab: Lab,
    chosen: Sequence[Scenario],
    results: Sequence[Result],
    folder: Path,
    *,
    kept: bool,
) -> int:
    """Prints what came out, and gives the exit code."""
    from ..report import machine, terminal

    if arguments.json:
        print(machine.document(lab, results, folder))
    else:
        terminal.closing(lab, chosen, results, folder, kept=kept)
    code = exit_code(results)
    evidence.end(folder, code)
    return code


def realised(lab: Lab, pairs: Pairs) -> Pairs:
    """Those that this engine can realise. UsageError with the reason where it can none of them."""
    reasons = {scenario.id: scenario.not_on.get(lab.engine.name) for scenario, _ in pairs}
    for name, why in reasons.items():
        if why and all(reasons.values()):
            raise UsageError(f"{name} cannot be played on {lab.engine.name}: {why}")
        if why:
            print(f"{name} is left out on {lab.engine.name}: {why}", file=sys.stderr)
    return [pair for pair in pairs if not reasons[pair[0].id]]


def plays(
    lab: Lab, pairs: Iterable[tuple[Scenario, Sequence[str]]], capture: str, folder: Path, repeat: int = 1
) -> Iterator[Result]:
    """Every scenario against its handlers, in order; the history and the verdicts of each are in a folder of their own."""
    with Agents(lab.engine) as agents:
        yield from played(lab, agents, pairs, capture, folder=folder, repeat=repeat)


@contextmanager
def somewhere(wish: Wish) -> Iterator[tuple[Lab, bool]]:
    """The lab that is up, or one for this run alone that ends with it; and whether it stays up afterwards."""
    lab = labs.prepare(wanted=wish.engine, capture=wish.capture, store=wish.store or "memory")
    with labs.alone(lab.record.name):
        there = labs.find()
        if there and there.running():
            labs.insist(there, wish.engine, wish.store)
            with labs.playing(there):
                yield there, True
            return
        for removed in labs.down(there) if there else ():
            print(f"cleared from an earlier command: {removed}", file=sys.stderr)
        try:
            labs.up(lab, owned=True)
            yield lab, False
        finally:
            labs.down(lab)


def gateway_kinds(lab: Lab) -> dict[str, str]:
    """The NAT kind of each gateway, as the gateways themselves say."""
    import json

    shown = {}
    for gateway in lab.topology.gateways():
        argv = ("python", "-m", "nat.gateway", "show", "--json")
        shown[gateway.name] = str(json.loads(output(lab.engine.spawn(gateway.name, argv, privileged=True)))["kind"])
    return shown
