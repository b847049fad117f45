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
from .layout import console, row
from .plain import plain

if TYPE_CHECKING:
    from ..lab.state import Lab
    from ..stage.checking import Check, Checked
    from ..stage.rows import Preflight
    from ..stage.scenario import Scenario
    from .baseline import Applied

STYLES = {"holds": "green", "broken": "red", "unknown": "yellow", "told": "", "accepted": "dim", "left out": "dim"}
CALM = {
    Verdict.BROKEN: "broken in calm, too, each person at an address of their own: a plain bug",
    Verdict.HOLDS: "holds in calm; so it is the shared address, the order or the concurrency",
}
"""What the calm twin's verdict says of what broke."""
BETWEEN = "holds in calm, without the proxy or cache in between; so it is that, the order or the concurrency"
"""The same for a scenario that puts one in front of the server."""
MARKS = {True: ("ok", "green"), False: ("NO", "bold red"), None: ("-", "dim")}


def opening(lab: "Lab", check: "Check", chosen: Sequence["Scenario"]) -> frozenset[str]:
    """What is tested, on which engine, what can be judged and what cannot; gives the scenarios that cannot be played."""
    out = console()
    out.print(Text(f"{plain(check.subject.name)} on engine {lab.engine.name}"))
    row(out, ("can be judged: ", 15), _sight(check))
    left = left_out(check, chosen)
    out.print()
    return left


def left_out(check: "Check", chosen: Sequence["Scenario"], told: frozenset[str] = frozenset()) -> frozenset[str]:
    """Tells which scenarios cannot be played, and why; those apart that have been told of. Gives all of them."""
    out = console()
    reasons = {scenario.id: why for scenario in chosen if (why := check.reason_to_leave_out(scenario))}
    fresh = {name: why for name, why in reasons.items() if name not in told}
    for why, count in Counter(fresh.values()).items():
        names = ", ".join(name for name in fresh if fresh[name] == why)
        row(out, (f"not applicable ({count}): ", 20), f"{names}: {plain(why)}")
    return frozenset(reasons)


def _sight(check: "Check") -> str:
    from ..subjects.abilities import abilities

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
        row(out, ("the server: ", 12), plain(note))
    if not whole:
        good = sum(row.ok is True for row in result.rows)
        cookies = next((row.saw for row in result.rows if row.what == "session cookies"), "")
        row(out, ("preflight: ", 11), f"{good} rows right; session cookies: {plain(cookies)}")
        return
    width = max((len(each.what) for each in result.rows), default=0) + 2
    for each in result.rows:
        mark, style = MARKS[each.ok]
        row(out, ("", 2), (Text(mark, style=style), 3), (plain(each.what), width), plain(each.saw)[:400])
        if each.ok is False and each.line:
            row(out, ("", 5), ("", width), f"the profile's line: {each.line}")


def logins(check: "Check", result: "Preflight") -> str:
    """How many logins will be made, and about how long they take: passwords are hashed slowly on purpose."""
    seconds = check.logins * result.login_seconds
    return f"about {check.logins} logins, {seconds:.0f} s at {result.login_seconds:.2f} s each"


def closing(check: "Check", result: "Preflight", rows: Sequence["Checked"], counted: "Applied | None" = None) -> None:
    """The rows with their proof, what could not be judged, the observations, the cause and the remedy.

    `counted`: the same by a baseline: what is in it does not count.
    """
    out = console()
    rows = counted.rows if counted else rows
    for finding in counted.breaks if counted else result.breaks:
        said = f"in the preflight, in calm and in order: {finding.invariant}: {plain(finding.sentence)}"
        row(out, (Text("BROKEN", style="bold red"), 8), said)
    failed = result.failed
    if failed is not None and not result.breaks:
        out.print(Text(f"nothing is judged: the preflight's row '{failed.what}' is not right", style="yellow"))
    for each in rows:
        if each.state != "left out":
            row(out, (each.scenario.id, 25), (Text(each.state, style=STYLES[each.state]), 9), plain(sentence(each)))
    unknown = [each for each in rows if each.state == "unknown"]
    if unknown:
        out.print(Text(f"\n{len(unknown)} could not be judged, see above"))
    notes = list(dict.fromkeys([*result.observations, *(text for each in rows for text in each.observations)]))
    if notes:
        out.print(Text("\nobserved, not judged:"))
        for text in notes:
            row(out, ("", 2), plain(text))
    _cause(out, check, rows)
    if counted and counted.told:
        out.print()
    for text in counted.told if counted else ():
        row(out, ("baseline  ", 10), plain(text))
    if rows or failed:
        out.print()
    if rows:
        again = f" --repeat {check.repeat}" if check.repeat > 1 else ""
        row(
            out, ("seed      ", 10), f"{check.seed}  (what was chosen by chance; again with --seed {check.seed}{again})"
        )
    if rows or failed:
        out.print(Text(f"evidence  {shown(check.folder)}/"))


