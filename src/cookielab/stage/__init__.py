"""What a scenario may do, and how one is played."""

from ..subjects.handlers import IDLE_SECONDS, LIFE_SECONDS
from .person import Person
from .scenario import Group, Scenario
from .stage import Stage

__all__ = ["IDLE_SECONDS", "LIFE_SECONDS", "Group", "Person", "Scenario", "Stage"]
