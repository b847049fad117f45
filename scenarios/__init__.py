"""The scenarios, in the order in which they are told: each a situation in a real network, and the mistake it exposes."""

from cookielab.stage import Scenario

from . import cycle, foreign_cookie, forged, nat, port_reuse, roam

SCENARIOS: tuple[Scenario, ...] = (
    cycle.SCENARIO,
    nat.SCENARIO,
    port_reuse.SCENARIO,
    roam.SCENARIO,
    foreign_cookie.SCENARIO,
    forged.SCENARIO,
)
