"""The few system calls of Linux that Python has no name for, or too much for: mounts, giving capabilities up, exec."""

import ctypes
import errno
import os
from collections.abc import Iterable
from contextlib import suppress

NOSUID, NODEV, NOEXEC, READ_ONLY = 0x2, 0x4, 0x8, 0x1
BIND, REMOUNT, RECURSIVE, PRIVATE = 0x1000, 0x20, 0x4000, 0x40000
"""Flags of mount(2)."""

_PR_SET_KEEPCAPS, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 8, 24, 38, 47, 2
_CAPABILITY_VERSION = 0x20080522
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


def keep_only(capabilities: Iterable[str], user: int, group: int, *, now: bool = False) -> None:
    """From the next exec on, or from `now` on, this process and its children hold these capabilities and can never get another one.

    They run as the user and group of these ids. ValueError for an unknown name.
    """
    keep = [_CAPABILITIES.index(name.removeprefix("CAP_")) for name in capabilities]
    for number in range(64):  # the bounding set is what root gets at exec; without any no setuid program helps either
        if number not in keep and _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0):
            if ctypes.get_errno() == errno.EINVAL:  # beyond the last one that this kernel knows
                break
            raise OSError(ctypes.get_errno(), f"cannot give up capability {number}")
    if user:
        _prctl(_PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
    if user or now:
        _hand_down(keep)
    if not keep:
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _hand_down(numbers: list[int]) -> None:
    """Only ambient capabilities pass the exec of one who is not root."""
    wanted = sum(1 << number for number in numbers)
    halves = [half for part in (wanted & 0xFFFFFFFF, wanted >> 32) for half in (part, part, part)]
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    if _libc.capset(header, (ctypes.c_uint32 * 6)(*halves)):
        raise OSError(ctypes.get_errno(), "cannot set capabilities")
    for number in numbers:
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, number)


def _prctl(option: int, *values: int) -> None:
    if _libc.prctl(option, *values, *[0] * (4 - len(values))):
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option} {values}: {os.strerror(number)}")


MISSING = "there is no such program"
"""How the reason begins where that is what is wrong."""


def execute(argv: list[str], environment: dict[str, str]) -> None:
    """Becomes the program. (os.execvpe would import a module, which who has given up all rights perhaps may not read.)"""
    if "/" in argv[0]:
        try:
            os.execve(argv[0], argv, environment)  # noqa: S606 - no shell is what is wanted
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            raise OSError(f"{MISSING} ({error.strerror})") from None
    for folder in environment["PATH"].split(":"):
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            os.execve(f"{folder}/{argv[0]}", argv, environment)  # noqa: S606
    raise OSError(f"{MISSING}; PATH is {environment['PATH']}")
