"""Where ids come from: see README.md."""

from cookielab.stage import Group

from . import forked_prng, replica_lag, replicas, restart, sequential

GROUP = Group(
    "C",
    "Where ids come from",
    (
        sequential.SCENARIO,
        forked_prng.SCENARIO,
        restart.SCENARIO,
        replicas.SCENARIO,
        replica_lag.SCENARIO,
    ),
)
