"""From a recipe to a configuration, and to the programs' own words for it.

`haproxy-pooling` stands in the file `haproxy-pooling.cfg`. In it @port@ is the port to listen at, @home@ a folder for what the
program writes, @secret@ a password; a line with @to@ is written once for each server behind, and @n@ counts them from 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Program:
    """How a program is called. `check`: to have it judge its configuration; `run`: to have it serve in the foreground;
    `purge`: to have it forget what it has kept, None where it keeps nothing."""

    check: Callable[[Path, Path, int], Sequence[str]] | None
    run: Callable[[Path, Path, int], Sequence[str]]
    purge: Callable[[Path], Sequence[str]] | None = None


PROGRAMS = {
    "haproxy": Program(
        check=lambda file, home, port: ("haproxy", "-c", "-f", f"{file}"),
        run=lambda file, home, port: ("haproxy", "-db", "-f", f"{file}"),
    ),
    "nginx": Program(
        check=lambda file, home, port: ("nginx", "-t", "-q", "-e", "stderr", "-p", f"{home}", "-c", f"{file}"),
        run=lambda file, home, port: ("nginx", "-e", "stderr", "-p", f"{home}", "-c", f"{file}"),
        purge=lambda home: ("find", f"{home}/cache", "-type", "f", "-delete"),
    ),
    "varnish": Program(
        check=lambda file, home, port: ("varnishd", "-C", "-j", "none", "-n", f"{home}", "-f", f"{file}"),
        run=lambda file, home, port: (
            "varnishd", "-F", "-j", "none", "-n", f"{home}", "-f", f"{file}", "-a", f":{port}", "-s", "malloc,16m",
        ),
        purge=lambda home: ("varnishadm", "-n", f"{home}", "ban", "req.url ~ ."),
    ),
    "store": Program(check=None, run=lambda file, home, port: ("redis-server", f"{file}")),
}  # fmt: skip


def recipes() -> dict[str, Path]:
    """The files by name."""
    return {file.stem: file for file in sorted(HERE.iterdir()) if file.suffix in (".cfg", ".conf", ".vcl")}


def find(name: str) -> Path:
    """The file of that name; KeyError with the nearest one where there is none."""
    known = recipes()
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.4)
        raise KeyError(f"there is no recipe {name!r}; {f'did you mean {near[0]!r}?' if near else ', '.join(known)}")
    return known[name]


def program(name: str) -> Program:
    """What runs a recipe: its name begins with it."""
    return PROGRAMS[name.partition("-")[0]]


def filled(text: str, *, port: int, to: Sequence[str], home: Path, secret: str = "") -> str:
    """The configuration."""
    lines = []
    for line in text.splitlines():
        targets = to if "@to@" in line else to[:1] or ("",)
        for number, target in enumerate(targets, 1):
            host, _, behind = target.rpartition(":")
            words = {
                "port": port,
                "to": target,
                "host": host,
                "behind": behind,
                "n": number,
                "home": home,
                "secret": secret,
            }
            each = line
            for word, value in words.items():
                each = each.replace(f"@{word}@", str(value))
            lines.append(each)
    return "\n".join(lines) + "\n"
