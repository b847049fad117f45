"""Login and fixation: see README.md."""

from cookielab.stage import Group

from . import fixation, lost_login_reply, old_id_alive, remember_me, user_switch

GROUP = Group(
    "D",
    "Login and fixation",
    (
        fixation.SCENARIO,
        old_id_alive.SCENARIO,
        user_switch.SCENARIO,
        remember_me.SCENARIO,
        lost_login_reply.SCENARIO,
    ),
)
