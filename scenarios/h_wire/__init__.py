"""The wire: see README.md."""

from cookielab.stage import Group

from . import eavesdrop, flaky_network, gateway_jar

GROUP = Group(
    "H",
    "The wire",
    (eavesdrop.SCENARIO, gateway_jar.SCENARIO, flaky_network.SCENARIO),
)
