"""Brings five.yaml's lab up on Mininet, prints the seconds from this process's start to the first answer, ends it.

Run by the Python that Debian's package is for, as root, in a network namespace of its own.
"""

import os
import sys

from mininet.net import Mininet  # type: ignore[import-not-found]
from mininet.nodelib import LinuxBridge  # type: ignore[import-not-found]

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

from five import ASK, NAT, since_start  # type: ignore[import-not-found]


def main() -> None:
    net = Mininet(controller=None, switch=LinuxBridge)
    public, home = net.addSwitch("s1"), net.addSwitch("s2")
    server = net.addHost("server", ip="198.51.100.80/24")
    gateway = net.addHost("gateway", ip="198.51.100.2/24")
    clients = [
        net.addHost(name, ip=f"192.168.10.{number}/24", defaultRoute="via 192.168.10.1")
        for number, name in enumerate(("alice", "bob", "carol"), start=11)
    ]
    net.addLink(server, public)
    net.addLink(gateway, public)
    net.addLink(gateway, home, params1={"ip": "192.168.10.1/24"})
    for client in clients:
        net.addLink(client, home)
    net.start()
    try:
        server.cmd("/usr/bin/python3 -m http.server 8000 >/dev/null 2>&1 &")
        gateway.cmd(f"sysctl -qw net.ipv4.ip_forward=1; {NAT}")
        clients[0].cmd(ASK)
        print(since_start(), flush=True)
    finally:
        net.stop()


if __name__ == "__main__":
    main()
