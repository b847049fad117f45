"""Runs a program at a host for a person: on their own stdin and stdout, or on a terminal of its own within theirs."""

import fcntl
import os
import select
import signal
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .door import PATIENCE, Remote

type Launch = Callable[[tuple[int, int, int], bool], Remote]
"""Starts the program on three descriptors; the second argument says that they are a terminal for it to control."""

KEPT = ("TERM", "COLORTERM", "NO_COLOR", "COLUMNS", "LINES")


def environment() -> dict[str, str]:
    """What programs want to know about the user's terminal."""
    return {key: os.environ[key] for key in KEPT if key in os.environ}


def run(launch: Launch) -> int:
    """Runs the program to its end and gives its exit code. On Ctrl-C it is interrupted, and KeyboardInterrupt raised."""
    if os.isatty(0) and os.isatty(1):
        return _run_on_terminal(launch)
    remote = launch((0, 1, 2), False)
    try:
        while (code := remote.wait(3600.0)) is None:
            pass
    except KeyboardInterrupt:
        remote.signal(signal.SIGINT)
        remote.wait(PATIENCE)
        raise
    finally:
        remote.close()
    return code


def _run_on_terminal(launch: Launch) -> int:
    """With job control, full-screen programs, and Ctrl-C for the program alone."""
    ours, theirs = os.openpty()
    try:
        with _raw(ours):
            remote = launch((theirs, theirs, theirs), True)
            os.close(theirs)
            theirs = -1
            try:
                _pass_on(ours, remote)
            finally:
                code = remote.wait(PATIENCE)
                remote.close()
    finally:
        for fd in (ours, theirs):
            if fd >= 0:
                os.close(fd)
    return 128 + signal.SIGHUP if code is None else code


@contextmanager
def _raw(inner: int) -> Iterator[None]:
    """The user's terminal passes every key on, and the inner one has its size, for as long as the block runs."""

    def resize(*_: object) -> None:
        fcntl.ioctl(inner, termios.TIOCSWINSZ, fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))

    settings = termios.tcgetattr(0)
    before = signal.signal(signal.SIGWINCH, resize)
    resize()
    tty.setraw(0, termios.TCSADRAIN)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, settings)
        signal.signal(signal.SIGWINCH, before)


def _pass_on(inner: int, remote: Remote) -> None:
    """Copies keys in and output out until the program has ended and all of its output has been seen."""
    poll = select.poll()
    for fd in (0, inner, remote.fileno()):
        poll.register(fd, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poll.poll()}
        if inner in ready:
            try:
                data = os.read(inner, 1 << 16)
            except OSError:  # nobody has the inner terminal open any more
                return
            os.write(1, data)
        elif remote.fileno() in ready:
            return
        if 0 in ready:
            os.write(inner, os.read(0, 1 << 12))
