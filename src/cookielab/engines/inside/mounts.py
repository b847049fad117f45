"""The mounts that a sandbox is made of: read-only trees, ids shown as others, a new root. See mount_setattr(2)."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)

_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_AT_FDCWD, _EMPTY_PATH, _RECURSIVE, _CLONE, _CLOEXEC = -100, 0x1000, 0x8000, 1, 0o2000000
_FROM_EMPTY, _DETACH = 0x4, 2
READ_ONLY, NOSUID, NODEV, NOEXEC, _IDMAP = 0x1, 0x2, 0x4, 0x8, 0x100000
HARMLESS = NOSUID | NODEV


def _call(what: str, number: int, *arguments: object) -> int:
    result = _libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return int(result)


def mount(source: str, target: str, kind: str, flags: int, options: str) -> None:
    """mount(2) with options; OSError that names the target."""
    words = source.encode(), target.encode(), kind.encode()
    if _libc.mount(*words, ctypes.c_ulong(flags), options.encode()):
        code = ctypes.get_errno()
        raise OSError(code, f"mount {kind} on {target}: {os.strerror(code)}")


def tree(path: str, *, recursive: bool = True) -> int:
    """A descriptor of a copy of what is mounted at a path; it is nowhere to be seen yet."""
    flags = ctypes.c_uint(_CLONE | _CLOEXEC | (_RECURSIVE if recursive else 0))
    return _call(f"open_tree {path}", _OPEN_TREE, ctypes.c_int(_AT_FDCWD), path.encode(), flags)


def restrict(fd: int, flags: int, *, ids: int | None = None, recursive: bool = True) -> None:
    """Sets flags on such a copy; `ids` is the descriptor of a user namespace by whose map its owners are shown."""
    attributes = (ctypes.c_uint64 * 4)(flags | (0 if ids is None else _IDMAP), 0, 0, ids or 0)
    how = ctypes.c_uint(_EMPTY_PATH | (_RECURSIVE if recursive else 0))
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    _call("mount_setattr", _MOUNT_SETATTR, ctypes.c_int(fd), b"", how, ctypes.byref(attributes), size)


def attach(fd: int, target: str) -> None:
    """Shows such a copy at a path, and closes the descriptor."""
    flags = ctypes.c_uint(_FROM_EMPTY)
    try:
        _call(
            f"move_mount to {target}",
            _MOVE_MOUNT, ctypes.c_int(fd), b"", ctypes.c_int(_AT_FDCWD), target.encode(), flags,
        )  # fmt: skip
    finally:
        os.close(fd)


def detach(target: str) -> None:
    """Takes a mount out of sight; it ends when nobody uses it any more."""
    if _libc.umount2(target.encode(), _DETACH):
        code = ctypes.get_errno()
        raise OSError(code, f"umount {target}: {os.strerror(code)}")


def turn_to(root: str) -> None:
    """Makes `root`, which is a mount, the root of this mount namespace; of the old one nothing stays."""
    os.chdir(root)
    _call("pivot_root", _PIVOT_ROOT[os.uname().machine], b".", b".")
    detach(".")
    os.chdir("/")


def swapped(one: tuple[int, int], other: tuple[int, int]) -> int:
    """The descriptor of a user namespace in which two users, and two groups, have changed places.

    For real root alone: OSError for everybody else.
    """
    ready, done = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        try:
            os.unshare(os.CLONE_NEWUSER)
            os.write(ready[1], b"1")
            os.close(done[1])
            os.read(done[0], 1)
        finally:
            os._exit(0)
    try:
        os.close(ready[1])
        if os.read(ready[0], 1) != b"1":
            raise OSError("a user namespace for the map of ids cannot be made")
        for name, pair in (("uid_map", (one[0], other[0])), ("gid_map", (one[1], other[1]))):
            with open(f"/proc/{child}/{name}", "w") as file:  # noqa: PTH123 - see wiring
                file.write("".join(f"{inner} {outer} {count}\n" for inner, outer, count in _ranges(*pair)))
        return os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        for fd in (ready[0], *done):
            os.close(fd)
        os.waitpid(child, 0)


def _ranges(one: int, other: int) -> list[tuple[int, int, int]]:
    """All ids onto themselves, but these two onto each other: (first, becomes, count)."""
    low, high = sorted((one, other))
    if low == high:
        return [(0, 0, 0xFFFFFFFF)]
    rest = [(0, 0, low), (low, high, 1), (low + 1, low + 1, high - low - 1), (high, low, 1)]
    rest.append((high + 1, high + 1, 0xFFFFFFFE - high))
    return [each for each in rest if each[2] > 0]
