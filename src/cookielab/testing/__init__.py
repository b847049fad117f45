"""The lab in a test suite: what a conftest and its tests import. Nothing of the lab is loaded until it is used."""

from typing import TYPE_CHECKING, Any

from .subject import Subject

if TYPE_CHECKING:
    from ..stage.person import Person
    from .catalogue import scenarios
    from .lab import Lab

__all__ = ["Lab", "Person", "Subject", "scenarios"]

_LATE = {"Lab": ".lab", "Person": "..stage.person", "scenarios": ".catalogue"}


def __getattr__(name: str) -> Any:
    """Brings what needs the lab's own modules, when it is asked for."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATE[name], __name__), name)
