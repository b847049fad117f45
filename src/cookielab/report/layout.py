"""Rows on a terminal of any width: what does not fit goes on below, under its own column or indented.

Where nobody looks at a terminal (a pipe, a file) a row stays one line, for the programs that read it.
"""

import os
import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH = 118
"""Columns where there is no terminal."""
READABLE = 32
"""Columns that running text needs. Where fewer are left it stands below, indented."""
INDENT = 4


class Paper(Console):
    """A console whose reader may leave: `| head -1` ends the printing, not the verdict."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Colour only on a terminal and never with NO_COLOR; lines are not wider than the terminal."""
    plain = not sys.stdout.isatty()
    return Paper(width=WIDTH if plain else None, highlight=False, soft_wrap=plain, no_color="NO_COLOR" in os.environ)


def row(out: Console, *cells: tuple[str | Text, int] | str | Text) -> None:
    """Prints one row: each cell but the last with its width, the last one running text."""
    *fixed, last = cells
    heads = [(_text(cell[0]), cell[1]) for cell in fixed if isinstance(cell, tuple)]
    body = _text(last[0] if isinstance(last, tuple) else last)
    heads = [(text, max(width, text.cell_len)) for text, width in heads]
    used = sum(width for _, width in heads)
    line = Text()
    for text, width in heads:
        line.append_text(text)
        line.append(" " * max(width - text.cell_len, 0))
    if out.soft_wrap or used + body.cell_len <= out.width:
        line.append_text(body)
        line.rstrip()
        out.print(line, soft_wrap=True)
    elif out.width - used >= READABLE:
        beside(out, line, used, body)
    else:
        line.rstrip()
        out.print(line)
        beside(out, Text(), INDENT, body)


def beside(out: Console, head: Text, width: int, body: Text) -> None:
    """A text beside its head, in a column of its own."""
    grid = Table.grid()
    grid.add_column(width=width, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(head, body)
    out.print(grid)


def fits(out: Console, lines: Iterable[int]) -> bool:
    """Whether lines of these widths may stand as they are."""
    return out.soft_wrap or max(lines, default=0) <= out.width


def _text(text: str | Text) -> Text:
    return text.copy() if isinstance(text, Text) else Text(text)
