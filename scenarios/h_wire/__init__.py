"""The wire: see README.md."""

from cookielab.stage import Group

from . import flaky_network

GROUP = Group(
    "H",
    "The wire",
    (flaky_network.SCENARIO,),
)
