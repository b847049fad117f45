"""What there is to choose from, each with a line: scenarios, handlers, presets, NAT kinds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..stage.catalogue import catalogued, groups
from ..stage.scenario import Scenario
from ..subjects.handlers import ALL, about
from ..subjects.reading import PRESETS, presets
from ..topology import natkinds
from .layout import console, row


def scenarios() -> dict[str, str]:
    return {scenario.id: scenario.title for scenario in catalogued().values()}


WORDS = {
    "login": "", "whoami": "", "write": "a note", "read": "a note", "logout": "a logout", "password": "passwords",
    "change_password": "a change of the password", "remember": "logins that last and such that do not",
    "clock": "the clock of the lab's own server", "gates": "gates in the lab's own server",
}  # fmt: skip
"""What scenarios need, in words; empty for what all of them need."""


def needs(scenario: Scenario) -> str:
    """What a scenario needs beside people who log in and are told who they are; empty where that is all."""
    wanted = [word for word in dict.fromkeys(WORDS.get(need, need) for need in scenario.needs) if word]
    wanted += [f"the part {part}" for part in getattr(scenario, "parts", ())]
    if getattr(scenario, "own", ""):
        wanted.append("the lab's own handlers")
    wanted += [f"another engine than {engine}" for engine in getattr(scenario, "not_on", ())]
    if scenario.capture:
        wanted.append(f"capture {scenario.capture}")
    if scenario.of_cookies:
        wanted.append("a session cookie")
    return ", ".join(wanted)


def grouped() -> list[tuple[str, list[tuple[str, str]]]]:
    """The catalogue: the heading of each group, and for each scenario its id and a line."""
    return [
        (
            f"{group.letter}  {group.title}  ({group.folder}, {_of(len(group.scenarios))})".lstrip(),
            [(each.id, each.summary + (f" [needs {needs(each)}]" if needs(each) else "")) for each in group.scenarios],
        )
        for group in groups()
    ]


def _of(count: int) -> str:
    return "1 scenario" if count == 1 else f"{count} scenarios"


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
    "scenarios": "cookielab check NAME, cookielab run NAME; run takes a group as well: A, a_wrong_key",
    "handlers": "cookielab run nat --handler NAME",
    "presets": "cookielab check --preset NAME, or preset: NAME in cookielab.yaml",
    "nat": "cookielab nat set NAME",
}


def show(listed: Mapping[str, Mapping[str, str]]) -> None:
    """Prints them, with how a name is used."""
    out = console()
    width = max((len(name) for entries in listed.values() for name in entries), default=0)
    for number, (kind, entries) in enumerate(listed.items()):
        counted = f"{len(entries)} " if kind == "scenarios" else ""
        out.print(f"{chr(10) if number else ''}{counted}{kind}  ({USES[kind]})", markup=False)
        if kind == "scenarios":
            for heading, scenarios_ in grouped():
                out.print(f"\n  {heading}", markup=False)
                for name, text in scenarios_:
                    row(out, (f"  {name}", width + 4), text)
            continue
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
