"""What a scenario may do, and how one is played."""

from .stage import Scenario, Stage

__all__ = ["Scenario", "Stage"]
