"""The report on a terminal: opening picture, the steps side by side, the verdicts with their proof, the matrix."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..judging.result import Result
from ..judging.verdict import Finding, Verdict
from ..lab.state import STORES
from ..places import how, shown
from ..subjects.handlers import HANDLERS, about
from .picture import picture
from .story import Cell, Row, condensed, neighbours, rows

if TYPE_CHECKING:
    from ..lab.state import Lab
    from ..stage.stage import Scenario

STYLES = {Verdict.HOLDS: "green", Verdict.BROKEN: "red", Verdict.UNKNOWN: "yellow"}
STYLE_OF_CELL = {True: "green", False: "red", None: ""}
WIDTH = 118


class Paper(Console):
    """A console whose reader may leave: `| head -1` ends the printing, not the verdict."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Colour only on a terminal and never with NO_COLOR; lines are not wider than the terminal."""
    plain = not sys.stdout.isatty()
    return Paper(width=WIDTH if plain else None, highlight=False, soft_wrap=plain, no_color="NO_COLOR" in os.environ)


def opening(lab: "Lab", capture: str, kinds: Mapping[str, str]) -> None:
    """Which engine and why, and who sits behind which address."""
    out = console()
    store = f"; sessions {STORES[lab.record.store]}" if lab.record.store != "memory" else ""
    out.print(f"engine [bold]{lab.engine.name}[/]: {lab.why}; capture {capture}{store}\n")
    out.print(picture(lab.topology, kinds), markup=False)
    out.print()


def progress(result: Result) -> None:
    """One line on stderr as soon as a play is judged."""
    mark = "as expected" if result.met else f"expected {result.expected}"
    print(f"  {result.scenario:15} {result.handler:16} {result.verdict:8} {mark}", file=sys.stderr)


def closing(lab: "Lab", chosen: Sequence["Scenario"], results: Sequence[Result], folder: Path, *, kept: bool) -> None:
    """The story of one scenario or the matrix of many, and where the evidence lies."""
    out = console()
    if len(chosen) == 1:
        story(out, chosen[0], results)
    else:
        matrix(out, results)
    verdicts([result for result in results if len(chosen) == 1 or not result.met], out)
    _evidence(out, lab, folder, kept=kept)


def story(out: Console, scenario: "Scenario", results: Sequence[Result]) -> None:
    """One column a handler, one row a step; headings run over the whole width."""
    steps = condensed(rows([result.events for result in results]))
    handlers = Row("", tuple(Cell(result.handler, None) for result in results))
    lines = [row for row in (handlers, *steps) if row.cells]
    first = max(len(row.text) for row in lines) + 4
    widths = [max(len(_mark(row.cells[column])) for row in lines) + 2 for column in range(len(results))]
    out.print(f"[bold]{scenario.id}[/]: {scenario.title}")
    for name in sorted({neighbour for result in results for neighbour in neighbours(result.events)}):
        out.print(f"the neighbour is {name}")
    for row in (handlers, *steps):
        line = Text(f"  {row.text:{first}}" if row.cells else row.text, style="" if row.cells else "italic")
        for cell, width in zip(row.cells, widths, strict=False):
            style = "bold" if row is handlers else STYLE_OF_CELL[cell.good if cell else None]
            line.append(f"{_mark(cell):{width}}", style=style)
        line.rstrip()
        out.print(line)
    out.print()


def _mark(cell: Cell | None) -> str:
    if cell is None:
        return "·"
    return f"{cell.text} ✗" if cell.good is False else cell.text


def verdicts(results: Sequence[Result], out: Console | None = None) -> None:
    """Each play's verdict and the sentence that proves it."""
    out = out or console()
    for result in results:
        line = Text(f"{result.handler:16} ")
        line.append(f"{result.verdict.upper():8}", style=f"bold {STYLES[result.verdict]}")
        expectation = "as expected" if result.met else f"but {result.expected} was expected"
        line.append(
            f" {expectation if result.expected else 'nothing was expected'}", style="" if result.met else "bold red"
        )
        line.append(f": it {about(result.handler) or 'is your own'}")
        out.print(line)
        for finding in _telling(result):
            out.print(Text(f"    {finding.invariant}: {finding.sentence}"))


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
    met = sum(result.met for result in results)
    out.print(f"\n{met} of {len(results)} verdicts are as expected")


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
            cell = fix if result.handler == "session_table" else mistakes
            cell.append(f"{', ' if cell else ''}{result.handler} ")
            cell.append(_verdict(result))
        table.add_row(scenario, mistakes, fix)
    out.print()
    out.print(table)


def _table(out: Console, results: Sequence[Result]) -> None:
    handlers = list(dict.fromkeys(result.handler for result in results))
    table = Table(box=None, pad_edge=False)
    table.add_column("scenario")
    for handler in handlers:
        table.add_column(handler)
    for scenario in dict.fromkeys(result.scenario for result in results):
        cells = {result.handler: result for result in results if result.scenario == scenario}
        table.add_row(scenario, *(_verdict(cells.get(handler)) for handler in handlers))
    out.print(table)


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
    out.print(f"\nevidence  {shown(folder)}/  (histories, verdicts, server logs, captures)")
    flows = next(iter(sorted(folder.glob("*/flows.mitm"))), None)
    if flows:
        out.print(f"flows     {_beside('mitmweb')} -r {shown(flows)}", soft_wrap=True)
    if kept and lab.record.capture == "mitm":
        out.print(f"mitmweb   {lab.mitmweb()}", soft_wrap=True)
    elif lab.record.capture == "mitm":
        out.print(
            f"mitmweb   its lab ended with this run; '{how('up')}' keeps one up, and the next scenario plays in it"
        )
