"""Names a process so that others can tell later whether it still lives: what it has left behind is then found.

A process id alone comes back; with the start of the process, its PID namespace and the kernel's boot it does not.
"""

import os
import re
from pathlib import Path

_MARK = re.compile(r"cookielab-([0-9a-f-]{36})-(\d+)-(\d+)-(\d+)")


def mark() -> str:
    """This process: the boot of its kernel, its PID namespace, its pid, its start (clock ticks since boot)."""
    return f"cookielab-{_boot()}-{_namespace()}-{os.getpid()}-{_started(os.getpid())}"


def ended(owner: str) -> bool:
    """The process that a mark names has ended. False where that cannot be told from here, and for what is no mark."""
    parts = _MARK.fullmatch(owner)
    if parts is None or parts[1] != _boot() or parts[2] != str(_namespace()):
        return False
    return _started(int(parts[3])) != parts[4]


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino


def _started(pid: int) -> str:
    """Empty for a process that has ended, also if nobody has asked for its exit code yet."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else rest[18]
