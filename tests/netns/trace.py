"""Looks on the whole machine for what a lab may have left: processes, namespaces, mounts, files."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

KINDS = ("net", "pid", "mnt", "user", "uts")


def processes(state: Path) -> Iterator[Path]:
    """The /proc folders of all processes of a lab: its PID 1 names the state directory, the others carry its mark."""
    mark = f"COOKIELAB={state}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.name != str(os.getpid()) and mark in (folder / "environ").read_bytes().split(b"\0"):
                yield folder
        except OSError:
            continue  # it has ended meanwhile, or belongs to somebody else


def namespaces(state: Path) -> set[str]:
    """The namespaces in which processes of a lab are and this process is not, such as net:[4026532008].

    Those of idle hosts have no process and are not among them: they are held by descriptors of PID 1.
    """
    return {link for folder in processes(state) for link in _links(folder)} - set(_links(Path("/proc/self")))


def descriptors(state: Path) -> int:
    """How many network namespaces the processes of a lab hold open."""
    return sum(target.startswith("net:[") for folder in processes(state) for target in opened(folder))


def opened(folder: Path) -> Iterator[str]:
    """What a process, given by its /proc folder, has open; what it closes meanwhile, and a process that ends, is left out."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for descriptor in (folder / "fd").iterdir():
            with suppress(FileNotFoundError):
                yield str(descriptor.readlink())


def now() -> float:
    """Seconds since the machine was started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def alive(wanted: set[str], ended: float) -> set[str]:
    """Those of the namespaces that any process of the machine is in which began before `ended`, see `now`: the kernel gives
    the number of a namespace that is gone to somebody else's.
    """
    found: set[str] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            began = int((folder / "stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
            if began < ended:
                found.update(_links(folder))
        except OSError:
            continue
    return wanted & found


def traces(state: Path) -> list[str]:
    """All that is there of a lab, in words; empty once it is down."""
    found = [f"process {folder.name}" for folder in processes(state)]
    found += [
        f"socket {line.split()[-1]}" for line in Path("/proc/net/unix").read_text().splitlines() if _door(line, state)
    ]
    found += [
        f"mount {line}" for line in Path("/proc/self/mountinfo").read_text().splitlines() if "/run/cookielab" in line
    ]
    found += [str(state)] if state.exists() else []
    return found


def _door(line: str, state: Path) -> bool:
    from cookielab.engines import door

    return line.endswith(f" @{door.name(state)[1:]}")


def _links(folder: Path) -> Iterator[str]:
    return (str((folder / "ns" / kind).readlink()) for kind in KINDS)
