"""The scenarios, in the order in which they are told: each a situation in a real network, and the mistake it exposes.

A folder for each group. Its README says what goes wrong there, and how to mend it.
"""

from cookielab.stage import Group, Scenario

from . import a_wrong_key, b_cookie_header, c_ids, d_login, e_life, f_process, foundation, g_caches, h_wire

GROUPS: tuple[Group, ...] = (
    foundation.GROUP,
    a_wrong_key.GROUP,
    b_cookie_header.GROUP,
    c_ids.GROUP,
    d_login.GROUP,
    e_life.GROUP,
    f_process.GROUP,
    g_caches.GROUP,
    h_wire.GROUP,
)
SCENARIOS: tuple[Scenario, ...] = tuple(scenario for group in GROUPS for scenario in group.scenarios)
