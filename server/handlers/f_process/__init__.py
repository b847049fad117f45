"""Handlers that know who asks, and mix it up with others inside the process."""

from ..entry import Entry
from .by_request_id import ByRequestId
from .desynced_store import DesyncedStore
from .global_user import GlobalUser
from .memoised import Memoised
from .module_state import ModuleState
from .zipped_batch import ZippedBatch

ENTRIES = (
    Entry(
        "global_user",
        GlobalUser,
        "an id of the table, and then a variable of the program",
        "Whose request comes in between is whom all others are taken for.",
    ),
    Entry(
        "desynced_store",
        DesyncedStore,
        "the next reply on the connection to the store",
        "After a cancelled request everybody gets the reply to the question before.",
    ),
    Entry(
        "memoised",
        Memoised,
        "an id of the table; notes lie where a cached function says",
        "The function is not told whose they are, so the first one's drawer is everybody's.",
    ),
    Entry(
        "zipped_batch",
        ZippedBatch,
        "an id of the table, looked up together with others",
        "A session that is missing moves all answers up by one.",
    ),
    Entry(
        "by_request_id",
        ByRequestId,
        "an id of the table, found again by the number of the request",
        "Clients choose the numbers, and two of them choose the same.",
    ),
    Entry(
        "module_state",
        ModuleState,
        "an id of the table, and what a module remembers",
        "Who is not logged in is shown who was here before.",
    ),
)
