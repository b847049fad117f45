"""Handlers that trust the way between them and their people."""

from ..entry import Entry
from .new_id_each_reply import NewIdEachReply
from .speaks_http import SpeaksHttp

ENTRIES = (
    Entry(
        "new_id_each_reply",
        NewIdEachReply,
        "an id of the table that is good for one request",
        "Whoever misses a reply has lost the session.",
    ),
    Entry(
        "speaks_http",
        SpeaksHttp,
        "an id of the table, which travels in the clear",
        "Whoever reads it on its way is logged in.",
    ),
)
