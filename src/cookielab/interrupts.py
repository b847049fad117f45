"""Ctrl-C, SIGTERM and a terminal that goes away: the first one ends the work at once, but no clean-up, which is always finished."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PLEASE_WAIT = b"cookielab: cleaning up, please wait ...\n"


class _Interrupts:
    """What this process has heard. Only its main thread hears anything."""

    def __init__(self) -> None:
        self.heard = False
        self.shields = 0

    def hear(self, number: int, frame: FrameType | None) -> None:
        if self.heard or self.shields:
            with suppress(OSError):  # the terminal may be gone
                os.write(2, PLEASE_WAIT)  # print may not be called again while it is at work
        first, self.heard = not self.heard, True
        if first and not self.shields:
            raise KeyboardInterrupt


_interrupts = _Interrupts()


def listen() -> None:
    """From now on the first interruption raises KeyboardInterrupt, and the ones after it are answered with patience."""
    _interrupts.heard = False
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # `nohup` has it work on
            signal.signal(number, _interrupts.hear)


def ignore() -> None:
    """The work is done and only the exit code is still to be given: nothing changes it any more."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def shielded() -> Iterator[None]:
    """An interruption waits until the block has ended, and raises KeyboardInterrupt then."""
    before = _interrupts.heard
    _interrupts.shields += 1
    try:
        yield
    finally:
        _interrupts.shields -= 1
    if _interrupts.heard and not before and not _interrupts.shields:
        raise KeyboardInterrupt
