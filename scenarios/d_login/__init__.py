"""Login and fixation: see README.md."""

from cookielab.stage import Group

from . import fixation, old_id_alive, user_switch

GROUP = Group(
    "D",
    "Login and fixation",
    (
        fixation.SCENARIO,
        old_id_alive.SCENARIO,
        user_switch.SCENARIO,
    ),
)
