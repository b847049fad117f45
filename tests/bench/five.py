"""What both programs run in the lab of five hosts: the gateway's NAT, and a client that asks until it is answered.

Imports nothing, for Mininet's Python is another one.
"""

import os
import time

NAT = (
    "nft 'add table ip nat; add chain ip nat post { type nat hook postrouting priority srcnat; }; "
    "add rule ip nat post ip saddr 192.168.10.0/24 masquerade'"
)
ASK = "until curl -s -o /dev/null --max-time 1 http://198.51.100.80:8000/; do :; done"


def since_start() -> float:
    """Seconds since the kernel started this process."""
    with open("/proc/self/stat") as file:  # noqa: PTH123 - one line for an old Python
        started = int(file.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started
