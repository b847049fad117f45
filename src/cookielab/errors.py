"""What can go wrong, one root class; a subclass only where a caller decides differently.

Exit codes are those of the command line: 1 something broke, 2 usage, 3 could not decide (docs/commands.md).
"""

import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

ROOM = 1 << 16
"""Bytes without which a disk is full: less than a history needs."""


class LabError(Exception):
    """Root of all errors of the lab. The message says what happened, to what, with which value, and the remedy."""

    exit_code = 3


class UsageError(LabError):
    """The user asked for something that does not exist or makes no sense: a name, an option, a key in a file."""

    exit_code = 2


class EngineMissing(LabError):
    """This machine lacks something that the engine needs; the message names it and how to get it."""


class ProgramMissing(LabError):
    """A program that was to be started at a host is not there, or may not be run."""

    exit_code = 127  # as of a shell


class CommandFailed(LabError):
    """A command ended with a failure. Carries argv, exit code and the last lines of its stderr."""

    def __init__(self, argv: tuple[str, ...], code: int, stderr: str, remedy: str = "") -> None:
        self.argv, self.code, self.stderr = argv, code, stderr
        tail = "\n".join("  " + line for line in stderr.strip().splitlines()[-12:])
        super().__init__(f"command failed with exit code {code}: {' '.join(argv)}\n{tail}{remedy and chr(10) + remedy}")


class HarnessFault(LabError):
    """A part of the lab itself failed (a client died, a server hung), so nothing can be said about the subject."""


class ProcessDied(HarnessFault):
    """A process in a host ended although it was still needed."""


class DeadlineExceeded(HarnessFault):
    """Something was waited for and did not happen in time."""


def no_room(place: Path) -> str:
    """What to say after a failure where the disk is full on which `place` lies; empty where it is not.

    Errors of writing name no file, and a program that cannot write its log says nothing at all.
    """
    while not place.exists():
        place = place.parent
    disk = os.statvfs(place)
    return f"; the disk with {place} is full, make room there" if disk.f_bavail * disk.f_frsize < ROOM else ""


def one_of(names: Iterable[str], name: str, what: str, meant: Mapping[str, str] = MappingProxyType({})) -> str:
    """`name` if it is one of `names`; UsageError that offers the nearest one if not. `what`: engine, handler, host, ...

    `meant`: other words that people use, and what is offered for them.
    """
    names = tuple(names)
    if name in names:
        return name
    several = name.split(",")
    if len(several) > 1 and all(each in names for each in several):
        raise UsageError(f"{what} {name!r} is several in one word; name each by itself, as in {' '.join(several)}")
    said, name = name, name.lower()
    near = [meant[name]] if name in meant else get_close_matches(name, names, n=1, cutoff=0.6)
    if not near:  # people say the part that tells it from the others: the office, the random one
        parts = {part: each for each in reversed(names) for part in re.split("[-_]", each) if len(part) > 3}
        near = [parts[part] for part in get_close_matches(name, parts, n=1, cutoff=0.75)]
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise UsageError(f"unknown {what} '{said}'.{hint} There are: {', '.join(names)}")
