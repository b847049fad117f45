"""Handlers that let something of before the login live on after it."""

from ..entry import Entry
from .keeps_data import KeepsData
from .keeps_old_id import KeepsOldId
from .no_regeneration import NoRegeneration

ENTRIES = (
    Entry(
        "no_regeneration",
        NoRegeneration,
        "an id of the table that the login leaves as it was",
        "Whoever knew the id before the login is logged in after it: session fixation.",
    ),
    Entry(
        "keeps_old_id",
        KeepsOldId,
        "an id of the table; the login makes a second one",
        "The id from before the login stays good beside the new one.",
    ),
    Entry(
        "keeps_data",
        KeepsData,
        "an id of the table whose session stays when somebody else logs in",
        "Bob, who logs in in Alice's browser, finds what she left in the session.",
    ),
)
