"""What a scenario may do, and how one is played."""

from ..subjects.handlers import IDLE_SECONDS, LIFE_SECONDS
from .person import Person
from .stage import Group, Scenario, Stage

__all__ = ["IDLE_SECONDS", "LIFE_SECONDS", "Group", "Person", "Scenario", "Stage"]
