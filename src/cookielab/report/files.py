"""The files that a check was asked for. They are written as it begins already, so that none is ever that of an earlier
check: what ends early says why, and of what was killed the file says that it did not end.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from ..errors import LabError, UsageError
from ..interrupts import shielded
from . import junit, markdown, sarif
from .outcome import Outcome

FORMATS: Mapping[str, Callable[[Outcome], str]] = {
    "junit": junit.document, "markdown": markdown.document, "sarif": sarif.document,
}  # fmt: skip
"""By the option that asks for it."""
BEGUN = "the check has begun and has not come to its end: it was killed, or it still runs"


class Files:
    """Those of one check. `known`: what there is of its outcome so far."""

    def __init__(self, paths: Mapping[str, Path | None], baseline: Path | None = None) -> None:
        """UsageError for a file that cannot be written, before minutes are spent on what goes into it, or is read."""
        self.paths = {option: path for option, path in paths.items() if path is not None}
        self.known = Outcome()
        self._ended = False
        for option, path in self.paths.items():
            _check(option, path)
            if baseline is not None and path.resolve() == baseline.resolve():
                raise UsageError(
                    f"--{option} {path}: this is the --baseline, and would be written over; name another file"
                )
        if len({path.resolve() for path in self.paths.values()}) < len(self.paths):
            raise UsageError(f"{' and '.join(f'--{option}' for option in self.paths)}: two of them name the same file")

    def end(self, outcome: Outcome) -> None:
        """Writes them, and the summary where a code host asks for one."""
        with shielded():
            self._ended = True
            for option, path in self.paths.items():
                path.write_text(FORMATS[option](outcome), encoding="utf-8")
            markdown.summarise(outcome)
        if "sarif" in self.paths and not outcome.stopped and outcome.where("") is None:
            print(
                f"{self.paths['sarif']}: no result has a line, for no profile stands in a file; see `cookielab init`",
                file=sys.stderr,
            )

    def __enter__(self) -> Self:
        try:
            for option, path in self.paths.items():
                if path.is_file() or not path.exists():  # a pipe or a device keeps nothing of an earlier check
                    path.write_text(FORMATS[option](Outcome(stopped=BEGUN)), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{error.filename}: cannot be written: {error.strerror}; name another file") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not self._ended:
            try:
                self.end(replace(self.known, stopped=_said(error), exit_code=_code(error)))
            except OSError as failed:  # what stopped the check is told, and this beside it
                print(f"cookielab: {failed.filename or 'a report'}: {failed.strerror}", file=sys.stderr)


def refused(words: Sequence[str], error: LabError) -> None:
    """Writes into the files that are named in words which make no sense otherwise why nothing was checked."""
    named = _Words(add_help=False, allow_abbrev=False)
    for option in FORMATS:
        named.add_argument(f"--{option}", type=Path)
    named.add_argument("--baseline", type=Path)
    try:
        paths = vars(named.parse_known_args(words)[0])
        with Files({option: paths[option] for option in FORMATS}, paths["baseline"]):
            raise error
    except LabError:
        pass  # it is told by whoever found it


class _Words(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def _check(option: str, path: Path) -> None:
    if path.suffix in (".yaml", ".yml"):  # an option without its file takes the profile that comes after it
        raise UsageError(
            f"--{option} {path}: this is the name of a profile, and would be written over; name another file"
        )
    if str(path) == "-":
        raise UsageError(f"--{option} -: it is written into a file, for the report goes to the terminal; name one")
    if path.is_dir():
        raise UsageError(f"--{option} {path}: is a folder; name a file")
    folder = path.absolute().parent
    if not folder.is_dir():
        there = next(each for each in (folder, *folder.parents) if each.exists())
        what = f"there is no folder {folder}; make it" if there.is_dir() else f"{there} is no folder; name another file"
        raise UsageError(f"--{option} {path}: {what}")


def _said(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, BrokenPipeError):
        return "whoever read its output left before the end"
    if isinstance(error, LabError | OSError) and str(error):
        return str(error)
    return f"a fault of the lab itself: {type(error).__name__}: {error}"


def _code(error: BaseException) -> int:
    """What the command ends with (docs/commands.md)."""
    if isinstance(error, KeyboardInterrupt):
        return 130
    return error.exit_code if isinstance(error, LabError) else 3
