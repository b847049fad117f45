"""Identity is: a random id, in a table in the memory of each replica of the server.

With one process it is the fix. With three behind a load balancer each has a table of its own, so whoever logged in at one is
a stranger at the next; and as each gives a stranger a new id, the old one is lost for good.

It happened: https://github.com/cloud-gov/cg-dashboard/issues/751
"""

from ..small_table import SmallTable


class PerReplicaTable(SmallTable):
    """The small table as it is: its mistake is to be there three times."""
