"""Handlers whose ids are not random, or do not last."""

from ..entry import Entry
from .forked_prng import ForkedPrng
from .memory_counter import MemoryCounter
from .sequential_ids import SequentialIds

ENTRIES = (
    Entry(
        "memory_counter",
        MemoryCounter,
        "a number that is counted up in memory",
        "The next number is no secret, and after a restart it is given out again.",
    ),
    Entry(
        "sequential_ids",
        SequentialIds,
        "the time in milliseconds",
        "Who comes before and after Alice knows where to look for hers.",
    ),
    Entry(
        "forked_prng",
        ForkedPrng,
        "an id of the table, made by workers that share one random generator",
        "Every worker makes the same ids as the others.",
    ),
)
