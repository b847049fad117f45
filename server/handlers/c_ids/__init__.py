"""Handlers whose ids are not random, or do not last."""

from ..entry import Entry
from .cached_table import CachedTable
from .memory_counter import MemoryCounter
from .per_replica_table import PerReplicaTable

ENTRIES = (
    Entry(
        "memory_counter",
        MemoryCounter,
        "a number that is counted up in memory",
        "The next number is no secret, and after a restart it is given out again.",
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
