"""`cookielab logs`: what a host's own command has printed."""

import argparse

from ..lab.state import existing


def command(arguments: argparse.Namespace) -> int:
    lab = existing()
    lab.topology.host(arguments.host)
    print(lab.engine.logs(arguments.host), end="")
    return 0
