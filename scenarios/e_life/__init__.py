"""Life and death of a session: see README.md."""

from cookielab.stage import Group

from . import account_disabled, lost_update, replay_after_logout, two_tabs

GROUP = Group(
    "E",
    "Life and death of a session",
    (
        replay_after_logout.SCENARIO,
        lost_update.SCENARIO,
        two_tabs.SCENARIO,
        account_disabled.SCENARIO,
    ),
)
