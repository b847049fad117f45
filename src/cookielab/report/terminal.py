"""The report on a terminal: opening picture, the steps side by side, the verdicts with their proof, the matrix."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from ..judging.result import Result
from ..judging.verdict import Finding, Verdict
from ..lab.state import STORES
from ..places import how, shown
from ..subjects.handlers import FIXES, HANDLERS, about
from .layout import console, fits, row
from .picture import picture
from .plain import plain
from .progress import NARROW, outcome
from .story import Cell, Row, condensed, neighbours
from .story import rows as rows_of

if TYPE_CHECKING:
    from ..lab.state import Lab
    from ..stage.scenario import Scenario

STYLES = {Verdict.HOLDS: "green", Verdict.BROKEN: "red", Verdict.UNKNOWN: "yellow"}
STYLE_OF_CELL = {True: "green", False: "red", None: ""}


def opening(lab: "Lab", capture: str, kinds: Mapping[str, str]) -> None:
    """Which engine and why, and who sits behind which address."""
    out = console()
    store = f"; sessions {STORES[lab.record.store]}" if lab.record.store != "memory" else ""
    out.print(f"engine [bold]{lab.engine.name}[/]: {lab.why}; capture {capture}{store}\n")
    out.print(picture(lab.topology, kinds, None if out.soft_wrap else out.width), markup=False)
    out.print()


def closing(lab: "Lab", chosen: Sequence["Scenario"], results: Sequence[Result], folder: Path, *, kept: bool) -> None:
    """The story of one scenario or the matrix of many, and where the evidence lies."""
    out = console()
    once = _worst(results)
    if len(chosen) == 1:
        story(out, chosen[0], once)
    else:
        matrix(out, once)
    verdicts([result for result in once if len(chosen) == 1 or not result.met], out)
    _summary(out, results, len(once))
    _evidence(out, lab, folder, kept=kept)


def _worst(results: Sequence[Result]) -> list[Result]:
    """Of several plays of a pair the first that did not come out as expected, else the first."""
    pairs: dict[tuple[str, str], Result] = {}
    for result in results:
        before = pairs.setdefault((result.scenario, result.handler), result)
        if before.met and not result.met:
            pairs[result.scenario, result.handler] = result
    return list(pairs.values())


def _summary(out: Console, results: Sequence[Result], pairs: int) -> None:
    """How many verdicts are as expected, and that a mistake which was caught is one of them."""
    caught = sum(result.met and result.expected is Verdict.BROKEN for result in results)
    met = sum(result.met for result in results)
    out.print()
    if len(results) > pairs:
        row(
            out,
            f"each of {pairs} pairs was played {len(results) // pairs} times; of one that came out differently the worst is shown",
        )
    if len(results) > 1:
        row(out, f"{met} of {len(results)} verdicts are as expected")
    if caught:
        times = "a mistake was caught" if caught == 1 else f"{caught} mistakes were caught"
        row(out, f"broken is good news here: {times} which the lab was meant to catch")


def story(out: Console, scenario: "Scenario", results: Sequence[Result]) -> None:
    """One column a handler, one row a step; headings run over the whole width."""
    steps = condensed(rows_of([result.events for result in results]))
    handlers = Row("", tuple(Cell(result.handler, None) for result in results))
    lines = [row for row in (handlers, *steps) if row.cells]
    first = max(len(row.text) for row in lines) + 4
    widths = [max(len(_mark(row.cells[column])) for row in lines) + 2 for column in range(len(results))]
    out.print(f"[bold]{scenario.id}[/]: {scenario.title}")
    for name in sorted({neighbour for result in results for neighbour in neighbours(result.events)}):
        out.print(f"the neighbour is {name}")
    narrow = not out.soft_wrap and out.width < NARROW
    if narrow or not fits(out, [2 + first + sum(widths)]):
        for column, result in enumerate(results):
            _alone(out, result.handler, steps, column)
        return
    for step in (handlers, *steps):
        line = Text(f"  {step.text:{first}}" if step.cells else step.text, style="" if step.cells else "italic")
        for cell, width in zip(step.cells, widths, strict=False):
            style = "bold" if step is handlers else STYLE_OF_CELL[cell.good if cell else None]
            line.append(f"{_mark(cell):{width}}", style=style)
        line.rstrip()
        out.print(line)
    out.print()


def _alone(out: Console, handler: str, steps: Sequence[Row], column: int) -> None:
    """The same where columns side by side have no room: the story of one handler, and then that of the next."""
    width = max((len(step.text) for step in steps if step.cells), default=0) + 4
    out.print(Text(handler, style="bold"))
    for step in steps:
        if not step.cells:
            row(out, Text(step.text, style="italic"))
        elif (cell := step.cells[column]) is not None:
            row(out, (f"  {step.text}", width), Text(_mark(cell), style=STYLE_OF_CELL[cell.good]))
    out.print()


def _mark(cell: Cell | None) -> str:
    if cell is None:
        return "·"
    return f"{cell.text} ✗" if cell.good is False else cell.text


def verdicts(results: Sequence[Result], out: Console | None = None) -> None:
    """Each play's verdict and the sentence that proves it."""
    out = out or console()
    for result in results:
        met = result.met or result.expected is None
        said = Text(outcome(result) if met else f"but {result.expected} was expected", style="" if met else "bold red")
        said.append(f": it {about(result.handler) or 'is your own'}", style="not bold default")
        verdict = Text(result.verdict.upper(), style=f"bold {STYLES[result.verdict]}")
        row(out, (f"{plain(result.handler)} ", 17), (verdict, 9), said)
        for finding in _telling(result):
            row(out, ("", 4), f"{finding.invariant}: {plain(finding.sentence)}")


