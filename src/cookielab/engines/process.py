"""A process at a host, the same on every engine: three pipes, a way to wait, a way to end it."""

import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from ..errors import CommandFailed, DeadlineExceeded, LabError, ProcessDied
from .excerpt import Excerpt

TAIL = 40
"""Lines of output kept for messages about a process that failed."""


class Process:
    """Owns the pipes: both outputs are drained by threads from the start, so the process never blocks on a full one.

    `wait` takes seconds and gives the exit code or None if it still runs; `signal` takes a signal number. With `sink`
    stdout is copied to that file as bytes and there are no lines to read. With `excerpt` both outputs go there, and
    nowhere else: for a program that may print without end, or anything.
    """

    def __init__(
        self,
        host: str,
        argv: tuple[str, ...],
        *,
        stdin: int,
        stdout: int,
        stderr: int,
        wait: Callable[[float], int | None],
        signal: Callable[[int], None],
        sink: Path | None = None,
        excerpt: Excerpt | None = None,
    ) -> None:
        self.host, self.argv, self.excerpt = host, argv, excerpt
        self.stderr: deque[str] = deque(maxlen=TAIL)
        self._stdin: int | None = stdin
        self._wait, self._signal = wait, signal
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._seen: deque[str] = deque(maxlen=TAIL)
        self._ended = False
        self._sink, self._lost = sink, ""
        self._threads = [
            threading.Thread(target=self._feed, args=(fd, excerpt), daemon=True) for fd in (stdout, stderr) if excerpt
        ] or [
            threading.Thread(target=self._copy, args=(stdout, sink), daemon=True)
            if sink
            else threading.Thread(target=self._drain, args=(stdout, self._keep), daemon=True),
            threading.Thread(target=self._drain, args=(stderr, self.stderr.append), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _keep(self, line: str) -> None:
        self._seen.append(line)
        self._lines.put(line)

    def _drain(self, fd: int, keep: Callable[[str], None]) -> None:
        with os.fdopen(fd, encoding="utf-8", errors="replace", newline="\n") as pipe:
            for line in pipe:
                keep(line.rstrip("\n"))
        if keep == self._keep:
            self._lines.put(None)

    def _copy(self, fd: int, sink: Path) -> None:
        with os.fdopen(fd, "rb", buffering=0) as pipe:
            try:
                with sink.open("wb", buffering=0) as file:
                    while chunk := pipe.read(1 << 16):
                        while chunk:
                            chunk = chunk[file.write(chunk) :]
            except OSError as error:
                if not isinstance(error, BrokenPipeError):  # the sink was a pipe, and who read it has gone
                    self._lost = error.strerror or str(error)
                while pipe.read(1 << 16):  # the process is not to hang on a full pipe
                    pass
        self._lines.put(None)

    def written(self) -> None:
        """Of a process that has ended: LabError where its output did not get to the sink whole."""
        for thread in self._threads:
            thread.join(10.0)
        if self._lost:
            raise LabError(
                f"{self._sink}: cannot be written: {self._lost}; what is in it is cut; make room and run again"
            )

    def _feed(self, fd: int, excerpt: Excerpt) -> None:
        with os.fdopen(fd, "rb", buffering=0) as pipe:
            while chunk := pipe.read(1 << 16):
                excerpt.feed(chunk)

    def send(self, line: str) -> None:
        """Writes one line to the process; ProcessDied where it no longer reads."""
        self.write(line.encode() + b"\n")

    def write(self, data: bytes) -> None:
        """Writes bytes to the process; ProcessDied where it no longer reads."""
        if self._stdin is None:
            raise ProcessDied(self.describe("its stdin is closed"))
        try:
            while data:
                data = data[os.write(self._stdin, data) :]
        except BrokenPipeError:
            raise ProcessDied(self.describe("it no longer reads its stdin")) from None

    def writer(self) -> int:
        """A descriptor of the caller's own that leads to the process's input. ProcessDied where that is closed."""
        if self._stdin is None:
            raise ProcessDied(self.describe("its stdin is closed"))
        return os.dup(self._stdin)

    def close_stdin(self) -> None:
        """Ends the process's input."""
        if self._stdin is not None:
            os.close(self._stdin)
            self._stdin = None

    def readline(self, timeout: float) -> str:
        """The next line of stdout.

        ProcessDied at once when there will be none, DeadlineExceeded after `timeout` seconds.
        """
        try:
            line = None if self._ended else self._lines.get(timeout=timeout)
        except queue.Empty:
            raise DeadlineExceeded(self.describe(f"it printed nothing for {timeout:g} s")) from None
        if line is None:
            self._ended = True
            code = self._wait(2.0)
            how = "it closed its output" if code is None else f"it ended with exit code {code}"
            for thread in self._threads if code is not None else ():  # its last words may still be on their way
                thread.join(2.0)
            raise ProcessDied(self.describe(how))
        return line

    def poll(self) -> int | None:
        """Exit code, or None while it runs."""
        return self._wait(0.0)

    def wait(self, timeout: float) -> int:
        """Waits for the end and gives the exit code; DeadlineExceeded after `timeout` seconds."""
        code = self._wait(timeout)
        if code is None:
            raise DeadlineExceeded(self.describe(f"it still runs after {timeout:g} s"))
        for thread in self._threads:
            thread.join(2.0)
        return code

    def signal(self, number: int) -> None:
        """Sends a signal to the process; nothing happens if it has ended."""
        if self.poll() is None:
            self._signal(number)

    def stop(self, grace: float = 2.0) -> int:
        """Ends the process: end of input, then SIGTERM, then SIGKILL after `grace` seconds. Gives its exit code."""
        self.close_stdin()
        self.signal(15)
        code = self._wait(grace)
        if code is None:
            self.signal(9)
            code = self._wait(grace)
        return -9 if code is None else code

    def says(self, sign: str, timeout: float) -> None:
        """Waits until a line of stderr holds `sign`; ProcessDied or DeadlineExceeded where none will, or does in time."""
        deadline = time.monotonic() + timeout
        while not any(sign in line for line in tuple(self.stderr)):
            if self._wait(0.01) is not None:
                raise ProcessDied(self.describe(f"it ended without saying '{sign}'"))
            if time.monotonic() > deadline:
                raise DeadlineExceeded(self.describe(f"it did not say '{sign}' within {timeout:g} s"))

    def rest(self) -> list[str]:
        """The lines of stdout that nobody has read yet, without waiting."""
        lines: list[str] = []
        while not self._lines.empty():
            line = self._lines.get()
            if line is None:
                self._ended = True
                break
            lines.append(line)
        return lines

    def describe(self, what: str) -> str:
        """A message about this process: what happened to it, its command, its last output."""
        lines = self.excerpt.lines() if self.excerpt else (*self._seen, *self.stderr)
        tail = [f"  {line}" for line in lines][-TAIL // 2 :]
        output = "\n".join(["\nits last output:", *tail]) if tail else "\nit printed nothing"
        return f"{' '.join(self.argv)} at host {self.host}: {what}{output}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def output(process: Process, timeout: float = 10.0) -> str:
    """Waits for a short command and gives its stdout; CommandFailed where it exits with anything but 0."""
    deadline = time.monotonic() + timeout
    process.close_stdin()
    try:
        code = process.wait(timeout)
    except DeadlineExceeded:
        process.stop()
        raise
    lines: list[str] = []
    while True:
        try:
            lines.append(process.readline(max(0.0, deadline - time.monotonic())))
        except ProcessDied:
            break
    if code:
        raise CommandFailed(process.argv, code, "\n".join(process.stderr))
    return "\n".join(lines)
