"""The command line: results on stdout, progress on stderr, one message for whatever goes wrong. See `parsing.py`."""

from . import early  # noqa: F401 - first of all: what follows takes a while

# isort: split
import argparse
import errno
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from . import interrupts
from .errors import LabError, ProgramMissing, UsageError, no_room, one_of
from .meant import MEANT, SERVER, command_for
from .parsing import COMMANDS, parser, unrecognized
from .places import others, where
from .report.plain import plain

EXEC_FAILED = 125
OTHERS_WORDS = ("exec", "nat")
"""Commands whose words are for somebody else."""
OF_NO_COMMAND = ("--help", "--version")
TAKE_A_URL = ("init", "check", "login", "record")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; every LabError becomes one message on stderr."""
    words = list(sys.argv[1:] if argv is None else argv)
    interrupts.listen()
    try:
        arguments = _parsed(words)
        return int(import_module(f"cookielab.commands.{arguments.command}").command(arguments))
    except LabError as error:
        _tell(error)
        return error.exit_code if error.exit_code == ProgramMissing.exit_code else _code(words, error.exit_code)
    except KeyboardInterrupt:
        with suppress(OSError):  # the terminal may be gone
            print("cookielab: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _let_go()
        return _code(words, 3)
    except OSError as error:
        _tell(error)
        return _code(words, 3)
    except Exception:
        traceback.print_exc()
        print("cookielab: this is a fault of the lab itself, and nothing has been decided", file=sys.stderr)
        return _code(words, 3)


def _parsed(words: list[str]) -> argparse.Namespace:
    """The words understood. Where those of a check are not, the files that they name say so."""
    top = parser()
    try:
        _known(words)
        arguments, more = top.parse_known_args(words)
        if more:
            raise UsageError(unrecognized(top, arguments.command, more))
        return arguments
    except LabError as error:
        if words[:1] == ["check"] or (words and words[0] not in COMMANDS):
            import_module("cookielab.report.files").refused(words, error)
        raise


def _code(words: Sequence[str], code: int) -> int:
    """`exec` gives a program's own code, so its failures have one that no program uses, as with env and docker run."""
    return EXEC_FAILED if words[:1] == ["exec"] else code


def _tell(error: Exception) -> None:
    """One message. It may quote a file or a server, whose words are data: none of them steers the terminal."""
    text = f"cookielab: {error}"
    if isinstance(error, OSError) and error.filename is None and error.errno in (errno.ENOSPC, errno.EDQUOT):
        text += no_room(where())
    if isinstance(error, PermissionError) and isinstance(error.filename, str):
        text += others(Path(error.filename))
    print("\n".join(plain(line) for line in text.split("\n")), file=sys.stderr)


def _let_go() -> None:
    """Nobody reads on: what is still to be printed goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def entry() -> NoReturn:
    """The console script. A terminal that cannot show a letter shows its number; no verdict is lost over it."""
    _open_streams()
    try:
        code = main()
    except KeyboardInterrupt:  # while an error was being told
        print("cookielab: interrupted", file=sys.stderr)
        code = 130
    interrupts.ignore()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go()
    except OSError as error:
        _let_go()
        _tell(error)
        code = 3
    sys.exit(code)


def _open_streams() -> None:
    """What was closed by whoever started this (`>&-`) leads nowhere; otherwise the next file would be in its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            fd = os.open(os.devnull, os.O_RDWR)
            if fd != number:
                os.dup2(fd, number)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))
        elif isinstance(stream, TextIOWrapper) and number:
            stream.reconfigure(errors="backslashreplace")


def _known(words: list[str]) -> None:
    """argparse lists all choices for a wrong command; the nearest one is a better answer, and so is what must be meant."""
    if words and words[0].startswith("--") and not any(each.startswith(words[0]) for each in OF_NO_COMMAND):
        command = next((word for word in words if word in COMMANDS), "COMMAND")
        raise UsageError(f"{words[0]} stands before the command; write it behind: cookielab {command} {words[0]}")
    if not words or words[0].startswith("-") or words[0] in OTHERS_WORDS:
        return
    name = words[0]
    places = (word for before, word in pairwise(["", *words]) if SERVER.match(word) and not before.startswith("--"))
    place = next(places, "")
    if place and not (name in TAKE_A_URL and "://" in place):
        parts = urlsplit(place if "://" in place else f"http://{place}")
        said = f"'{name}' takes no URL." if name in COMMANDS else f"unknown command '{name}'. Did you mean 'check'?"
        command = name if name in TAKE_A_URL else "check"
        raise UsageError(
            f"{said} For a server that runs already, with its own login page and users:\n"
            f"  cookielab {command} --url {parts.scheme}://{parts.netloc} --login /login --me / --user alice:pw --user bob:pw"
        )
    if name not in COMMANDS and (start := command_for(words)):
        raise UsageError(
            f"unknown command '{name}'. Did you mean 'check'? For a server that the lab is to start, at a port that it gives:\n"
            f"  cookielab check --run {start} --user alice:pw --user bob:pw"
        )
    one_of(COMMANDS, name, "command", MEANT)
