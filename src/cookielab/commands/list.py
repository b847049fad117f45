"""`cookielab list`: what there is to choose from."""

import argparse
import json

from ..errors import one_of
from ..report.listing import KINDS, show


def command(arguments: argparse.Namespace) -> int:
    wanted = [one_of(KINDS, word, "kind of thing") for word in dict.fromkeys(arguments.kinds)] or list(KINDS)
    listed = {kind: KINDS[kind]() for kind in wanted}
    if arguments.json:
        print(json.dumps(listed, indent=1))
    else:
        show(listed)
    return 0
