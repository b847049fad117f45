"""The files that a sandboxed process sees: a new root in which only what it needs is shown, and that read-only.

Its own folder lies under a layer that takes what it writes. That layer, its /tmp, /run and home are one tmpfs of
limited size which belongs to the sandbox and ends with it.
"""

import os
import stat
from contextlib import suppress
from typing import Any

from . import kernel, mounts

ROOT = "/run/cookielab-root"
"""Where PID 1 has made a place for new roots; the mount is seen by the process that makes it alone."""
LOWER = "/run/cookielab-lower"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
EMPTY = ("/tmp", "/run", "/var/tmp", "/dev/shm", "/var/lib/php/sessions")  # noqa: S108 - of the sandbox alone
"""Writable and empty, and kept while the sandbox is: a server that keeps its sessions in /tmp is to find them again."""
MASKED = ("kcore", "keys", "key-users", "timer_list", "sysrq-trigger", "kallsyms", "sched_debug")


class Room:
    """Builds the root. `plan` is what `engines.cells` has worked out; `user` is (uid, gid) inside, None for our own."""

    def __init__(self, plan: dict[str, Any], user: tuple[int, int] | None) -> None:
        self.plan, self.user, self.layer = plan, user, plan["layer"]
        self.maps: dict[tuple[int, int], int] = {}

    def learn(self) -> None:
        """Makes the maps by which the owners of what is shown become the sandbox's user."""
        for path in (self.plan["folder"], *self.plan["readable"]):
            if os.path.exists(path):  # noqa: PTH110
                self._ids(path)

    def build(self) -> None:
        """Called by the first process of the new PID namespace, whose /proc it is. Afterwards the old root is gone."""
        mounts.mount("tmpfs", ROOT, "tmpfs", mounts.HARMLESS, "mode=755,size=16m")
        for place in SYSTEM:
            self._system(place)
        for place in self.plan["etc"]:
            self._show(place, mounts.READ_ONLY | mounts.HARMLESS)
        for place, text in self.plan["texts"].items():
            self._write(place, text)
        self._devices()
        places = [(place, self._empty) for place in (*EMPTY, self.plan["home"])]
        places += [(place, self._private) for place in self.plan["readable"]]
        places += [(self.plan["folder"], self._folder)]
        places += [(place, self._hidden) for place in self.plan["hidden"]]
        for place, show in sorted(places, key=lambda each: each[0].count("/")):  # what lies deeper comes on top
            show(place)
        self._proc()
        self._links()
        os.chmod(ROOT, 0o755)  # noqa: PTH101, S103 - as every root
        seal = mounts.READ_ONLY | mounts.HARMLESS
        kernel.mount("none", ROOT, flags=kernel.BIND | kernel.REMOUNT | seal)
        mounts.turn_to(ROOT)

    def _links(self) -> None:
        for name, target in (("/var/run", "/run"), ("/var/lock", "/run/lock")):
            with suppress(FileExistsError):
                self._parents(name)
                os.symlink(target, ROOT + name)  # noqa: PTH211
        lock = f"{self.layer}/run/lock"
        os.makedirs(lock, exist_ok=True)  # noqa: PTH103
        os.chmod(lock, 0o1777)  # noqa: PTH101, S103 - as on every machine

    def _parents(self, place: str) -> None:
        os.makedirs(os.path.dirname(ROOT + place), exist_ok=True)  # noqa: PTH103, PTH120

    def _system(self, place: str) -> None:
        """A part of the system; a symbolic link is one here as well."""
        if os.path.islink(place):  # noqa: PTH114
            self._parents(place)
            os.symlink(os.readlink(place), ROOT + place)  # noqa: PTH115, PTH211
        elif os.path.isdir(place):  # noqa: PTH112
            self._show(place, mounts.READ_ONLY | mounts.HARMLESS)

    def _show(self, place: str, flags: int, *, ids: int | None = None, target: str | None = None) -> None:
        try:
            fd = mounts.tree(place)
        except FileNotFoundError:
            return
        try:
            mounts.restrict(fd, flags, ids=ids)
        except OSError:
            if ids is None:
                raise
            mounts.restrict(fd, flags)  # a file system that cannot show ids as others
        self._spot(target or place, directory=stat.S_ISDIR(os.stat(place).st_mode))  # noqa: PTH116
        mounts.attach(fd, ROOT + (target or place))

    def _spot(self, place: str, *, directory: bool) -> None:
        """Something to mount on."""
        self._parents(place)
        if directory:
            os.makedirs(ROOT + place, exist_ok=True)  # noqa: PTH103
        else:
            with suppress(FileExistsError):
                os.close(os.open(ROOT + place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))

    def _write(self, place: str, text: str) -> None:
        self._parents(place)
        with open(ROOT + place, "w") as file:  # noqa: PTH123 - see wiring
            file.write(text)

    def _ids(self, path: str) -> int | None:
        """By this map who owns the path is the sandbox's user; None where no map is wanted."""
        if self.user is None:
            return None
        found = os.stat(path)  # noqa: PTH116
        owner = found.st_uid, found.st_gid
        if owner not in self.maps:
            self.maps[owner] = mounts.swapped(owner, self.user)
        return self.maps[owner]

    def _private(self, place: str) -> None:
        """What lies in somebody's home, such as a version manager: readable as it is for its owner."""
        if os.path.islink(place):  # noqa: PTH114
            self._parents(place)
            with suppress(OSError):  # it is there since the last start, or what it lies in is shown whole
                os.symlink(os.readlink(place), ROOT + place)  # noqa: PTH115, PTH211
        elif os.path.exists(place):  # noqa: PTH110
            self._show(place, mounts.READ_ONLY | mounts.HARMLESS, ids=self._ids(place))

    def _own(self, path: str, mode: int) -> None:
        if self.user:
            os.chown(path, *self.user)
        os.chmod(path, mode)  # noqa: PTH101

    def _empty(self, place: str) -> None:
        """An empty place of the sandbox's own; it is there again when the sandbox's next process starts."""
        if place == "/var/lib/php/sessions" and not os.path.isdir(place):  # noqa: PTH112
            return
        inside = f"{self.layer}/{place.strip('/').replace('/', '_')}"
        os.makedirs(inside, exist_ok=True)  # noqa: PTH103
        self._own(inside, 0o1777 if place in EMPTY else 0o755)
        self._spot(place, directory=True)
        kernel.mount(inside, ROOT + place, flags=kernel.BIND)

    def _folder(self, place: str) -> None:
        """The user's folder, under a layer for what is written to it."""
        upper, work = f"{self.layer}/.upper", f"{self.layer}/.work"
        found = os.stat(place)  # noqa: PTH116
        for path in (upper, work):
            os.makedirs(path, exist_ok=True)  # noqa: PTH103
        os.chmod(upper, stat.S_IMODE(found.st_mode))  # noqa: PTH101
        lower = place
        if ids := self._ids(place):
            fd = mounts.tree(place, recursive=False)
            mounts.restrict(fd, mounts.READ_ONLY | mounts.HARMLESS, ids=ids, recursive=False)
            mounts.attach(fd, LOWER)
            lower = LOWER
            os.chown(upper, *(self.user or (found.st_uid, found.st_gid)))
        self._spot(place, directory=True)
        options = ",".join(
            f"{key}dir={_escaped(path)}" for key, path in (("lower", lower), ("upper", upper), ("work", work))
        )
        mounts.mount(
            "overlay", ROOT + place, "overlay", mounts.HARMLESS, options if self.user else f"{options},userxattr"
        )
        if ids:
            mounts.detach(LOWER)

    def _hidden(self, place: str) -> None:
        """What the sandbox must not see of what lies inside that which it sees."""
        if os.path.isdir(ROOT + place):  # noqa: PTH112
            mounts.mount("tmpfs", ROOT + place, "tmpfs", mounts.READ_ONLY | mounts.HARMLESS, "mode=755,size=4k")
        elif os.path.exists(ROOT + place):  # noqa: PTH110
            kernel.mount("/dev/null", ROOT + place, flags=kernel.BIND)

    def _devices(self) -> None:
        os.makedirs(f"{ROOT}/dev", exist_ok=True)  # noqa: PTH103
        for name in DEVICES:
            self._spot(f"/dev/{name}", directory=False)
            kernel.mount(f"/dev/{name}", f"{ROOT}/dev/{name}", flags=kernel.BIND)
        for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
            os.symlink(f"/proc/self/{target}", f"{ROOT}/dev/{name}")  # noqa: PTH211

    def _proc(self) -> None:
        os.makedirs(f"{ROOT}/proc")  # noqa: PTH103
        os.makedirs(f"{ROOT}/sys")  # noqa: PTH103
        flags = mounts.READ_ONLY | mounts.HARMLESS | mounts.NOEXEC
        kernel.mount("proc", f"{ROOT}/proc", "proc", flags)
        for name in MASKED:
            if os.path.exists(f"{ROOT}/proc/{name}"):  # noqa: PTH110
                kernel.mount("/dev/null", f"{ROOT}/proc/{name}", flags=kernel.BIND)


def _escaped(path: str) -> str:
    """A path as an option of overlay: it separates by colons and commas."""
    return path.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")
