"""The lab's own processes without a start of Python each: PID 1 loads their modules once, and they run in what it forks.

A start with its imports takes as long as fifty requests, and a test's first lab has nine of them.
"""

import importlib
import os
import resource
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import NoReturn


def load(modules: Sequence[str]) -> bool:
    """Imports the modules, the first of which has a `main`. False where that fails: a Python of its own will say why."""
    try:
        if modules and "site" not in sys.modules:  # PID 1 has started without what packages may put there
            import site

            site.main()
        for name in modules:
            importlib.import_module(name)
    except Exception:
        return False
    return bool(modules)


def run(module: str, arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Runs `main` of a module that is loaded, in a forked child, as `python -m` would after exec, and exits with its code."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # as Python does when it starts
            signal.signal(ignored, signal.SIG_IGN)
        os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[1])  # what exec would have closed
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = [module, *arguments]
        sys.stdin = open(0, encoding="utf-8", errors="surrogateescape")  # noqa: SIM115 - they last as long as the process
        sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="surrogateescape")  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
        try:
            code = sys.modules[module].main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
