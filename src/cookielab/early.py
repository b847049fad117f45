"""Ctrl-C from the first moment on: the command line imports this before anything that takes time to import.

Until `interrupts.listen` takes over nothing has been begun that would have to be cleaned up. As a library `cookielab`
leaves the signals of whoever imports it alone. (`signal` itself imports `enum`, which takes longer than all of this.)
"""

import _signal  # type: ignore[import-not-found]
import os
import sys

NOT_HERE = b"cookielab: Windows itself has no part of what a lab is made of; use WSL 2 or the devcontainer: docs/installing.md\n"
SAID = b"cookielab: interrupted\n"
INTERRUPT, TERMINATE = 2, 15

if sys.platform == "win32":
    os.write(2, NOT_HERE)
    os._exit(3)


def _leave(*_: object) -> None:
    os.write(2, SAID)
    os._exit(130)


def _is_command() -> bool:
    """This process was started as `cookielab` or `python -m cookielab`."""
    program = getattr(sys.modules.get("__main__"), "__file__", None) or ""
    folder, _, name = program.rpartition(os.sep)
    return name == "cookielab" or (name == "__main__.py" and folder.rpartition(os.sep)[2] == "cookielab")


if _is_command():
    for number in (INTERRUPT, TERMINATE):
        _signal.signal(number, _leave)
