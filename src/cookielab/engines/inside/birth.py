"""What a process of a host does between fork and exec: it moves into the host and gives up what it may not have."""

import os
import resource
import signal
import socket
from typing import Any, NoReturn

from . import kernel, warm, wiring

SHARED = "/run/cookielab"
"""A directory for processes of different hosts, such as mitmproxy's flows."""
NAMES = f"{SHARED}/names"
"""Directory of each host's own /etc/hosts."""

AS_IN_A_CONTAINER = {"net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 0"}
"""Without capabilities a process may use low ports and ping. Set when a host gets its first process: see netlink."""


def settle(host: str, namespace: int) -> None:
    """Moves the calling process into a host: its IP stack, its name, its table of names, no other way to resolve."""
    os.setns(namespace, os.CLONE_NEWNET)
    os.unshare(os.CLONE_NEWNS | os.CLONE_NEWUTS)
    socket.sethostname(host)
    kernel.bind(f"{NAMES}/{host}", "/etc/hosts")
    if os.path.exists("/etc/resolv.conf"):  # noqa: PTH110 - see wiring
        kernel.bind("/dev/null", "/etc/resolv.conf")


def become(
    request: dict[str, Any], namespace: int, fds: list[int], limit: tuple[int, int], *, first: bool, warmed: bool
) -> NoReturn:
    """Turns the forked child into the requested command.

    `fds`: stdin, stdout, stderr, and a pipe that takes the reason if it fails and closes silently if it succeeds.
    `limit`: of open files, soft and hard. `first`: no process has been at this host before.
    `warmed`: its modules are loaded, and no exec is needed.
    """
    *streams, failure = fds
    try:
        os.setsid()
        for number, fd in enumerate(streams):
            os.dup2(fd, number)
        if request["terminal"]:
            import fcntl
            import termios

            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        for default in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT):
            signal.signal(default, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
        settle(request["host"], namespace)
        if first:
            wiring.settings(AS_IN_A_CONTAINER)
        if "sandbox" in request:
            from . import sandbox

            sandbox.become({**request, "failure": failure})
        if not request["capabilities"]:
            kernel.bind("/proc/sys", "/proc/sys", read_only=True)  # real root may write there even without any
        home, (user, group) = request["environment"]["HOME"], request["user"]
        os.makedirs(home, exist_ok=True)  # noqa: PTH103
        os.chown(home, user, group)
        kernel.keep_only(request["capabilities"], user, group, now=warmed)
        os.chdir(request["directory"])
        if warmed:
            warm.run(request["modules"][0], request["argv"][3:], request["environment"])
        kernel.execute(request["argv"], request["environment"])
    except BaseException as error:  # whatever it is, the command that asked must hear of it
        os.write(failure, str(error).encode()[:4096])
    finally:
        os._exit(127)
