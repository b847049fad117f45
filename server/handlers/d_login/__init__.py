"""Handlers that let something of before the login live on after it."""

from ..entry import Entry
from .keeps_data import KeepsData
from .keeps_old_id import KeepsOldId
from .no_regeneration import NoRegeneration
from .one_lifetime import OneLifetime
from .open_grace import OpenGrace

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
    Entry(
        "one_lifetime",
        OneLifetime,
        "an id of the table, in a cookie that lasts as long for everybody",
        "A brief login at the library's computer is as lasting as one at home.",
    ),
    Entry(
        "open_grace",
        OpenGrace,
        "an id of the table, or for a while the one from before the login",
        "Whoever knew the old id is let in with it, too.",
    ),
)
