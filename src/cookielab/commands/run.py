"""Runs scenarios against handlers in a lab and judges them: `cookielab run`."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..engines.process import output
from ..errors import UsageError, one_of
from ..judging.judge import judge, store
from ..judging.result import Result, exit_code
from ..lab import evidence, parts
from ..lab import state as labs
from ..lab.capture import capturing, check
from ..lab.state import Lab
from ..stage.agents import Agents
from ..stage.catalogue import catalogued, expected
from ..stage.play import play
from ..stage.stage import Scenario
from ..subjects import kinds
from ..subjects.handlers import ALL

FIX = "session_table"


@dataclass(frozen=True, slots=True)
class Wish:
    """The lab that a run was asked to use; None: whatever there is, or the default."""

    engine: str | None = None
    capture: str | None = None
    store: str | None = None


def command(arguments: argparse.Namespace) -> int:
    """Plays what was asked for, in the lab that is up or in one of its own, prints the report, gives the exit code."""
    from ..report import machine, terminal

    wish = Wish(arguments.engine, arguments.capture, arguments.store)

    chosen = select(arguments.scenario)
    subjects = {scenario.id: select_handlers(scenario, arguments.handler, whole=len(chosen) > 1) for scenario in chosen}
    usual = "off" if len(chosen) > 1 else None
    with somewhere(replace(wish, capture=wish.capture or usual)) as (lab, kept):
        mode = wish.capture or usual or lab.record.capture
        check(lab, mode)
        chosen = tuple(realised(lab, chosen))
        folder = evidence.begin(f"run {' '.join(arguments.scenario)}")
        if not arguments.json:
            terminal.opening(lab, mode, gateway_kinds(lab))
        results: list[Result] = []
        for result in plays(lab, [(scenario, subjects[scenario.id]) for scenario in chosen], mode, folder):
            results.append(result)
            if len(chosen) > 1:
                terminal.progress(result)
    if arguments.json:
        print(machine.document(lab, results, folder))
    else:
        terminal.closing(lab, chosen, results, folder, kept=kept)
    code = exit_code(results)
    evidence.end(folder, code)
    return code


def realised(lab: Lab, chosen: Sequence[Scenario]) -> Iterator[Scenario]:
    """Those that this engine can realise. UsageError with the reason where it can none of them."""
    reasons = {scenario.id: scenario.not_on.get(lab.engine.name) for scenario in chosen}
    for name, why in reasons.items():
        if why and all(reasons.values()):
            raise UsageError(f"{name} cannot be played on {lab.engine.name}: {why}")
        if why:
            print(f"{name} is left out on {lab.engine.name}: {why}", file=sys.stderr)
    yield from (scenario for scenario in chosen if not reasons[scenario.id])


def plays(lab: Lab, pairs: Iterable[tuple[Scenario, Sequence[str]]], capture: str, folder: Path) -> Iterator[Result]:
    """Every scenario against its handlers, in order; the history and the verdicts of each are in a folder of their own."""
    verdicts = expected()
    with Agents(lab.engine) as agents:
        for scenario, handlers in pairs:
            place = folder / scenario.id
            place.mkdir(parents=True)
            mode = scenario.capture or capture
            if mode != capture:
                print(f"{scenario.id} needs capture={scenario.capture}: it is used for this scenario", file=sys.stderr)
            with parts.present(lab.engine, scenario.parts) as missing, capturing(lab, mode, place):
                for handler in handlers:
                    history = play(
                        scenario, kinds.handler(handler), engine=lab.engine, agents=agents, run=folder.name, capture=mode,
                        folder=place / handler, missing=missing,
                    )  # fmt: skip
                    findings = judge(history.events)
                    store(history.path.with_name("verdicts.json"), history.events, findings)
                    wanted = verdicts[scenario.id].get(handler)
                    yield Result(scenario.id, handler, findings, wanted, history.path.parent, history.events)


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


def select(ids: Sequence[str]) -> tuple[Scenario, ...]:
    """The scenarios of these ids, all of them for 'all'; UsageError with the nearest id for one that does not exist."""
    catalogue = catalogued()
    if "all" in ids:
        return tuple(catalogue.values())
    return tuple(catalogue[one_of(catalogue, name, "scenario")] for name in dict.fromkeys(ids))


def select_handlers(scenario: Scenario, names: Sequence[str], *, whole: bool) -> tuple[str, ...]:
    """The handlers to play against: those named; by default the ones it must break and the fix, in a matrix those of the table."""
    if "all" in names or (whole and not names):
        return tuple(expected()[scenario.id])
    wanted = [one_of(ALL, name, "handler") for name in names] or [*scenario.must_break, FIX]
    return tuple(handler for handler in ALL if handler in wanted)
