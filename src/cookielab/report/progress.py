"""What is being done now, on stderr: a line that is written over at a terminal, and lines of a log anywhere else."""

import shutil
import sys
import time
from types import TracebackType
from typing import Self

from ..judging.result import Result
from ..judging.verdict import Verdict
from .plain import plain

_CLEAR = "\r\x1b[K"


NARROW = 90
"""Columns below which a line of a run's progress is short."""


class Ahead:
    """How far a run has come, and how long the rest will take if it goes on like that. `whole`: plays."""

    def __init__(self, whole: int) -> None:
        self.whole, self._done, self._began = whole, 0, time.monotonic()

    def done(self, result: Result) -> None:
        """One line on stderr as soon as a play is judged."""
        self._done += 1
        left = (time.monotonic() - self._began) / self._done * (self.whole - self._done)
        where = f"{self._done}/{self.whole}" + (f", {in_words(left)} left" if self._done < self.whole else "")
        mark = outcome(result)
        if sys.stderr.isatty() and shutil.get_terminal_size().columns < NARROW:
            print(f"{where}  {result.scenario}: {result.handler} {result.verdict}", file=sys.stderr)
            if not result.met:
                print(f"    {mark}", file=sys.stderr)
        else:
            print(f"  {result.scenario:24} {result.handler:20} {result.verdict:8} {mark:20} {where}", file=sys.stderr)


def outcome(result: Result) -> str:
    """What a verdict means in view of what was expected: to catch a mistake is what the lab is for."""
    if result.expected is None:
        return "nothing was expected"
    if not result.met:
        return f"expected {result.expected}"
    return "caught, as expected" if result.verdict is Verdict.BROKEN else "as expected"


def in_words(seconds: float) -> str:
    """'40 s' or '3 min'."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


class Progress:
    """At a terminal nothing of it stays, since the report says all of it again."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()

    def now(self, text: str) -> None:
        """The step that has been reached."""
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            print(f"{_CLEAR}{plain(text)[:width]}", end="", file=sys.stderr, flush=True)
        else:
            print(plain(text), file=sys.stderr)

    def fact(self, text: str) -> None:
        """Something that is worth keeping."""
        print(f"{_CLEAR if self._live else ''}{plain(text)}", file=sys.stderr)

    def end(self) -> None:
        """Clears the line, before something is printed on stdout."""
        if self._live:
            print(_CLEAR, end="", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
