"""Handlers whose sessions end too late, too early, or not at all, or lose what was stored in them."""

from ..entry import Entry
from .client_expiry_only import ClientExpiryOnly
from .forgets_one import ForgetsOne
from .no_user_index import NoUserIndex
from .refresh_writer import RefreshWriter
from .rolling_cookie import RollingCookie
from .signed_cookie import SignedCookie
from .single_use_refresh import SingleUseRefresh
from .unchecked_sweeper import UncheckedSweeper
from .whole_blob_writer import WholeBlobWriter

ENTRIES = (
    Entry(
        "signed_cookie",
        SignedCookie,
        "what stands in the cookie itself, signed",
        "A logout takes nothing back: every copy stays good.",
    ),
    Entry(
        "rolling_cookie",
        RollingCookie,
        "an id of the table, a new one with every reply",
        "A reply that was under way brings a logged-out session back.",
    ),
    Entry(
        "whole_blob_writer",
        WholeBlobWriter,
        "an id of the table, whose session is written back whole",
        "What another request wrote in between is lost, and a logout as well.",
    ),
    Entry(
        "refresh_writer",
        RefreshWriter,
        "an id of the table, whose session is saved by whoever reads it",
        "A reader takes back what was written in the meantime.",
    ),
    Entry(
        "client_expiry_only",
        ClientExpiryOnly,
        "an id of the table, for which only the browser has an end",
        "Who copies the cookie stays in for ever.",
    ),
    Entry(
        "unchecked_sweeper",
        UncheckedSweeper,
        "an id of the table, out of which old ones are swept",
        "Who comes back while the sweeper is at work is swept as well.",
    ),
    Entry(
        "no_user_index",
        NoUserIndex,
        "an id of the table, by which no user's sessions can be found",
        "After a changed password all other sessions live on.",
    ),
    Entry(
        "forgets_one",
        ForgetsOne,
        "an id of the table, in a list of its user's while it is not in use",
        "Of all sessions that are ended the one in use lives on.",
    ),
    Entry(
        "single_use_refresh",
        SingleUseRefresh,
        "an id of the table that is good for one request",
        "Two tabs at once are taken for a theft, and both are out.",
    ),
)
