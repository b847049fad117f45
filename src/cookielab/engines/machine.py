"""What this machine must have for labs of network namespaces: Linux, two programs, and leave to make namespaces."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from .. import extras
from ..topology.records import Host
from .base import Lack

PROGRAMS = {"ip": "iproute2", "nft": "nftables"}
"""What the hosts of a lab call, and the Debian package of each."""
COMMANDS = {"redis-server": "redis-server"}
"""What only some labs need: the programs that a host of theirs runs, and the Debian package of each."""
PARTS = {"mitmweb": ("mitm", "capture=mitm needs it"), "redis-server": ("redis", "a lab with STORE=redis needs it")}
"""The programs of hosts that come with packages of Python or want them, and the extra that brings them."""
SWITCHES = {
    "kernel.apparmor_restrict_unprivileged_userns": "0",
    "kernel.unprivileged_userns_clone": "1",
    "user.max_user_namespaces": "15000",
}
"""sysctls by which distributions forbid user namespaces, with the value that allows them."""

CONTAINER = "--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined"
"""What of Docker's usual settings keeps a container from making namespaces. No capability is needed."""


def search_path() -> str:
    """Where programs are looked for in a lab: first beside the lab's Python, last where users' paths often end short."""
    return os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin:/sbin"))


def lacks(hosts: Iterable[Host]) -> list[Lack]:
    """What is missing for a lab with these hosts; takes some milliseconds and changes nothing."""
    if sys.platform != "linux":
        return [Lack(f"network namespaces need Linux, this is {sys.platform}", "use Docker: ENGINE=docker")]
    return [*programs(host for host in hosts if not _recorder(host)), *_namespaces()]


def _recorder(host: Host) -> bool:
    """A lab can do without this host: it is brought up for captures alone."""
    return host.command is not None and host.command[0] == "mitmweb"


def programs(hosts: Iterable[Host]) -> Iterator[Lack]:
    """The programs that are missing."""
    commands = {host.command[0] for host in hosts if host.command}
    for program, package in (PROGRAMS | {key: COMMANDS[key] for key in COMMANDS if key in commands}).items():
        if not shutil.which(program, path=search_path()):
            yield Lack(f"{program} is not installed", f"apt-get install {package}", (package,))
    for extra, purpose in (PARTS[command] for command in PARTS if command in commands):
        if not extras.there(extra):
            yield Lack(extras.absent(extra, purpose), extras.line(extra))


def _namespaces() -> Iterator[Lack]:
    """Tries it out with util-linux's unshare. Without that program the attempt of `up` itself will tell."""
    unshare = shutil.which("unshare", path=search_path())
    if not unshare:
        return
    flags = ("--net", "--mount", "--pid", "--fork", "--mount-proc", "true")
    said = ""
    for user in ([()] if os.geteuid() == 0 else []) + [("--user", "--map-root-user")]:
        tried = subprocess.run((unshare, *user, *flags), stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if tried.returncode == 0:
            return
        said = " ".join(tried.stderr.decode(errors="replace").split())
    yield Lack(f"this machine forbids user namespaces ({_reason(said)})", _remedy())


def _closed() -> Iterator[str]:
    for key, allowed in SWITCHES.items():
        try:
            value = Path("/proc/sys", key.replace(".", "/")).read_text().strip()
        except OSError:
            continue
        if (value == "0") != (allowed == "0"):
            yield f"{key}={value}"


def _reason(said: str) -> str:
    return ", ".join(_closed()) or said or "unshare gave no reason"


def _remedy() -> str:
    settings = " ".join(f"{key}={SWITCHES[key]}" for key in (closed.partition("=")[0] for closed in _closed()))
    if settings:
        return f"allow them: sudo sysctl -w {settings}; or use root, or Docker (ENGINE=docker)"
    return f"in a container allow them: docker run {CONTAINER}; otherwise use root, or Docker (ENGINE=docker)"
