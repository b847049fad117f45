"""What there is to choose from, each with a line: scenarios, handlers, presets, NAT kinds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..stage.catalogue import catalogued
from ..subjects.handlers import ALL, about
from ..subjects.reading import PRESETS, presets
from ..topology import natkinds
from .layout import console, row


def scenarios() -> dict[str, str]:
    return {scenario.id: scenario.title for scenario in catalogued().values()}


def handlers() -> dict[str, str]:
    return {name: about(name) for name in ALL}


def frameworks() -> dict[str, str]:
    """Each preset with what its file says it is for, up to the first stop."""
    said = {name: _first_line(PRESETS / f"{name}.yaml") for name in presets()}
    return {name: text.partition(";")[0].rstrip(".") for name, text in said.items()}


def _first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


KINDS = {"scenarios": scenarios, "handlers": handlers, "presets": frameworks, "nat": natkinds.kinds}
"""By the word for a kind: how its entries are found."""
USES = {
    "scenarios": "cookielab check NAME, cookielab run NAME",
    "handlers": "cookielab run nat --handler NAME",
    "presets": "cookielab check --preset NAME, or preset: NAME in cookielab.yaml",
    "nat": "cookielab nat set NAME",
}


def show(listed: Mapping[str, Mapping[str, str]]) -> None:
    """Prints them, with how a name is used."""
    out = console()
    width = max((len(name) for entries in listed.values() for name in entries), default=0)
    for number, (kind, entries) in enumerate(listed.items()):
        out.print(f"{chr(10) if number else ''}{kind}  ({USES[kind]})", markup=False)
        for name, text in entries.items():
            row(out, (f"  {name}", width + 4), text)


def names() -> str:
    """The names alone, for the end of a help text."""
    return "\n".join(f"{kind}:\n{_filled([*KINDS[kind]()])}" for kind in ("scenarios", "handlers"))


def _filled(words: Sequence[str]) -> str:
    from shutil import get_terminal_size
    from textwrap import fill

    width = min(get_terminal_size().columns - 2, 78)
    return fill(", ".join(words), width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False) + "\n"
