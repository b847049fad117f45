"""`cookielab nat`: shows or changes a gateway's NAT while the lab is up."""

import argparse

from ..errors import one_of
from ..lab.state import existing

WORDS = ("show", "set", "capture", "table", "flush", "timers")


def command(arguments: argparse.Namespace) -> int:
    words = arguments.words or ["show"]
    if not words[0].startswith("-"):
        one_of(WORDS, words[0], "nat command")
    lab = existing()
    gateway = one_of([host.name for host in lab.topology.gateways()], arguments.gateway or lab.gateway(), "gateway")
    return lab.engine.attach(gateway, ["python", "-m", "nat.gateway", *words])
