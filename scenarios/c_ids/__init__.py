"""Where ids come from: see README.md."""

from cookielab.stage import Group

from . import replica_lag, replicas, restart

GROUP = Group("C", "Where ids come from", (restart.SCENARIO, replicas.SCENARIO, replica_lag.SCENARIO))
