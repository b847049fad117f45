"""Calls a profile's Python login in a process of its own: `python -m cookielab.subjects.calling module:function`.

The function is called with the user's variables and the subject's URL, and returns cookies by name, or a mapping with
`cookies` and `headers`. It is found in the folder of the profile, where this is started.
"""

import importlib
import json
import os
import sys

from .external import as_provided


def main(argv: list[str]) -> int:
    """Prints what the function returned, as JSON; what it prints itself goes to stderr."""
    module, _, name = argv[0].partition(":")
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - a path for imports is a text
    out, sys.stdout = sys.stdout, sys.stderr
    function = getattr(importlib.import_module(module), name or "login")
    found = function(json.loads(os.environ["COOKIELAB_USER"]), os.environ["COOKIELAB_URL"])
    out.write(json.dumps(as_provided(dict(found))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
