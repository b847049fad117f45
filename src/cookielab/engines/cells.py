"""Sandboxes of the netns engine, seen from outside: what is shown in them is worked out here, and made by `inside.room`."""

import os
import pwd
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import LabError, UsageError
from ..places import how
from ..topology.records import Host
from . import door, needs
from .base import Sandbox
from .process import Process

type Spawn = Callable[[Sequence[str], Mapping[str, str], Mapping[str, Any]], Process]
"""Starts a program at the host with this environment in a sandbox of this plan."""

ETC = (
    "alternatives bash.bashrc ca-certificates ca-certificates.conf crypto-policies debian_version default/locale environment "
    "ethertypes fonts gai.conf gemrc group host.conf ImageMagick-6 ImageMagick-7 inputrc jvm ld.so.cache ld.so.conf "
    "ld.so.conf.d locale.alias locale.conf locale.gen localtime lsb-release magic magic.mime mailcap mime.types nanorc "
    "networks nodejs npmrc nsswitch.conf os-release perl php profile protocols python3 python3.11 python3.12 python3.13 "
    "rpc ruby services shells terminfo timezone vim X11/rgb.txt java java-11-openjdk java-17-openjdk java-21-openjdk "
    "java-25-openjdk ssl/certs ssl/openssl.cnf pki/tls/certs pki/ca-trust pki/java"
).split()
"""What is shown of /etc: settings of languages and of the C library, and nothing that holds a password."""
WALK = 4
"""Folders deep that a state of a lab is looked for in what is shown, to hide it."""
SECRETS = "credentials credentials.toml credentials.json .credentials .netrc .npmrc .pypirc .ssh .gnupg .aws auth.json".split()
"""What some languages keep beside their programs, as in ~/.cargo."""
FORBIDDEN = frozenset("/ /etc /proc /sys /dev /run /tmp /var /boot /home /usr /bin /sbin /lib".split())


def home() -> Path:
    """The user's own home, which a sandbox sees as an empty one."""
    return Path(os.path.realpath(os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir))


class NetnsCell:
    """See base.Cell. Its layer is there as long as its connection to the lab's PID 1."""

    def __init__(self, host: Host, sandbox: Sandbox, state: Path, names: str, spawn: Spawn) -> None:
        self.folder = _checked(sandbox.folder)
        self._sandbox, self._state, self._names, self._spawn = sandbox, state, names, spawn
        connection = door.connect(state)
        if connection is None:
            raise LabError(f"no lab is up for the sandbox at host {host.name}; bring it up: {how('up')}")
        try:
            door.ask(connection, {"do": "layer", "size": sandbox.size, "folder": str(self.folder)})
            said = door.receive(connection) or {"failed": "the lab has ended"}
            if "failed" in said:
                raise LabError(f"a sandbox for {self.folder} at host {host.name} cannot be made: {said['failed']}")
        except BaseException:
            connection.close()
            raise
        self._connection, self._layer, self._user = connection, said["layer"], said["user"]
        self.isolation = (
            "it runs as a user of its own, whom nothing on this machine belongs to"
            if self._user is not None
            else "it runs with your own user's id, because this user may map no other one; files, processes and sockets are shut off all the same"
        )

    def start(self, argv: Sequence[str], environment: Mapping[str, str] | None = None) -> Process:
        given = self._environment() | dict(self._sandbox.environment) | dict(environment or {})
        return self._spawn(argv, given, self._plan(argv, given))

    def close(self) -> None:
        self._connection.close()

    def _environment(self) -> dict[str, str]:
        own = {"HOME": str(home()), "TMPDIR": "/tmp", "PYTHONUNBUFFERED": "1"}  # noqa: S108 - the sandbox's own
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", **needs.passed(os.environ), **own}

    def _plan(self, argv: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
        mine = home()
        readable = [*needs.readable(argv, self.folder, environment, mine), *self._sandbox.readable]
        return {
            "layer": self._layer,
            "user": self._user,
            "home": str(mine),
            "folder": str(self.folder),
            "readable": [str(path) for path in readable],
            "hidden": sorted({str(path) for path in self._hidden([self.folder, *readable])}),
            "etc": [f"/etc/{name}" for name in ETC],
            "texts": {
                "/etc/hosts": self._names.replace("::1\tlocalhost\n", "::1\tip6-localhost\n"),
                "/etc/resolv.conf": "",
                "/etc/passwd": self._accounts(mine),
            },
            "limits": dict(self._sandbox.limits),
        }

    def _accounts(self, mine: Path) -> str:
        """The machine's accounts, and the sandbox's own."""
        known = Path("/etc/passwd").read_text(errors="replace")
        own = f"subject:x:{self._user}:{self._user}:subject:{mine}:/bin/sh\n"
        return known if self._user is None else known.rstrip("\n") + "\n" + own

    def _hidden(self, shown: Sequence[Path]) -> Iterator[Path]:
        """States of labs, with passwords and evidence, and keys beside programs, that lie in what is shown."""
        for place in shown:
            yield from _states(place, WALK)
            if place != self.folder:
                yield from (place / name for name in SECRETS if (place / name).exists())
            if self._state.is_relative_to(place) and self._state != place:
                parents = [self._state, *self._state.parents]
                yield next((path for path in parents if path.name == ".lab"), self._state)


def _states(place: Path, depth: int) -> Iterator[Path]:
    try:
        with os.scandir(place) as entries:
            folders = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    for entry in folders:
        if entry.name == ".lab":
            yield Path(entry.path)
        elif depth and entry.name not in ("node_modules", ".git", "site-packages", "__pycache__"):
            yield from _states(Path(entry.path), depth - 1)


def _checked(folder: Path) -> Path:
    """The folder's real path. UsageError where it is none, or holds more than a program's own files."""
    real = Path(os.path.realpath(folder))
    if not real.is_dir():
        raise UsageError(f"{folder} is no folder; name the one that the command is to run in")
    if str(real) in FORBIDDEN or home().is_relative_to(real):
        raise UsageError(f"{real} holds more than a server's own files; put the server into a folder of its own")
    return real
