"""Capture of one run: what is switched on at the gateway before it, and the evidence that is collected after it.

`mitm`: mitmproxy in the gateway's namespace; `passive`: packets on both sides and conntrack events; `off`: nothing.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..engines.process import Process, output
from ..errors import CommandFailed, LabError, UsageError
from ..interrupts import shielded
from .state import MITMWEB, Lab

FLOWS = "/run/cookielab/flows.mitm"
"""Where the add-on keeps the flows inside the host (see compose/lab.yaml)."""


def check(lab: Lab, mode: str) -> None:
    """UsageError for `mitm` in a lab that was brought up without it."""
    if mode == "mitm" and lab.record.capture != "mitm":
        raise UsageError(
            f"the lab '{lab.record.name}' is up with capture={lab.record.capture} and has no mitmproxy; "
            "bring it up anew with CAPTURE=mitm, or run with --capture passive or off"
        )


@contextmanager
def capturing(lab: Lab, mode: str, folder: Path) -> Iterator[None]:
    """Records what passes the lab's captured gateway into `folder` while the block runs.

    Raises UsageError for `mitm` in a lab that was brought up without it, ProcessDied where a recorder does not start.
    """
    check(lab, mode)
    stack = ExitStack()
    try:
        if mode != lab.record.capture:
            stack.callback(switch, lab, lab.record.capture)
        switch(lab, mode)
        if mode == "mitm":
            stack.enter_context(_flows(lab, folder))
        if mode == "passive":
            for process in _recorders(lab, folder):
                stack.callback(process.written)
                stack.callback(process.stop)
        yield
    except BaseException:
        with shielded(), suppress(LabError):  # what ended the block is the thing to tell
            stack.close()
        raise
    with shielded():
        stack.close()


def switch(lab: Lab, mode: str) -> None:
    """Tells the gateway whether clients' connections go through mitmproxy."""
    wanted = "mitm" if mode == "mitm" else "off"
    argv = ("python", "-m", "nat.gateway", "capture", wanted)
    output(lab.engine.spawn(lab.gateway(), argv, privileged=True))


@contextmanager
def _flows(lab: Lab, folder: Path) -> Iterator[None]:
    """Keeps the flows of this run alone: the file grows as long as the lab is up, and holds one flow after the other."""
    before = int(output(lab.engine.spawn(MITMWEB, ("sh", "-c", f"cat {FLOWS} 2>/dev/null | wc -c"))) or 0)
    yield
    path = folder / "flows.mitm"
    process = lab.engine.spawn(MITMWEB, ("tail", "-c", f"+{before + 1}", FLOWS), sink=path)
    process.close_stdin()
    if code := process.wait(30.0):
        raise CommandFailed(process.argv, code, "\n".join(process.stderr))
    process.written()
    whole(path)


def whole(path: Path) -> None:
    """LabError where a file of flows ends within one, or holds something else. A flow is a length, `:`, that many bytes."""
    with path.open("rb") as file:
        size, count = file.seek(0, os.SEEK_END), 0
        position = file.seek(0)
        while position < size:
            digits, colon, _ = file.read(16).partition(b":")
            end = position + len(digits) + 1 + int(digits) + 1 if colon and digits.isdigit() else size + 1
            if end > size:
                raise LabError(
                    f"{path}: is cut after {count} whole flows (byte {position:,} of {size:,}); "
                    f"at host {MITMWEB} {FLOWS} could not be written: take the lab down, make room and run again"
                )
            count, position = count + 1, file.seek(end)


def _recorders(lab: Lab, folder: Path) -> Iterator[Process]:
    """One packet recorder a side, found by address, and the log of the translation table's changes."""
    gateway = lab.topology.host(lab.gateway())
    for leg in gateway.legs:
        argv = ("python", "-m", "nat.record", str(leg.address))
        process = lab.engine.spawn(gateway.name, argv, privileged=True, sink=folder / f"{leg.network}.pcap")
        yield process
        process.says("listening on", 5.0)  # packets before that would be missing
    yield lab.engine.spawn(
        gateway.name, ("conntrack", "-E", "-o", "timestamp"), privileged=True, sink=folder / "conntrack.log"
    )