def again(result: Result, file: Path | None) -> None:
    """What a stored history says; with its file, where it is one of several."""
    out = console()
    if file is not None:
        out.print(Text(f"{result.scenario}  {shown(file)}", style="bold"), soft_wrap=True)
    verdicts([result], out)


def counted(results: Sequence[Result]) -> None:
    """How many histories came out how."""
    counts = Counter(str(result.verdict) for result in results)
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    out = console()
    out.print()
    row(out, f"{len(results)} histories: {told}; {sum(r.met for r in results)} as expected")


def _telling(result: Result) -> list[Finding]:
    """The findings that made the verdict; all of them where it holds."""
    return [finding for finding in result.findings if finding.verdict is result.verdict]


def matrix(out: Console, results: Sequence[Result]) -> None:
    """Scenarios down, handlers across; a verdict that was not expected stands out."""
    story = [r for r in results if r.handler in HANDLERS and _whole(r.scenario, results)]
    if story:
        _table(out, story)
    others = [result for result in results if result not in story]
    if others:
        _one_each(out, others)


def _whole(scenario: str, results: Sequence[Result]) -> bool:
    """The scenario was played against all handlers that tell the story."""
    return {r.handler for r in results if r.scenario == scenario} >= set(HANDLERS)


def _one_each(out: Console, results: Sequence[Result]) -> None:
    """Scenarios about one mistake: what it makes of the handlers that have it, and of the fix."""
    table = Table(box=None, pad_edge=False)
    for title in ("scenario", "the mistake", "the fix"):
        table.add_column(title)
    for scenario in dict.fromkeys(result.scenario for result in results):
        mistakes, fix = Text(), Text()
        for result in (result for result in results if result.scenario == scenario):
            cell = fix if result.handler in FIXES else mistakes
            cell.append(f"{', ' if cell else ''}{result.handler} ")
            cell.append(_verdict(result))
        table.add_row(scenario, mistakes, fix)
    out.print()
    _print(out, table, results)


def _table(out: Console, results: Sequence[Result]) -> None:
    handlers = list(dict.fromkeys(result.handler for result in results))
    table = Table(box=None, pad_edge=False)
    table.add_column("scenario")
    for handler in handlers:
        table.add_column(handler)
    for scenario in dict.fromkeys(result.scenario for result in results):
        cells = {result.handler: result for result in results if result.scenario == scenario}
        table.add_row(scenario, *(_verdict(cells.get(handler)) for handler in handlers))
    _print(out, table, results)


def _print(out: Console, table: Table, results: Sequence[Result]) -> None:
    """The table, or where it has no room for each scenario the handlers by what came out."""
    if fits(out, [Measurement.get(out, out.options.update(max_width=1000), table).maximum]):
        out.print(table)
        return
    for scenario in dict.fromkeys(result.scenario for result in results):
        out.print(Text(scenario, style="bold"))
        found: dict[str, tuple[Text, list[str]]] = {}
        for result in (result for result in results if result.scenario == scenario):
            verdict = _verdict(result)
            found.setdefault(verdict.plain, (verdict, []))[1].append(result.handler)
        for verdict, handlers in found.values():
            row(out, ("", 2), (verdict, max(len(verdict.plain), 7) + 2), ", ".join(handlers))


def _verdict(result: Result | None) -> Text:
    if result is None:
        return Text("·", style="dim")
    text = str(result.verdict) if result.met else f"{result.verdict} (expected {result.expected})"
    return Text(text, style=STYLES[result.verdict] if result.met else "bold reverse red")


def _beside(program: str) -> str:
    """How a program is called that came with the lab: by its place beside this Python, where it is not on PATH."""
    place = Path(sys.executable).with_name(program)
    return shown(place) if place.exists() else program


def _evidence(out: Console, lab: "Lab", folder: Path, *, kept: bool) -> None:
    out.print()
    row(out, ("evidence  ", 10), f"{shown(folder)}/  (histories, verdicts, server logs, captures)")
    flows = next(iter(sorted(folder.glob("*/flows.mitm"))), None)
    if flows:
        out.print(f"flows     {_beside('mitmweb')} -r {shown(flows)}", soft_wrap=True)
    if kept and lab.record.capture == "mitm":
        out.print(f"mitmweb   {lab.mitmweb()}", soft_wrap=True)
    elif lab.record.capture == "mitm":
        out.print(
            f"mitmweb   its lab ended with this run; '{how('up')}' keeps one up, and the next scenario plays in it"
        )
