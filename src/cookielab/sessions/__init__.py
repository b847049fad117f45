"""The session table has become a distribution of its own, `sessiontable`; under this name it stays for one release.

Each module here is the one there: `cookielab.sessions.asgi` is `sessiontable.asgi`.
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


class _Moved(MetaPathFinder, Loader):
    """Finds `cookielab.sessions.X` where `sessiontable.X` is."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return spec_from_loader(name, self) if name.startswith(f"{__name__}.") else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return import_module(spec.name.replace(__name__, "sessiontable", 1))

    def exec_module(self, module: ModuleType) -> None:
        """It has been run under its own name."""


sys.meta_path.insert(0, _Moved())
