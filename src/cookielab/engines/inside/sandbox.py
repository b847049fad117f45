"""A process that may be anybody's code: it is shut in before its program runs. See `room` for the files it sees.

What bounds memory: each process by RLIMIT_DATA (what it writes to, not what it reserves, so that Node and Java start),
all of them by RLIMIT_NPROC, the files it writes by the size of the layer; and they are the first that the kernel ends
when memory runs short.
"""

import ctypes
import os
import resource
import signal
from contextlib import suppress
from typing import Any, NoReturn

from . import kernel, mounts, room, seccomp

USERS = 1_640_000_000
"""From here on user and group of sandboxed processes are counted where the lab may choose: no account of any
distribution has such a number. Each sandbox has its own, because the kernel counts processes by user: a crowd in one
would leave none to the sandboxes of other labs."""
FEW = 64123
"""The one for all where numbers as large are not mapped, as in many a container."""
_PDEATHSIG, _DUMPABLE = 1, 4
_libc = ctypes.CDLL(None, use_errno=True)


LAYERS = "/run/cookielab-layers"


def layer(number: int, request: dict[str, Any]) -> dict[str, Any]:
    """Makes the layer of a sandbox: {"layer": where it is, "user": who its processes can be, null for the lab's own}."""
    place = f"{LAYERS}/{number}"
    for path in (place, room.ROOT, room.LOWER):
        os.makedirs(path, mode=0o700, exist_ok=True)  # noqa: PTH103
    mounts.mount("tmpfs", place, "tmpfs", mounts.HARMLESS, f"mode=700,size={request['size']}")
    lab = os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116 - no other lab that is up has this number
    users = (USERS + lab % 100_000 * 100 + number % 100, FEW)
    return {"layer": place, "user": next((user for user in users if _other_user(request["folder"], user)), None)}


def drop(number: int) -> None:
    """The layer ends with the last process that uses it."""
    with suppress(OSError):
        mounts.detach(f"{LAYERS}/{number}")
        os.rmdir(f"{LAYERS}/{number}")  # noqa: PTH106


def _other_user(folder: str, user: int) -> bool:
    """Whether this other user can be let in: there are ids to give, and the folder's file system can show it as theirs."""
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/self/{name}") as file:  # noqa: PTH123 - see wiring
            if not any(int(first) <= user < int(first) + int(count) for first, _, count in map(str.split, file)):
                return False
    try:
        found = os.stat(folder)  # noqa: PTH116
        ids, fd = mounts.swapped((found.st_uid, found.st_gid), (user, user)), mounts.tree(folder, recursive=False)
        try:
            mounts.restrict(fd, mounts.READ_ONLY, ids=ids, recursive=False)
        finally:
            os.close(ids)
            os.close(fd)
    except OSError:
        return False
    return True


def become(request: dict[str, Any]) -> NoReturn:
    """Called where `birth.become` would start the program: the process is at its host and is still the lab's own.

    It stays as the one that waits: the program runs under the first process of a PID namespace, and with that one ends
    all that the program has started.
    """
    plan = request["sandbox"]
    user = None if plan["user"] is None else (plan["user"], plan["user"])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # meant for the program, which is in the same group
    with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - see wiring
        file.write("1000")
    place = room.Room(plan, user)
    place.learn()  # /proc here shows the processes of the lab, and not those of the new namespace
    os.unshare(os.CLONE_NEWPID | os.CLONE_NEWIPC)
    first = os.fork()
    if not first:
        _first(request, place, plan, user)
    _close_all(set())
    _, status = os.waitpid(first, 0)
    os._exit(_code(status))


def _first(request: dict[str, Any], place: room.Room, plan: dict[str, Any], user: tuple[int, int] | None) -> NoReturn:
    """PID 1 of the sandbox: makes the room, starts the program, collects orphans until the program has ended."""
    try:
        _libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _libc.prctl(_DUMPABLE, 0, 0, 0, 0)  # the program, which may be the same user, is not to look into it
        place.build()
        _close_all({0, 1, 2, request["failure"]})
        program = os.fork()
        if not program:
            _program(request, plan, user)
    except BaseException as error:
        os.write(request["failure"], f"its sandbox cannot be made: {error}".encode()[:4096])
        os._exit(127)
    _close_all(set())
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == program:
            os._exit(_code(status))


def _program(request: dict[str, Any], plan: dict[str, Any], user: tuple[int, int] | None) -> NoReturn:
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        for name, wanted in plan["limits"].items():
            kind = getattr(resource, name)
            _, hard = resource.getrlimit(kind)
            limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(kind, (limit, limit))
        os.chdir(request["directory"])
        if user:
            kernel.keep_only((), *user)
        else:
            kernel.keep_only((), 0, 0)
        seccomp.install()
        kernel.execute(request["argv"], request["environment"])
    except BaseException as error:
        os.write(request["failure"], str(error).encode()[:4096])
    finally:
        os._exit(127)


def _close_all(keep: set[int]) -> None:
    """Nothing of the lab's, such as its door, is open in what is near the program."""
    top = 2
    for fd in sorted(keep | {1 << 30}):
        if fd > top + 1:
            os.closerange(top + 1, min(fd, 1 << 20))
        top = max(top, fd)
    if not keep:
        nothing = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(nothing, fd)


def _code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code
