"""The scenarios and what each handler must come out as: they stand in a story folder, not in the package.

They are loaded under a name of their own. `scenarios`, `server` or `clients` may be modules of whoever runs the lab in
his own process, as a test does, and must stay his.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any, cast

from ..errors import LabError
from ..judging.verdict import Verdict
from ..places import root
from ..subjects.handlers import SLIDE
from .scenario import Group, Scenario

NAME = "cookielab_scenarios"


def catalogued() -> dict[str, Scenario]:
    """All scenarios by id, in their order."""
    return {scenario.id: scenario for scenario in cast(tuple[Scenario, ...], _module().SCENARIOS)}


def groups() -> tuple[Group, ...]:
    """The groups of scenarios, in their order."""
    return cast(tuple[Group, ...], _module().GROUPS)


def expected() -> Mapping[str, Mapping[str, Verdict]]:
    """By scenario and handler, the verdict that must come out."""
    _module()
    return cast(Mapping[str, Mapping[str, Verdict]], import_module(f"{NAME}.expected").EXPECTED)


def wanted(scenario: str, handler: str) -> Verdict | None:
    """What must come out of a handler in a scenario of the catalogue; None where the table says nothing of the handler."""
    table = expected()[scenario]
    if handler not in SLIDE:
        return table.get(handler)
    slide = import_module(f"{NAME}.expected").SLIDE
    return cast(Verdict, slide.get(scenario, Verdict.HOLDS))


def _module() -> Any:
    if NAME not in sys.modules:
        folder = root() / "scenarios"
        spec = spec_from_file_location(NAME, folder / "__init__.py", submodule_search_locations=[str(folder)])
        if spec is None or spec.loader is None:
            raise LabError(f"{folder} cannot be loaded; install the lab anew")
        module = sys.modules[NAME] = module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[NAME]
            raise
    return sys.modules[NAME]
