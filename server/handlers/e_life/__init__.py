"""Handlers whose sessions end too late, too early, or not at all, or lose what was stored in them."""

from ..entry import Entry
from .no_user_index import NoUserIndex
from .signed_cookie import SignedCookie
from .whole_blob_writer import WholeBlobWriter

ENTRIES = (
    Entry(
        "signed_cookie",
        SignedCookie,
        "what stands in the cookie itself, signed",
        "A logout takes nothing back: every copy stays good.",
    ),
    Entry(
        "whole_blob_writer",
        WholeBlobWriter,
        "an id of the table, whose session is written back whole",
        "What another request wrote in between is lost.",
    ),
    Entry(
        "no_user_index",
        NoUserIndex,
        "an id of the table, by which no user's sessions can be found",
        "After a changed password all other sessions live on.",
    ),
)
