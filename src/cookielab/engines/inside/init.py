"""PID 1 of a lab: enters new namespaces, builds the lab in them and keeps it. When this process ends, all of it ends.

`NetnsEngine.up` starts it with a plan on stdin; whether the lab is there is told once on the control connection.
"""

import json
import os
import resource
import socket
import sys
from typing import NoReturn

from . import birth, kernel, netlink, wiring
from .keeper import Keeper


def enter() -> None:
    """New namespaces for the lab. Who may not make them makes a user namespace first, and is root in that one alone."""
    user, group = os.geteuid(), os.getegid()
    flags = os.CLONE_NEWNS | os.CLONE_NEWNET | os.CLONE_NEWPID
    try:
        os.unshare(flags)
    except PermissionError:
        os.unshare(os.CLONE_NEWUSER)
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123
                file.write(text)
        os.unshare(flags)


def furnish() -> None:
    """The lab's own /proc and an empty /run: no socket of a service of the machine, and nothing that outlives the lab."""
    kernel.mount("none", "/", flags=kernel.RECURSIVE | kernel.PRIVATE)
    kernel.mount("proc", "/proc", "proc", kernel.NOSUID | kernel.NODEV | kernel.NOEXEC)
    kernel.mount("tmpfs", "/run", "tmpfs", kernel.NOSUID | kernel.NODEV)
    os.makedirs(birth.NAMES)  # noqa: PTH103
    os.chmod(birth.SHARED, 0o1777)  # noqa: PTH101, S103 - as /tmp


def relay(namespace: int, ports: dict[int, int]) -> int:
    """Starts the relay of a host's published ports; gives its process id. The listening sockets are its own then."""
    pid = os.fork()
    if not pid:
        try:
            os.setsid()
            os.setns(namespace, os.CLONE_NEWNET)
            from . import relay as relaying

            relaying.serve(ports)
        finally:
            os._exit(1)
    for fd in ports:
        os.close(fd)
    return pid


def main() -> NoReturn:
    """Reads the plan, becomes PID 1, builds the lab, serves. A failure is told on the control connection."""
    plan = json.load(sys.stdin)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    published = {host: dict(ports) for host, ports in plan["published"].items()}
    for fd in (plan["control"], plan["door"], *(fd for ports in published.values() for fd in ports)):
        os.set_inheritable(fd, False)
    _, hard = limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a namespace costs a descriptor
        enter()
        if os.fork():
            os._exit(0)
        os.chdir("/")
        furnish()
        wires = wiring.Wires()
        wires.add(plan["networks"], plan["hosts"], plan["shares"])
        relays = [relay(wires.places[host], ports) for host, ports in published.items()]
        Keeper(plan["control"], plan["door"], wires, relays, limit).serve()
    except (OSError, netlink.WireError) as error:
        socket.socket(fileno=plan["control"]).send(json.dumps({"failed": str(error)}).encode())
        os._exit(1)


if __name__ == "__main__":
    main()
