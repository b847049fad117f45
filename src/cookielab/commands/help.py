"""`cookielab help`: what a command does and takes, as its `--help` says it."""

import argparse
import sys

from ..errors import one_of
from ..parsing import COMMANDS, parser


def command(arguments: argparse.Namespace) -> int:
    words = [one_of(COMMANDS, arguments.about, "command")] if arguments.about else []
    try:
        parser().parse_args([*words, "--help"])
    except SystemExit:
        sys.stdout.flush()
    return 0
