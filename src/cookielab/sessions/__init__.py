"""The session table has become a distribution of its own, `sessiontable`; under this name it stays for one release.

Each module here is the one there: `cookielab.sessions.asgi` is `sessiontable.asgi`, wherever it has been put.
"""

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_loader
from types import ModuleType

from ..places import TABLE

warnings.warn(
    "cookielab.sessions is called sessiontable now, and goes with the next release: pip install ./sessiontable in a "
    "checkout, and write sessiontable in place of cookielab.sessions",
    DeprecationWarning,
    stacklevel=2,
)
_found = find_spec("sessiontable")
if (
    _found is None or _found.origin is None
):  # at most the folder of a checkout: the lab carries a copy for its own server
    sys.path.append(str(TABLE))

import sessiontable  # noqa: E402
from sessiontable import *  # noqa: E402, F403

__all__ = sessiontable.__all__


_FOLDERS = {
    "asynchronous": "logic", "cookie": "http", "core": "logic", "ids": "basics", "inline": "logic", "refusal": "http",
    "table": "logic", "values": "basics",
}  # fmt: skip
"""Where the modules of before are that are in a folder now."""


def _now(name: str) -> str:
    """What `cookielab.sessions.X` is called."""
    rest = name.removeprefix(f"{__name__}.")
    return ".".join(filter(None, ("sessiontable", _FOLDERS.get(rest), rest)))


class _Moved(MetaPathFinder, Loader):
    """Finds `cookielab.sessions.X` where `sessiontable` has X."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        ours = name.startswith(f"{__name__}.") and find_spec(_now(name))
        return spec_from_loader(name, self) if ours else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(_now(spec.name))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It has been run under its own name, which the import has just taken from it."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


sys.meta_path.insert(0, _Moved())
