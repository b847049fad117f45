"""Small servers that a check is tried on: which there are, what must come out, and one check of one of them."""

import ast
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zlib import crc32

from cookielab.stage.agents import Agents
from cookielab.stage.checking import Check, Checked
from cookielab.stage.rows import Preflight
from cookielab.stage.scenario import Scenario
from cookielab.subjects import reading
from cookielab.subjects.kinds import Brought
from scenarios import SCENARIOS
from scenarios.expected import EXPECTED
from tests.subjects import profiles

HERE = Path(__file__).parent
SERVERS, MORE = HERE / "servers.py", HERE / "more"
"""MORE is a folder; no name is in both."""


@cache
def names(program: Path = SERVERS) -> tuple[str, ...]:
    """All servers of a program, in the order of its text: x_ok_…, x_bad_…, x_evil_…."""
    files = sorted(program.glob("*.py")) if program.is_dir() else [program]
    return tuple(
        f"x_{node.name}"
        for file in files
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and any(getattr(d, "id", "") == "reg" for d in node.decorator_list)
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check said. `verdict`: broken, holds or unknown, over all; `by`: the invariants that were broken;
    `folder`: the evidence; `seconds`: how long it took."""

    name: str
    verdict: str
    by: tuple[str, ...]
    flight: Preflight
    rows: tuple[Checked, ...]
    folder: Path
    seconds: float

    def told(self) -> str:
        """Why, for the message of a test that fails."""
        lines = [f"{self.name}: {self.verdict} {self.by}"]
        lines += [f"  preflight {row.what}: {row.saw}" for row in self.flight.rows if row.ok is False]
        lines += [f"  preflight {finding.invariant}: {finding.sentence}" for finding in self.flight.breaks]
        lines += [
            f"  {row.scenario.id}: {row.state}: {row.proof}" for row in self.rows if row.state in {"broken", "unknown"}
        ]
        return "\n".join(lines)


CORE = frozenset(
    "cycle nat port-reuse roam foreign-cookie forged forwarded-header address-each-connection forged-pin neighbour-lockout "
    "malformed-neighbour duplicates split-header restart fixation old-id-alive user-switch replay-after-logout two-tabs "
    "account-disabled".split()
)
"""What a usual run of the tests plays against every small server."""
BESIDE = {"x_bad_late_cookie": "late-set-cookie", "x_bad_on_connection": "connection-identity"}
"""What a server in the usual run is there for beside that."""


def usual(name: str) -> tuple[Scenario, ...]:
    """The scenarios that a usual run plays against this server: the core, and a quarter of the others, which is another one
    for each server, so that each scenario meets some of them. `make test-more` plays all."""

    def chosen(scenario: Scenario) -> bool:
        core = scenario.id in CORE or scenario.id == BESIDE.get(name)
        return core or crc32(f"{name} {scenario.id}".encode()) % 4 == 0

    return tuple(filter(chosen, SCENARIOS))


type Outcomes = Callable[[str], Outcome]
"""Gives what the check of a server said."""


def brought(name: str, folder: Path) -> Brought:
    """A server of one of the programs as somebody would bring it."""
    program = f"-m {MORE.name}" if name in names(MORE) else SERVERS.name
    text = profiles.of(name).format(python=sys.executable, program=program, name=name)
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Brought(name, reading.load(path, {}), HERE)


def check(agents: Agents, subject: Brought, folder: Path, scenarios: Sequence[Scenario] = SCENARIOS) -> Outcome:
    """The preflight and all scenarios. The power check is that of tests/scenarios, which plays every handler."""
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    subject.log = folder / "server.log"
    try:
        check = Check(agents.engine, agents, subject, folder, EXPECTED)
        flight = check.preflight()
        rows = () if flight.failed else tuple(check.rows(scenarios))
    finally:
        subject.close()
    broken = {finding.invariant for row in rows for finding in row.findings if finding.verdict == "broken"}
    broken |= {finding.invariant for finding in flight.breaks}
    states = {row.state for row in rows}
    verdict = "broken" if broken else "holds" if "holds" in states and "unknown" not in states else "unknown"
    return Outcome(subject.name, verdict, tuple(sorted(broken)), flight, rows, folder, time.monotonic() - began)
