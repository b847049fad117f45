"""The system calls that a sandboxed program may not make: a filter of seccomp(2), written out by hand.

All else is allowed: the lab does not know what a server needs. What is refused are doors to the kernel and to other
processes that a web server has no use for. It is told EPERM, so that a library with another way takes that one.
"""

import ctypes
import errno
import os
import struct

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000

_REFUSED = {
    # name: (x86_64, aarch64), -1 where there is none
    "ptrace": (101, 117), "syslog": (103, 116), "uselib": (134, -1), "quotactl": (179, 60), "acct": (163, 89),
    "pivot_root": (155, 41), "chroot": (161, 51), "mount": (165, 40), "umount2": (166, 39), "swapon": (167, 224),
    "swapoff": (168, 225), "reboot": (169, 142), "settimeofday": (164, 170), "adjtimex": (159, 171),
    "clock_settime": (227, 112), "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162),
    "iopl": (172, -1), "ioperm": (173, -1), "create_module": (174, -1), "init_module": (175, 105),
    "delete_module": (176, 106), "finit_module": (313, 273), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "unshare": (272, 97), "setns": (308, 268),
    "perf_event_open": (298, 241), "fanotify_init": (300, 262), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "bpf": (321, 280), "userfaultfd": (323, 282), "lookup_dcookie": (212, 18),
    "vhangup": (153, 58), "migrate_pages": (256, 238), "move_pages": (279, 239), "nfsservctl": (180, 42), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440), "mount_setattr": (442, 442), "quotactl_fd": (443, 443), "memfd_secret": (447, 447),
    "process_mrelease": (448, 448), "listmount": (458, 458), "statmount": (457, 457), "open_tree_attr": (467, 467),
}  # fmt: skip
_CLONE, _CLONE3, _SOCKET, _IOCTL = (56, 220), (435, 435), (41, 198), (16, 29)
_NEW_NAMESPACES = 0x7E020080
"""CLONE_NEW* of clone(2), all eight."""
_FAMILIES, _NETLINK = (1, 2, 10), 16
"""Sockets that stay: unix, IPv4, IPv6; and of netlink protocol 0, by which libc asks for the host's own addresses."""
_KEYSTROKES = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX put words into the mouth of whoever sits at the terminal."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

type _Step = tuple[int, int, int, int]


def _statement(code: int, value: int) -> _Step:
    return code, 0, 0, value


def _if(code: int, value: int, *then: _Step) -> list[_Step]:
    """Runs `then` where the condition holds, and goes on after it where not."""
    return [(code, 0, len(then), value), *then]


def _refuse(number: int) -> _Step:
    return _statement(_RETURN, _ERRNO | number)


def program(machine: str) -> bytes:
    """The filter for this machine, as the kernel takes it. OSError for one that is not listed."""
    column = list(_AUDIT).index(machine) if machine in _AUDIT else -1
    if column < 0:
        raise OSError(errno.ENOSYS, f"the sandbox has no list of system calls for {machine}; use x86_64 or aarch64")
    steps = [_statement(_LOAD, _ARCHITECTURE), (_EQUAL, 1, 0, _AUDIT[machine]), _statement(_RETURN, _KILL)]
    steps.append(_statement(_LOAD, _NUMBER))
    if machine == "x86_64":
        steps += _if(_AT_LEAST, _X32, _refuse(errno.ENOSYS))
    for numbers in _REFUSED.values():
        if numbers[column] >= 0:
            steps += _if(_EQUAL, numbers[column], _refuse(errno.EPERM))
    steps += _if(_EQUAL, _CLONE3[column], _refuse(errno.ENOSYS))  # its flags cannot be seen; libc then uses clone
    allow = _statement(_RETURN, _ALLOW)
    flags = _if(_ANY_BIT, _NEW_NAMESPACES, _refuse(errno.EPERM))
    steps += _if(_EQUAL, _CLONE[column], _statement(_LOAD, _ARGUMENTS), *flags, allow)
    families = [step for family in _FAMILIES for step in _if(_EQUAL, family, allow)]
    families += _if(_EQUAL, _NETLINK, _statement(_LOAD, _ARGUMENTS + 16), *_if(_EQUAL, 0, allow))
    steps += _if(_EQUAL, _SOCKET[column], _statement(_LOAD, _ARGUMENTS), *families, _refuse(errno.EAFNOSUPPORT))
    keys = [step for request in _KEYSTROKES for step in _if(_EQUAL, request, _refuse(errno.EPERM))]
    steps += _if(_EQUAL, _IOCTL[column], _statement(_LOAD, _ARGUMENTS + 8), *keys, allow)
    steps.append(allow)
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install() -> None:
    """From now on this process and all its children are under the filter. They must have given up new privileges."""
    code = program(os.uname().machine)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(22, 2, ctypes.byref(_Program(len(code) // 8, code)), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")
