"""What a scenario may do, and how one is played."""

from .person import Person
from .stage import Scenario, Stage

__all__ = ["Person", "Scenario", "Stage"]
