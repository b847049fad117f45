"""Inside the process: see README.md."""

from cookielab.stage import Group

from . import batch_shift, colliding_ids, global_user, memoised_view, module_state, store_desync

GROUP = Group(
    "F",
    "Inside the process",
    (
        global_user.SCENARIO,
        store_desync.SCENARIO,
        memoised_view.SCENARIO,
        batch_shift.SCENARIO,
        colliding_ids.SCENARIO,
        module_state.SCENARIO,
    ),
)
