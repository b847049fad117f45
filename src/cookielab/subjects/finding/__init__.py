"""Finds out how people use a server, as a profile: `find(probe, given)`. It asks through a probe, and within bounds."""

from .finding import Found, find
from .probe import Browser, Probe

__all__ = ["Browser", "Found", "Probe", "find"]
