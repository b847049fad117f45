"""What is being done now, on stderr: a line that is written over at a terminal, and lines of a log anywhere else."""

import shutil
import sys
from types import TracebackType
from typing import Self

from .plain import plain

_CLEAR = "\r\x1b[K"


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
