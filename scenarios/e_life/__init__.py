"""Life and death of a session: see README.md."""

from cookielab.stage import Group

from . import (
    account_disabled,
    expiry,
    gc_race,
    late_set_cookie,
    logout_everywhere,
    logout_race,
    lost_update,
    read_only_writer,
    refresh_race,
    replay_after_logout,
    two_tabs,
)

GROUP = Group(
    "E",
    "Life and death of a session",
    (
        replay_after_logout.SCENARIO,
        logout_race.SCENARIO,
        late_set_cookie.SCENARIO,
        lost_update.SCENARIO,
        two_tabs.SCENARIO,
        read_only_writer.SCENARIO,
        expiry.SCENARIO,
        gc_race.SCENARIO,
        account_disabled.SCENARIO,
        logout_everywhere.SCENARIO,
        refresh_race.SCENARIO,
    ),
)
