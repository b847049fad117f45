"""`cookielab down`: takes the lab down; nothing is left."""

import argparse
import sys

from ..lab import state as labs


def command(arguments: argparse.Namespace) -> int:
    name = labs.name()
    with labs.alone(name):
        lab = labs.find()
        removed = labs.down(lab) if lab else []
    for what in removed:
        print(f"removed {what}", file=sys.stderr)
    print(f"the lab '{name}' is down" if lab else f"no lab '{name}' is up; nothing to do")
    return 0
