"""Small servers that a check is tried on: which there are, what must come out, and one check of one of them."""

import ast
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cookielab.engines.base import Engine
from cookielab.stage.agents import Agents
from cookielab.stage.checking import Check, Checked
from cookielab.stage.rows import Preflight
from cookielab.stage.stage import Scenario
from cookielab.subjects import reading
from cookielab.subjects.kinds import Brought
from scenarios import SCENARIOS
from scenarios.expected import EXPECTED

HERE = Path(__file__).parent
SERVERS = HERE / "servers.py"
PROFILE = """
run: {python} {program} {name} {{port}}
host: server.lab.test:{{port}}
users:
  alice: {{}}
  bob: {{}}
login: {{json: {{post: /login, body: {{user: "{{username}}"}}}}}}
me: {{get: /whoami, json: {me}}}
note:
  write: {{put: /note, json: {{note: "{{canary}}"}}}}
  read: {{get: /note, json: note}}
logout: {{post: /logout, json: {{}}}}
"""


def names(program: Path = SERVERS) -> list[str]:
    """All servers of the file, in its order: x_ok_…, x_bad_…, x_evil_…."""
    tree = ast.parse(program.read_text(encoding="utf-8"))
    return [
        f"x_{node.name}"
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any(getattr(d, "id", "") == "reg" for d in node.decorator_list)
    ]


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


def brought(name: str, folder: Path, program: Path = SERVERS) -> Brought:
    """A server of the file as somebody would bring it."""
    me = "name" if name == "x_bad_whoami_text" else "user"
    text = PROFILE.format(python=sys.executable, program=program, name=name, me=me)
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Brought(name, reading.load(path, {}), program.parent)


def check(
    engine: Engine, agents: Agents, subject: Brought, folder: Path, scenarios: Sequence[Scenario] = SCENARIOS
) -> Outcome:
    """The preflight and all scenarios. The power check is that of tests/scenarios, which plays every handler."""
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    subject.log = folder / "server.log"
    try:
        check = Check(engine, agents, subject, folder, EXPECTED)
        flight = check.preflight()
        rows = () if flight.failed else tuple(check.rows(scenarios))
    finally:
        subject.close()
    broken = {finding.invariant for row in rows for finding in row.findings if finding.verdict == "broken"}
    broken |= {finding.invariant for finding in flight.breaks}
    states = {row.state for row in rows}
    verdict = "broken" if broken else "holds" if "holds" in states and "unknown" not in states else "unknown"
    return Outcome(subject.name, verdict, tuple(sorted(broken)), flight, rows, folder, time.monotonic() - began)
