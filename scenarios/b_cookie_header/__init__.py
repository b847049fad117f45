"""The Cookie header: see README.md."""

from cookielab.stage import Group

from . import duplicates, malformed_neighbour, split_header

GROUP = Group(
    "B",
    "The Cookie header",
    (
        malformed_neighbour.SCENARIO,
        duplicates.SCENARIO,
        split_header.SCENARIO,
    ),
)