def sentence(row: "Checked") -> str:
    """What decided it, or why nothing was decided."""
    again = f" in {row.plays} plays" if row.plays > 1 else ""
    if row.state == "holds" and row.scenario.repeated:
        return f"not observed in {row.requests} requests{again}; {row.proof}"
    if row.state == "holds" and again:
        return f"{row.proof}; so in each of {row.plays} plays"
    return row.proof or (
        "it is a matter of taste; what was seen is among the observations" if row.state == "told" else ""
    )


def in_calm(row: "Checked") -> str:
    """What the calm twin says of a scenario that broke; empty where there was none, or it decided nothing."""
    if row.scenario.parts and row.calm is Verdict.HOLDS:
        return BETWEEN
    return CALM.get(row.calm, "") if row.calm else ""


def _cause(out: Any, check: "Check", rows: Sequence["Checked"]) -> None:
    broken = [row for row in rows if row.state == "broken"]
    if not broken:
        return
    if like := likeness(rows, check.expected):
        out.print()
        row(out, ("likely cause: ", 14), f"the server {like}")
    for said in (*CALM.values(), BETWEEN):
        if ids := [each.scenario.id for each in broken if in_calm(each) == said]:
            row(out, f"{', '.join(ids)}: {said}")
    out.print(Text("\nremedy"))
    advice = remedies(rows, check.expected)
    for text, those in advice.items():
        row(out, ("", 2), f"{', '.join(those)}: {text}")
    if {each.scenario.remedy for each in broken if each.scenario.remedy} - advice.keys():
        row(out, ("", 2), "then check again; what each scenario says by itself is in --markdown, --junit and --sarif")
    if said := bearing(rows):
        row(out, ("", 2), said)


def bearing(rows: Sequence["Checked"]) -> str:
    """How to bear what a design brings along: a cookie that proves itself keeps people apart and cannot be taken back.

    Empty where anything else than finality is broken, or nothing is.
    """
    broken = {each.invariant for row in rows for each in row.findings if each.verdict == "broken" == row.state}
    if broken != {"finality"}:
        return ""
    return (
        "people are kept apart; only what has ended can be used again, as with every cookie that is signed and not looked up. "
        "Where that is borne for a while, --baseline takes a reason and a date"
    )


def document(
    lab: "Lab", check: "Check", result: "Preflight", rows: Sequence["Checked"], counted: "Applied | None" = None
) -> str:
    """All of it as JSON, pure ASCII. `counted`: the same by a baseline, whose states are told."""
    rows = counted.rows if counted else rows
    return json.dumps(
        {
            "subject": check.subject.name,
            "engine": lab.engine.name,
            "evidence": str(check.folder),
            "seed": check.seed,
            "preflight": [asdict(row) for row in result.rows],
            "breaks": [asdict(finding) for finding in result.breaks],
            "scenarios": [
                {
                    "scenario": row.scenario.id,
                    "verdict": row.state,
                    "proof": row.proof,
                    "calm": row.calm,
                    "power": row.power,
                    "plays": row.plays,
                    "broken_in": row.broke,
                    "accepted": dict(row.accepted),
                    "findings": [asdict(finding) for finding in row.findings],
                    "observations": list(row.observations),
                }
                for row in rows
            ],
            "observations": result.observations,
            "likeness": likeness(rows, check.expected),
            "baseline": list(counted.told) if counted else [],
        },
        indent=1,
    )
