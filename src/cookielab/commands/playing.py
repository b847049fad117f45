"""Plays scenarios against handlers in a lab that is up, and judges them."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..judging.judge import judge, store
from ..judging.result import Result
from ..lab import parts
from ..lab.capture import capturing
from ..lab.state import Lab
from ..stage.agents import Agents
from ..stage.catalogue import wanted
from ..stage.play import play
from ..stage.scenario import Scenario
from ..subjects import kinds


@dataclass(frozen=True, slots=True)
class Wish:
    """The lab that a run was asked to use; None: whatever there is, or the default."""

    engine: str | None = None
    capture: str | None = None
    store: str | None = None


def played(
    lab: Lab,
    agents: Agents,
    pairs: Iterable[tuple[Scenario, Sequence[str]]],
    capture: str,
    *,
    folder: Path,
    repeat: int,
) -> Iterator[Result]:
    """Every scenario against its handlers, in order; the history and the verdicts of each are in a folder of their own.

    Each pair is played `repeat` times.
    """
    for scenario, handlers in pairs:
        place = folder / scenario.id
        place.mkdir(parents=True)
        mode = scenario.capture or capture
        if mode != capture:
            print(f"{scenario.id} needs capture={scenario.capture}: it is used for this scenario", file=sys.stderr)
        with parts.present(lab.engine, scenario.parts) as missing, capturing(lab, mode, place):
            for handler in handlers:
                for number in range(repeat):
                    history = play(
                        scenario, kinds.handler(handler), engine=lab.engine, agents=agents, run=folder.name, capture=mode,
                        folder=place / (f"{handler}-{number + 1}" if number else handler), missing=missing,
                    )  # fmt: skip
                    findings = judge(history.events)
                    store(history.path.with_name("verdicts.json"), history.events, findings)
                    due = wanted(scenario.id, handler)
                    yield Result(scenario.id, handler, findings, due, history.path.parent, history.events)
