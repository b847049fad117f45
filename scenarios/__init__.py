"""The scenarios, in the order in which they are told: each a situation in a real network, and the mistake it exposes."""

from cookielab.stage import Scenario

from . import (
    account_disabled,
    address_each_connection,
    cycle,
    duplicates,
    fixation,
    foreign_cookie,
    forged,
    forged_pin,
    forwarded_header,
    malformed_neighbour,
    nat,
    neighbour_lockout,
    old_id_alive,
    port_reuse,
    replay_after_logout,
    restart,
    roam,
    split_header,
    two_tabs,
    user_switch,
)

SCENARIOS: tuple[Scenario, ...] = (
    cycle.SCENARIO,
    nat.SCENARIO,
    port_reuse.SCENARIO,
    roam.SCENARIO,
    address_each_connection.SCENARIO,
    foreign_cookie.SCENARIO,
    malformed_neighbour.SCENARIO,
    duplicates.SCENARIO,
    split_header.SCENARIO,
    forged.SCENARIO,
    fixation.SCENARIO,
    old_id_alive.SCENARIO,
    user_switch.SCENARIO,
    forwarded_header.SCENARIO,
    forged_pin.SCENARIO,
    replay_after_logout.SCENARIO,
    two_tabs.SCENARIO,
    restart.SCENARIO,
    account_disabled.SCENARIO,
    neighbour_lockout.SCENARIO,
)
