"""Where ids come from: see README.md."""

from cookielab.stage import Group

from . import forked_prng, restart, sequential

GROUP = Group(
    "C",
    "Where ids come from",
    (
        sequential.SCENARIO,
        forked_prng.SCENARIO,
        restart.SCENARIO,
    ),
)
