"""`cookielab exec`: runs a command at a host, on the user's own terminal."""

import argparse

from ..errors import UsageError
from ..lab.state import existing


def command(arguments: argparse.Namespace) -> int:
    argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
    if not argv:
        raise UsageError(f"exec {arguments.host}: no command given; for example: cookielab exec alice -- ip route")
    lab = existing()
    lab.topology.host(arguments.host)
    return lab.engine.attach(arguments.host, argv)
