"""Handlers whose ids are not random, or do not last."""

from ..entry import Entry
from .cached_table import CachedTable
from .forked_prng import ForkedPrng
from .memory_counter import MemoryCounter
from .per_replica_table import PerReplicaTable
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
    Entry(
        "per_replica_table",
        PerReplicaTable,
        "an id of a table in the memory of each replica",
        "Who logged in at one replica is a stranger at the next.",
    ),
    Entry(
        "cached_table",
        CachedTable,
        "an id of a shared table, of which each replica remembers what it has read",
        "A logout at one replica is not heard of at the others.",
    ),
)
