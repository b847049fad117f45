"""What a scenario may do, and how one is played."""

from .person import Person
from .stage import Group, Scenario, Stage

__all__ = ["Group", "Person", "Scenario", "Stage"]
