"""Sessions in the memory of this process."""

from .store import MemoryStore

__all__ = ["MemoryStore"]
