"""Handlers whose ids are not random, or do not last."""

from ..entry import Entry
from .memory_counter import MemoryCounter

ENTRIES = (
    Entry(
        "memory_counter",
        MemoryCounter,
        "a number that is counted up in memory",
        "The next number is no secret, and after a restart it is given out again.",
    ),
)
