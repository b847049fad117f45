"""The few system calls of Linux that Python has no name for: mounts, and giving capabilities up."""

import ctypes
import errno
import os
from collections.abc import Iterable

NOSUID, NODEV, NOEXEC, READ_ONLY = 0x2, 0x4, 0x8, 0x1
BIND, REMOUNT, RECURSIVE, PRIVATE = 0x1000, 0x20, 0x4000, 0x40000
"""Flags of mount(2)."""

_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_CAPABILITIES = (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE "
    "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN "
    "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE "
    "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
).split()
"""In the order of their numbers, see capabilities(7)."""

_libc = ctypes.CDLL(None, use_errno=True)


def mount(source: str, target: str, kind: str = "", flags: int = 0) -> None:
    """mount(2); OSError that names the target."""
    if _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), None):
        number = ctypes.get_errno()
        raise OSError(number, f"mount {kind or source} on {target}: {os.strerror(number)}")


def bind(source: str, target: str, *, read_only: bool = False) -> None:
    """Shows `source` at `target`, for this mount namespace alone."""
    mount(source, target, flags=BIND)
    if read_only:
        mount(source, target, flags=BIND | REMOUNT | READ_ONLY | NOSUID | NODEV | NOEXEC)


def keep_only(capabilities: Iterable[str]) -> None:
    """From the next exec on this process and its children hold these capabilities and can never get another one.

    The bounding set is what root gets at exec; without any no setuid program helps either. ValueError for an unknown
    name.
    """
    keep = {_CAPABILITIES.index(name.removeprefix("CAP_")) for name in capabilities}
    for number in range(64):
        if number not in keep and _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0):
            if ctypes.get_errno() == errno.EINVAL:  # beyond the last one that this kernel knows
                break
            raise OSError(ctypes.get_errno(), f"cannot give up capability {number}")
    if not keep and _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "cannot set no_new_privs")
