"""The report of a check: what can be judged, the preflight, one row a scenario with its proof, the likely cause, the remedy."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ..judging.verdict import Verdict
from ..places import shown
from ..stage.likeness import likeness, remedies
from .plain import plain
from .terminal import console

if TYPE_CHECKING:
    from ..lab.state import Lab
    from ..stage.checking import Check, Checked
    from ..stage.rows import Preflight
    from ..stage.stage import Scenario

STYLES = {"holds": "green", "broken": "red", "unknown": "yellow", "told": "", "left out": "dim"}
CALM = {
    Verdict.BROKEN: "broken in calm, too, each person at an address of their own: a plain bug",
    Verdict.HOLDS: "holds in calm; so it is the shared address, the order or the concurrency",
}
"""What the calm twin's verdict says of what broke."""
MARKS = {True: ("ok", "green"), False: ("NO", "bold red"), None: ("-", "dim")}


def opening(lab: "Lab", check: "Check", chosen: Sequence["Scenario"]) -> None:
    """What is tested, on which engine, what can be judged and what cannot."""
    out = console()
    out.print(Text(f"{plain(check.subject.name)} on engine {lab.engine.name}"))
    out.print(Text(f"can be judged: {_sight(check)}"))
    left = Counter(why for scenario in chosen if (why := check.reason_to_leave_out(scenario)))
    for why, count in left.items():
        names = ", ".join(s.id for s in chosen if check.reason_to_leave_out(s) == why)
        out.print(Text(f"not applicable ({count}): {names}: {plain(why)}"))
    out.print()


def _sight(check: "Check") -> str:
    from ..subjects.profile import abilities

    offered = abilities(check.subject.profile)
    note = check.subject.profile.note
    if note is not None and note.shared and "whoami" in offered:
        return "all invariants; isolation by ids and by what `me` shows alone, for notes are shared"
    if {"write", "read", "whoami"} <= offered:
        return "all invariants, by a note and by what `me` shows"
    if "whoami" in offered:
        return "isolation, steadiness, authenticity, finality and uniqueness, by what `me` shows; a `note` would add continuity and durability"
    return "nothing yet: the profile needs `me`"


def flight(result: "Preflight", notes: Sequence[str] = (), *, whole: bool) -> None:
    """The preflight: its whole table, or one line where all of it is right; before it how the server runs."""
    out = console()
    for note in notes:
        out.print(Text(f"the server: {plain(note)}"))
    if not whole:
        good = sum(row.ok is True for row in result.rows)
        cookies = next((row.saw for row in result.rows if row.what == "session cookies"), "")
        out.print(Text(f"preflight: {good} rows right; session cookies: {plain(cookies)}"))
        return
    width = max((len(row.what) for row in result.rows), default=0)
    for row in result.rows:
        mark, style = MARKS[row.ok]
        line = Text(f"  {mark:3}", style=style)
        line.append(f"{plain(row.what):{width}}  {plain(row.saw)[:400]}", style="")
        out.print(line)
        if row.ok is False and row.line:
            out.print(Text(f"     {'':{width}}  the profile's line: {row.line}"))


def logins(check: "Check", result: "Preflight") -> str:
    """How many logins will be made, and about how long they take: passwords are hashed slowly on purpose."""
    seconds = check.logins * result.login_seconds
    return f"about {check.logins} logins, {seconds:.0f} s at {result.login_seconds:.2f} s each"


def closing(check: "Check", result: "Preflight", rows: Sequence["Checked"]) -> None:
    """The rows with their proof, what could not be judged, the observations, the cause and the remedy."""
    out = console()
    for finding in result.breaks:
        line = Text("BROKEN", style="bold red")
        line.append(
            f"  in the preflight, in calm and in order: {finding.invariant}: {plain(finding.sentence)}", style=""
        )
        out.print(line)
    failed = result.failed
    if failed is not None and not result.breaks:
        out.print(Text(f"nothing is judged: the preflight's row '{failed.what}' is not right", style="yellow"))
    played = [row for row in rows if row.state != "left out"]
    for row in played:
        line = Text(f"{row.scenario.id:24} ")
        line.append(f"{row.state:8}", style=STYLES[row.state])
        line.append(f" {plain(_sentence(row))}")
        out.print(line)
    unknown = [row for row in rows if row.state == "unknown"]
    if unknown:
        out.print(Text(f"\n{len(unknown)} could not be judged, see above"))
    notes = list(dict.fromkeys([*result.observations, *(text for row in rows for text in row.observations)]))
    if notes:
        out.print(Text("\nobserved, not judged:"))
        for text in notes:
            out.print(Text(f"  {plain(text)}"))
    _cause(out, check, rows)
    if rows or failed:
        out.print(Text(f"\nevidence  {shown(check.folder)}/"))


def _sentence(row: "Checked") -> str:
    if row.state == "holds" and row.scenario.repeated:
        return f"not observed in {row.requests} requests; {row.proof}"
    return row.proof or (
        "it is a matter of taste; what was seen is among the observations" if row.state == "told" else ""
    )


def _cause(out: Any, check: "Check", rows: Sequence["Checked"]) -> None:
    broken = [row for row in rows if row.state == "broken"]
    if not broken:
        return
    if like := likeness(rows, check.expected):
        out.print(Text(f"\nlikely cause: the server {like}"))
    for verdict, said in CALM.items():
        ids = [row.scenario.id for row in broken if row.calm is verdict]
        if ids:
            out.print(Text(f"{', '.join(ids)}: {said}"))
    out.print(Text("\nremedy"))
    for text in remedies(rows, check.expected):
        out.print(Text(f"  {text}"))


def document(lab: "Lab", check: "Check", result: "Preflight", rows: Sequence["Checked"]) -> str:
    """All of it as JSON, pure ASCII."""
    return json.dumps(
        {
            "subject": check.subject.name,
            "engine": lab.engine.name,
            "evidence": str(check.folder),
            "preflight": [asdict(row) for row in result.rows],
            "breaks": [asdict(finding) for finding in result.breaks],
            "scenarios": [
                {
                    "scenario": row.scenario.id,
                    "verdict": row.state,
                    "proof": row.proof,
                    "calm": row.calm,
                    "power": row.power,
                    "findings": [asdict(finding) for finding in row.findings],
                    "observations": list(row.observations),
                }
                for row in rows
            ],
            "observations": result.observations,
            "likeness": likeness(rows, check.expected),
        },
        indent=1,
    )
