"""Plays scenarios in the shared lab as `cookielab run` does, each row of the matrix once, and remembers what came out."""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import pytest

from cookielab.commands import run
from cookielab.engines.base import Engine
from cookielab.judging.result import Result
from cookielab.lab.parts import PARTS
from cookielab.lab.state import Lab, Record
from scenarios import SCENARIOS
from scenarios.expected import EXPECTED
from tests import tools

CATALOGUE = {scenario.id: scenario for scenario in SCENARIOS}


@dataclass(slots=True)
class Theatre:
    """Plays by capture mode and scenario; the evidence lies in `folder(capture)/<scenario>`."""

    engine: Engine
    place: Path
    rows: dict[tuple[str, str], dict[str, Result]] = field(default_factory=dict)

    @property
    def lab(self) -> Lab:
        """The shared lab as the commands would know it: up, with mitmproxy."""
        topology = self.engine.topology
        record = Record(
            topology.name, self.engine.name, "tests", str(topology.source), "mitm", "", True, topology.variables
        )
        return Lab(record, self.engine, "it is the one of the tests")

    def folder(self, capture: str) -> Path:
        return self.place / capture

    def row(self, scenario: str, capture: str = "off", handlers: tuple[str, ...] = ()) -> dict[str, Result]:
        """A scenario against these handlers, or all of the table, by handler; played when it is first asked for."""
        self.need(scenario)
        if (scenario, capture) not in self.rows:
            pairs = [(CATALOGUE[scenario], handlers or tuple(EXPECTED[scenario]))]
            played = run.plays(self.lab, pairs, capture, self.folder(capture))
            self.rows[scenario, capture] = {result.handler: result for result in played}
        return self.rows[scenario, capture]

    def need(self, scenario: str) -> None:
        """Skips the test where this machine, or this engine, lacks what the scenario needs."""
        if self.engine.name == "netns":  # on Docker the image has them
            tools.need(*(program for part in CATALOGUE[scenario].parts for program in PARTS[part].programs))
        if why := CATALOGUE[scenario].not_on.get(self.engine.name):
            pytest.skip(f"{scenario} cannot be played on {self.engine.name}: {why}")


THEATRES: dict[str, Theatre] = {}
"""Those that have opened in this test process, by engine."""


def of(lab: Engine, base: Path) -> Theatre:
    """The theatre of this lab; when it opens, with a folder of its own under `base`."""
    if lab.name not in THEATRES:
        THEATRES[lab.name] = Theatre(lab, Path(mkdtemp(dir=base)))
    return THEATRES[lab.name]
